// The bound on timers that wait at once (`limits.timers` in nano.yaml). Thread: the isolate's.
import { appLimit } from "../host/app-limits.ts";
import { load } from "../host/lazy-groups.ts";
import { AppLimit } from "../host/ops.ts";
import { pendingTimers } from "../tasks/event-loop.ts";

/** @throws A QuotaExceededError if the app has as many timers as it may. */
export function requireTimer(where: string): void {
  const pending = pendingTimers();
  const limit = appLimit(AppLimit.Timer);
  if (pending < limit || limit === 0) return;
  ops.denied(AppLimit.Timer);
  throw new (load("dom").QuotaExceededError)(
    `${where}: ${limit} timers are waiting, which is the limit (limits.timers in nano.yaml).`,
    { quota: limit, requested: pending + 1 },
  );
}

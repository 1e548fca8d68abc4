// The bound on timers that wait at once (`limits.timers` in nano.yaml). Thread: the isolate's.
import { load } from "../host/lazy-groups.ts";
import { AppLimit } from "../host/ops.ts";
import { pendingTimers } from "../tasks/event-loop.ts";

/** As the host has said; 0: it has not, which it does not while an app is built. */
let limit = 0;

/** @throws A QuotaExceededError if the app has as many timers as it may. */
export function requireTimer(where: string): void {
  const pending = pendingTimers();
  if (pending < limit) return;
  if (limit === 0) {
    limit = ops.appLimit(AppLimit.Timer);
    if (limit === 0 || pending < limit) return;
  }
  ops.denied(AppLimit.Timer);
  throw new (load("dom").QuotaExceededError)(
    `${where}: ${limit} timers are waiting, which is the limit (limits.timers in nano.yaml).`,
    { quota: limit, requested: pending + 1 },
  );
}

// What a call of `scheduled` is given: a ScheduledController, or, in apps that listen to "scheduled", a
// ScheduledEvent. As on Workers. Thread: the isolate's.
import { load } from "../../../host/lazy-groups.ts";
import { apply } from "../../../idl/primordials.ts";
import { define } from "../../../idl/webidl.ts";

/** Of a handler that is exported. */
export class ScheduledController {
  readonly cron: string;
  /** Milliseconds since 1970. */
  readonly scheduledTime: number;
  readonly type = "scheduled";

  constructor(cron: string, scheduledTime: number) {
    this.cron = cron;
    this.scheduledTime = scheduledTime;
  }

  /** Part of the Workers interface. A call that has begun is never made again. */
  noRetry(): void {}
}

/** The same for listeners: an ExtendableEvent with these members. `note` is told of what it waits for. */
export function createEvent(
  controller: ScheduledController,
  note: (promise: unknown) => void,
): InstanceType<LazyGroups["listening"]["ExtendableEvent"]> {
  const event = new (load("listening").ExtendableEvent)("scheduled");
  const { cron, scheduledTime } = controller;
  const { waitUntil } = event;
  const add = (name: string, value: unknown) => define(event, name, { value, enumerable: true });
  add("cron", cron);
  add("scheduledTime", scheduledTime);
  add("noRetry", (): void => {});
  add("waitUntil", (promise: unknown): void => {
    note(promise);
    apply(waitUntil, event, [promise]);
  });
  return event;
}

// The cron group: calls of the app's `scheduled`, which the server makes as requests that are for that
// (http/service_aim.h) and that are answered by a word. Loaded when the first of them comes. Thread: the isolate's.
import { currentExchange, type Exchange } from "../../../exchange/exchanges.ts";
import { dispatch, hasListeners } from "../../../dom/event-target.ts";
import { Response } from "../../../fetch/response.ts";
import { LogLevel } from "../../../host/ops.ts";
import { isBlameless } from "../../../html/blameless.ts";
import { logUncaught } from "../../../html/reporting.ts";
import { parseJson } from "../../../idl/primordials.ts";
import { define, requireArguments } from "../../../idl/webidl.ts";
import { appState, env, type FetchHandler, type ScheduledHandler } from "../../app.ts";
import { createContext, keepAlive } from "../../execution-context.ts";
import { ScheduledController, createEvent } from "./scheduled-event.ts";

/** What came of a call (server/control/messages.h). */
const enum Outcome {
  Ok = "ok",
  Exception = "exception",
  NoHandler = "no-handler",
}

/** A call that goes on, and what it was told to wait for. */
interface Run {
  readonly exchange: Exchange | null;
  readonly kept: unknown[];
  next: Run | null;
}

let runs: Run | null = null;

/** A promise that the current call waits for, if it is one of these: its failure is the call's. */
export function noteKept(promise: unknown): void {
  const exchange = currentExchange();
  for (let run = runs; run !== null; run = run.next) {
    if (run.exchange !== exchange) continue;
    run.kept[run.kept.length] = promise;
    return;
  }
}

function forget(ended: Run): void {
  if (runs === ended) {
    runs = ended.next;
    return;
  }
  for (let run = runs; run !== null; run = run.next) {
    if (run.next === ended) run.next = ended.next;
  }
}

function contextOf(): object {
  const context = createContext();
  define(context, "waitUntil", {
    value(promise: unknown): void {
      requireArguments(arguments.length, 1, "Failed to execute 'waitUntil' on 'ExecutionContext'");
      noteKept(promise);
      void keepAlive(promise);
    },
    writable: true,
    configurable: true,
  });
  return context;
}

function call(controller: ScheduledController): unknown {
  const handler = appState().handler as ScheduledHandler | null;
  if (handler !== null && typeof handler.scheduled === "function") {
    return handler.scheduled(controller, env, contextOf());
  }
  dispatch(globalThis, createEvent(controller, noteKept));
  return undefined;
}

function hasHandler(): boolean {
  const handler = appState().handler as ScheduledHandler | null;
  const isExported = handler !== null && typeof handler.scheduled === "function";
  return isExported || hasListeners(globalThis, "scheduled");
}

/**
 * Calls `scheduled`, and waits for it and for what it gives to waitUntil().
 * @param event JSON, as http::ServiceAim has it.
 * @returns A response with the outcome.
 */
export async function answerScheduled(event: string): Promise<Response> {
  const { cron, scheduledTime } = parseJson(event) as { cron: string; scheduledTime: number };
  if (!hasHandler()) {
    ops.log(
      LogLevel.Error,
      `The app has no scheduled() for "${cron}": export one beside fetch(), or take it out of triggers.crons.`,
    );
    return new Response(Outcome.NoHandler);
  }
  const run: Run = { exchange: currentExchange(), kept: [], next: runs };
  runs = run;
  let outcome = Outcome.Ok;
  try {
    await call(new ScheduledController(cron, scheduledTime));
  } catch (error) {
    outcome = Outcome.Exception;
    if (!isBlameless(error)) logUncaught(`scheduled "${cron}":`, error);
  }
  // Promises may come as long as there are some.
  for (let i = 0; i < run.kept.length; i++) {
    try {
      await run.kept[i];
    } catch {
      outcome = Outcome.Exception; // Logged by keepAlive.
    }
  }
  forget(run);
  return new Response(outcome);
}

/** The handler of an app that has `scheduled` and no `fetch`. */
export function withoutFetch(app: ScheduledHandler): FetchHandler & ScheduledHandler {
  return {
    fetch() {
      throw new TypeError("The app has no fetch(), but scheduled() alone");
    },
    // Looked up again for each call: an app may replace it.
    scheduled: (controller, environment, context) =>
      app.scheduled!(controller, environment, context),
  };
}

declare global {
  interface LazyGroups {
    cron: typeof import("./index.ts");
  }
}

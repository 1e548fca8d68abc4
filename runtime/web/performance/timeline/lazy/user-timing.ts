// PerformanceMark and PerformanceMeasure (User Timing, section 3). Thread: the isolate's.
import { DOMException } from "../../../dom/dom-exception.ts";
import { now } from "../../../host/clock.ts";
import { clone } from "../../../html/structured-clone.ts";
import {
  INTERNAL,
  defineInterface,
  dictionary,
  illegalConstructor,
  isObject,
  requireArguments,
  toAny,
  toDOMString,
  toDouble,
} from "../../../idl/webidl.ts";
import { PerformanceEntry, entryFriend } from "./performance-entry.ts";
import { queueEntry } from "./performance-observer.ts";
import { marks } from "./timeline.ts";

export interface PerformanceMarkOptions {
  detail?: unknown;
  startTime?: number;
}

const toMarkOptions = dictionary("PerformanceMarkOptions", {
  detail: { convert: toAny, default: undefined },
  startTime: { convert: toDouble, default: undefined },
});

/** (DOMString or DOMHighResTimeStamp) */
function toMarkOrTime(value: unknown, where?: string): string | number {
  return typeof value === "number" ? toDouble(value, where) : toDOMString(value, where);
}

export interface PerformanceMeasureOptions {
  detail?: unknown;
  duration?: number;
  end?: string | number;
  start?: string | number;
}

const toMeasureOptions = dictionary("PerformanceMeasureOptions", {
  detail: { convert: toAny, default: undefined },
  duration: { convert: toDouble, default: undefined },
  end: { convert: toMarkOrTime, default: undefined },
  start: { convert: toMarkOrTime, default: undefined },
});

/** A copy of what an app attaches to an entry; null if that is nothing. */
function copyDetail(detail: unknown): unknown {
  return detail === undefined || detail === null ? null : clone(detail);
}

export class PerformanceMark extends PerformanceEntry {
  #detail: unknown;

  constructor(markName: string, markOptions: PerformanceMarkOptions | undefined = undefined) {
    const where = "Failed to construct 'PerformanceMark'";
    requireArguments(arguments.length, 1, where);
    const name = toDOMString(markName, `${where}: The name`);
    const { detail, startTime } = toMarkOptions(markOptions, `${where}: The options`);
    if (startTime !== undefined && startTime < 0) {
      throw new TypeError(`${where}: 'startTime' is negative.`);
    }
    super(INTERNAL, name, "mark", startTime ?? now(), 0);
    this.#detail = copyDetail(detail);
  }

  get detail(): unknown {
    return this.#detail;
  }
}

defineInterface(PerformanceMark, "PerformanceMark", {
  shows: ["name", "entryType", "startTime", "duration", "detail"],
});

export class PerformanceMeasure extends PerformanceEntry {
  #detail: unknown;

  constructor(key?: unknown, name?: string, start?: number, duration?: number, detail?: unknown) {
    illegalConstructor(key);
    super(INTERNAL, name, "measure", start, duration);
    this.#detail = detail;
  }

  get detail(): unknown {
    return this.#detail;
  }
}

defineInterface(PerformanceMeasure, "PerformanceMeasure", {
  length: 0,
  shows: ["name", "entryType", "startTime", "duration", "detail"],
});

/**
 * Attributes of the PerformanceTiming interface: as marks they stand for moments of a page's loading,
 * and are refused where there is no page.
 */
const PAGE_TIMES: Record<string, true> = {
  __proto__: null as never,
  connectEnd: true,
  connectStart: true,
  domComplete: true,
  domContentLoadedEventEnd: true,
  domContentLoadedEventStart: true,
  domInteractive: true,
  domLoading: true,
  domainLookupEnd: true,
  domainLookupStart: true,
  fetchStart: true,
  loadEventEnd: true,
  loadEventStart: true,
  navigationStart: true,
  redirectEnd: true,
  redirectStart: true,
  requestStart: true,
  responseEnd: true,
  responseStart: true,
  secureConnectionStart: true,
  unloadEventEnd: true,
  unloadEventStart: true,
};

/** "Convert a mark to a timestamp". */
function toTime(mark: string | number, where: string): number {
  if (typeof mark === "number") {
    if (mark < 0) throw new TypeError(`${where}: the time ${mark} is negative.`);
    return mark;
  }
  if (PAGE_TIMES[mark]) {
    throw new TypeError(`${where}: '${mark}' is a time of a page's loading; there is no page.`);
  }
  const entry = marks.last(mark);
  if (entry === undefined) {
    throw new DOMException(`${where}: there is no mark '${mark}'.`, "SyntaxError");
  }
  return entryFriend.startTime(entry);
}

/** The `mark()` of Performance. */
export function mark(name: string, options: PerformanceMarkOptions | undefined): PerformanceMark {
  const entry = new PerformanceMark(name, options);
  queueEntry(entry);
  return entry;
}

/** The `measure()` of Performance. */
export function measure(
  measureName: unknown,
  startOrOptions: unknown,
  endMark: unknown,
): PerformanceMeasure {
  const where = "Failed to execute 'measure' on 'Performance'";
  const name = toDOMString(measureName, `${where}: The name`);
  const isString =
    startOrOptions !== undefined && startOrOptions !== null && !isObject(startOrOptions);
  const startMark = isString ? toDOMString(startOrOptions, `${where}: parameter 2`) : undefined;
  const options = toMeasureOptions(isString ? undefined : startOrOptions, `${where}: The options`);
  const end = endMark === undefined ? undefined : toDOMString(endMark, `${where}: parameter 3`);

  const { detail, duration, end: optionsEnd, start: optionsStart } = options;
  const given =
    detail !== undefined ||
    duration !== undefined ||
    optionsEnd !== undefined ||
    optionsStart !== undefined;
  if (given) {
    if (end !== undefined) throw new TypeError(`${where}: options exclude an end mark.`);
    if (optionsStart === undefined && optionsEnd === undefined) {
      throw new TypeError(`${where}: the options have neither 'start' nor 'end'.`);
    }
    if (optionsStart !== undefined && optionsEnd !== undefined && duration !== undefined) {
      throw new TypeError(`${where}: 'start', 'end' and 'duration' exclude each other.`);
    }
  }

  let endTime: number;
  if (end !== undefined) endTime = toTime(end, where);
  else if (optionsEnd !== undefined) endTime = toTime(optionsEnd, where);
  else if (optionsStart !== undefined && duration !== undefined) {
    endTime = toTime(optionsStart, where) + toTime(duration, where);
  } else endTime = now();

  let startTime = 0;
  if (optionsStart !== undefined) startTime = toTime(optionsStart, where);
  else if (duration !== undefined) startTime = endTime - toTime(duration, where);
  else if (startMark !== undefined) startTime = toTime(startMark, where);

  const entry = new PerformanceMeasure(
    INTERNAL,
    name,
    startTime,
    endTime - startTime,
    copyDetail(detail),
  );
  queueEntry(entry);
  return entry;
}

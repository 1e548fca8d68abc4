// How the Web APIs' objects show themselves in the log: their state is in private fields, so without
// this all of them would read "Foo {}". Imported for its effect, when the
// group is loaded; a getter is captured here, so an app that replaces one later changes nothing. Thread:
// the isolate's.
import {
  AbortSignal,
  Blob,
  DOMException,
  Event,
  File,
  Headers,
  Request,
  Response,
  URL,
  URLSearchParams,
  ifLoaded,
  load,
  uncurryThis,
} from "../../core.ts";
import type { LazyGroup } from "../../ops.ts";
import { setUpdate, showAs, showAttributes, showErrorAs } from "./custom.ts";
import { getterOf, isArray } from "../../intrinsics.ts";

const { CustomEvent, ErrorEvent } = load("events");
const { FormData } = load("forms");

type Visit = (value: unknown, name: string) => void;

interface PairList {
  prototype: object & { forEach(visit: Visit): void };
}

/** Shows a list of names and values as an object; names that repeat get all their values. */
function showPairs(Class: unknown): void {
  const list = Class as PairList;
  const forEach = uncurryThis(list.prototype.forEach) as (self: object, visit: Visit) => void;
  showAs(Class as never, (self) => {
    const view: Record<string, unknown> = { __proto__: null };
    forEach(self, (value, name) => {
      const present = view[name];
      if (present === undefined) view[name] = value;
      else if (isArray(present)) present[present.length] = value;
      else view[name] = [present, value];
    });
    return view;
  });
}

showPairs(Headers);
showPairs(URLSearchParams);
showPairs(FormData);
showAttributes(URL, [
  "href",
  "origin",
  "protocol",
  "username",
  "password",
  "host",
  "hostname",
  "port",
  "pathname",
  "search",
  "searchParams",
  "hash",
]);
showAttributes(Request, ["method", "url", "headers", "redirect", "bodyUsed"]);
showAttributes(Response, ["status", "statusText", "ok", "url", "type", "headers", "bodyUsed"]);
showAttributes(Blob, ["size", "type"]);
showAttributes(File, ["name", "size", "type", "lastModified"]);
showAttributes(AbortSignal, ["aborted", "reason"]);
showAttributes(Event, ["type", "target", "bubbles", "cancelable", "defaultPrevented"]);
showAttributes(CustomEvent, ["type", "target", "detail"]);
showAttributes(ErrorEvent, ["type", "message", "filename", "lineno", "colno", "error"]);

const exceptionName = getterOf<string>(DOMException.prototype, "name");
const exceptionMessage = getterOf<string>(DOMException.prototype, "message");
showErrorAs(DOMException, (self) => {
  const message = exceptionMessage(self);
  return `DOMException [${exceptionName(self)}]${message === "" ? "" : `: ${message}`}`;
});

/** Interfaces of groups that may never be loaded, with what their instances show. */
let late: { group: LazyGroup; name: string; attributes: string[] }[] = [
  {
    group: "crypto",
    name: "CryptoKey",
    attributes: ["type", "extractable", "algorithm", "usages"],
  },
  {
    group: "messaging",
    name: "MessageEvent",
    attributes: ["type", "data", "origin", "lastEventId", "source", "ports"],
  },
  {
    group: "files",
    name: "ProgressEvent",
    attributes: ["type", "lengthComputable", "loaded", "total"],
  },
  {
    group: "timeline",
    name: "PerformanceEntry",
    attributes: ["name", "entryType", "startTime", "duration"],
  },
  {
    group: "timeline",
    name: "PerformanceMark",
    attributes: ["name", "entryType", "startTime", "duration", "detail"],
  },
  {
    group: "timeline",
    name: "PerformanceMeasure",
    attributes: ["name", "entryType", "startTime", "duration", "detail"],
  },
  {
    group: "urlpattern",
    name: "URLPattern",
    attributes: [
      "protocol",
      "username",
      "password",
      "hostname",
      "port",
      "pathname",
      "search",
      "hash",
    ],
  },
];

setUpdate(() => {
  const missing: typeof late = [];
  for (let i = 0; i < late.length; i++) {
    const { group, name, attributes } = late[i]!;
    const exports = ifLoaded(group) as Record<string, unknown> | undefined;
    if (exports === undefined) missing[missing.length] = late[i]!;
    else showAttributes(exports[name] as never, attributes);
  }
  if (missing.length < late.length) late = missing;
});

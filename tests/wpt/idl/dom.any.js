// META: script=/resources/WebIDLParser.js
// META: script=/resources/idlharness.js
// META: script=helper.js
// The interfaces of the DOM Standard that need no tree.

testInterfaces(
  "dom",
  ["html"],
  ["Event", "CustomEvent", "EventTarget", "AbortController", "AbortSignal"],
  {
    Event: ['new Event("a")'],
    CustomEvent: ['new CustomEvent("a")'],
    EventTarget: ["new EventTarget()"],
    AbortController: ["new AbortController()"],
    AbortSignal: ["new AbortController().signal"],
  },
);

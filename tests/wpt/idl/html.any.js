// META: script=/resources/WebIDLParser.js
// META: script=/resources/idlharness.js
// META: script=helper.js
// The interfaces of the HTML Standard that are in ECMA-429.

testInterfaces(
  "html",
  ["dom"],
  ["ErrorEvent", "MessageChannel", "MessageEvent", "MessagePort", "PromiseRejectionEvent"],
  {
    ErrorEvent: ['new ErrorEvent("a")'],
    MessageChannel: ["new MessageChannel()"],
    MessageEvent: ['new MessageEvent("a", { data: 5 })'],
    MessagePort: ["new MessageChannel().port1"],
    PromiseRejectionEvent: ['new PromiseRejectionEvent("a", { promise: Promise.resolve() })'],
  },
);

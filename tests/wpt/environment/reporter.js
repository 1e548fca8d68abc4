// Evaluated right after testharness.js: sends each subtest's result to the driver when it is there, so
// that a crash loses no more than what had not run yet, and ends the process when the test is complete.
(() => {
  "use strict";
  const { stringify } = JSON;
  const { __wptConfig: config, __wptReport: report, __wptDone: done } = globalThis;
  for (const name of ["__wptConfig", "__wptRead", "__wptReport", "__wptDone"]) {
    delete globalThis[name];
  }

  const text = (value) => (value === null || value === undefined ? null : String(value));

  const reported = new Set();
  function reportSubtest(test) {
    if (reported.has(test)) return;
    reported.add(test);
    const { name, status, message, stack } = test;
    report(stringify({ name, status, message: text(message), stack: text(stack) }));
  }

  add_result_callback(reportSubtest);
  add_completion_callback((tests, { status, message, stack }) => {
    // Those that time ran out for have no result of their own.
    tests.forEach(reportSubtest);
    report(stringify({ harness: status, message: text(message), stack: text(stack) }));
    done();
  });

  // idlharness.js has to know which interfaces are exposed. To a server they are what they are to a
  // worker. testharness.js must not see this, or it would wait for its worker's owner.
  if (config.idlharness) {
    const prototype = Object.getPrototypeOf(globalThis);
    for (const name of ["WorkerGlobalScope", "DedicatedWorkerGlobalScope"]) {
      const scope = function () {
        throw new TypeError("Illegal constructor");
      };
      Object.defineProperty(scope, "name", { value: name });
      Object.defineProperty(scope, "prototype", { value: prototype, writable: false });
      Object.defineProperty(scope, Symbol.hasInstance, { value: (value) => value === globalThis });
      Object.defineProperty(globalThis, name, { value: scope, writable: true, configurable: true });
    }
  }
})();

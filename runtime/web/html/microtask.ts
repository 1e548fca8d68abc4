// queueMicrotask (HTML, section 8.1.7.3). Thread: the isolate's.
import { requireArguments, toCallback } from "../idl/convert.ts";
import { report } from "./reporting.ts";

export const { queueMicrotask } = {
  queueMicrotask(callback: () => void): void {
    const where = "Failed to execute 'queueMicrotask'";
    requireArguments(arguments.length, 1, where);
    const run = toCallback<() => void>(callback, `${where}: parameter 1`);
    ops.enqueueMicrotask(() => {
      try {
        run();
      } catch (exception) {
        report(exception);
      }
    });
  },
};

// The harness of the Web API tests: registers tests, and answers a request by running all of them.
//
// A test bundle is an app like any other: its entry imports the test files and re-exports this module's
// default export. The answer to any request is a JSON report. Tests run one after the other, so that
// they may share the global object. Works on every runtime with Response, for comparison.

interface Test {
  name: string;
  run: () => unknown;
}

export interface Report {
  passed: number;
  failed: { name: string; error: string }[];
}

const tests: Test[] = [];
const TIMEOUT = 5000;

/** Registers a test. It fails if `run` throws, or the promise that it returns is rejected. */
export function test(name: string, run: () => unknown): void {
  if (tests.some((other) => other.name === name)) throw new Error(`two tests named '${name}'`);
  tests.push({ name, run });
}

class AssertionError extends Error {}

function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return `function ${value.name}`;
  if (value instanceof Error) return String(value);
  if (typeof value === "object" && value !== null) {
    const name = value.constructor?.name ?? "null prototype";
    try {
      return `${name} ${JSON.stringify(value)}`.slice(0, 500);
    } catch {
      return name;
    }
  }
  return Object.is(value, -0) ? "-0" : String(value);
}

function fail(problem: string, message?: string): never {
  throw new AssertionError(message === undefined ? problem : `${message}: ${problem}`);
}

function isView(value: object): value is Uint8Array {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/** Deep equality of values and of prototypes, also within maps, sets, buffers and cycles. */
function isDeepEqual(a: unknown, b: unknown, seen = new Map<object, object>()): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (seen.get(a) === b) return true;
  seen.set(a, b);
  if (a instanceof Date) return a.getTime() === (b as Date).getTime();
  if (a instanceof RegExp) return String(a) === String(b);
  if (a instanceof Error && (a.message !== (b as Error).message || a.name !== (b as Error).name)) {
    return false;
  }
  if (a instanceof ArrayBuffer) {
    return isDeepEqual(new Uint8Array(a), new Uint8Array(b as ArrayBuffer), seen);
  }
  if (isView(a)) {
    const other = b as Uint8Array;
    return a.length === other.length && a.every((item, i) => Object.is(item, other[i]));
  }
  if (a instanceof Map) {
    return isDeepEqual([...a], [...(b as Map<unknown, unknown>)], seen);
  }
  if (a instanceof Set) return isDeepEqual([...a], [...(b as Set<unknown>)], seen);
  const keys = Reflect.ownKeys(a).filter((key) => key !== "stack");
  const otherKeys = Reflect.ownKeys(b).filter((key) => key !== "stack");
  if (keys.length !== otherKeys.length) return false;
  return keys.every(
    (key) => Object.hasOwn(b, key) && isDeepEqual(Reflect.get(a, key), Reflect.get(b, key), seen),
  );
}

/**
 * What an exception has to be: a class that it is an instance of, a regular expression that its
 * message matches, a `name` it has (for DOMException), or a function that judges it.
 */
export type Expected =
  | (abstract new (...args: never[]) => object)
  | RegExp
  | { name: string; message?: RegExp }
  | ((exception: unknown) => boolean);

function isClass(value: Function): boolean {
  return value.prototype !== undefined && Object.hasOwn(value, "prototype");
}

function checkException(exception: unknown, expected: Expected | undefined): void {
  if (expected === undefined) return;
  const { name, message } = (exception ?? {}) as { name?: unknown; message?: unknown };
  if (expected instanceof RegExp) {
    if (!expected.test(String(message))) fail(`${show(exception)} does not match ${expected}`);
  } else if (typeof expected !== "function") {
    if (name !== expected.name) fail(`${show(exception)} is not named ${expected.name}`);
    if (expected.message !== undefined) checkException(exception, expected.message);
  } else if (isClass(expected)) {
    if (!(exception instanceof expected)) fail(`${show(exception)} is no ${expected.name}`);
  } else if (!(expected as (exception: unknown) => boolean)(exception)) {
    fail(`${show(exception)} is not the exception that was expected`);
  }
}

export const assert = {
  /** By Object.is. */
  equal(actual: unknown, expected: unknown, message?: string): void {
    if (!Object.is(actual, expected)) fail(`${show(actual)} is not ${show(expected)}`, message);
  },
  notEqual(actual: unknown, expected: unknown, message?: string): void {
    if (Object.is(actual, expected)) fail(`${show(actual)} is what it must not be`, message);
  },
  deepEqual(actual: unknown, expected: unknown, message?: string): void {
    if (!isDeepEqual(actual, expected)) fail(`${show(actual)} is not ${show(expected)}`, message);
  },
  ok(value: unknown, message?: string): void {
    if (!value) fail(`${show(value)} is not truthy`, message);
  },
  /** Calls `run`, which has to throw; gives the exception. */
  throws(run: () => unknown, expected?: Expected, message?: string): unknown {
    let result: unknown;
    try {
      result = run();
    } catch (exception) {
      checkException(exception, expected);
      return exception;
    }
    return fail(`nothing was thrown, the result is ${show(result)}`, message);
  },
  /** Awaits a promise, or what a function returns, which has to be rejected; gives the reason. */
  async rejects(
    promiseOrRun: PromiseLike<unknown> | (() => unknown),
    expected?: Expected,
    message?: string,
  ): Promise<unknown> {
    let result: unknown;
    try {
      result = await (typeof promiseOrRun === "function" ? promiseOrRun() : promiseOrRun);
    } catch (exception) {
      checkException(exception, expected);
      return exception;
    }
    return fail(`nothing was rejected, the result is ${show(result)}`, message);
  },
};

/** A promise that is resolved after `milliseconds`. */
export function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function runOne({ run }: Test): Promise<string | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${TIMEOUT} ms`)), TIMEOUT);
  });
  try {
    await Promise.race([(async () => run())(), timeout]);
    return null;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? String(error)) : show(error);
  } finally {
    clearTimeout(timer);
  }
}

/** Runs the tests whose name contains `filter`, in the order of their registration. */
export async function runTests(filter = ""): Promise<Report> {
  const report: Report = { passed: 0, failed: [] };
  for (const each of tests) {
    if (!each.name.includes(filter)) continue;
    const error = await runOne(each);
    if (error === null) report.passed++;
    else report.failed.push({ name: each.name, error });
  }
  return report;
}

export default {
  async fetch(request: Request): Promise<Response> {
    const query = request.url.split("?filter=", 2)[1] ?? "";
    return Response.json(await runTests(decodeURIComponent(query)));
  },
};

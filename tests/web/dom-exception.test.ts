// DOMException: names, codes, constants, prototype chain, stack.
import { assert, test } from "./harness.ts";

test("DOMException: message, name and code", () => {
  const exception = new DOMException("what", "NotFoundError");
  assert.equal(exception.message, "what");
  assert.equal(exception.name, "NotFoundError");
  assert.equal(exception.code, 8);
  assert.equal(String(exception), "NotFoundError: what");
});

test("DOMException: defaults", () => {
  const exception = new DOMException();
  assert.equal(exception.message, "");
  assert.equal(exception.name, "Error");
  assert.equal(exception.code, 0);
});

test("DOMException: names without a legacy code", () => {
  for (const name of ["NotReadableError", "EncodingError", "toString", "__proto__", ""]) {
    assert.equal(new DOMException("", name).code, 0, name);
  }
});

test("DOMException: constants are on the interface and its prototype", () => {
  for (const target of [DOMException, DOMException.prototype]) {
    assert.deepEqual(Object.getOwnPropertyDescriptor(target, "DATA_CLONE_ERR"), {
      value: 25,
      writable: false,
      enumerable: true,
      configurable: false,
    });
  }
  const codes = Object.entries(DOMException).filter(([name]) => name.endsWith("_ERR"));
  assert.deepEqual(
    codes.map(([, code]) => code),
    Array.from({ length: 25 }, (_, i) => i + 1),
  );
});

test("DOMException: is an Error with Error.prototype in its chain", () => {
  const exception = new DOMException("m", "AbortError");
  assert.ok(exception instanceof DOMException);
  assert.ok(exception instanceof Error);
  assert.equal(Object.getPrototypeOf(DOMException.prototype), Error.prototype);
  assert.equal(Object.getPrototypeOf(DOMException), Function.prototype);
  assert.ok((Error as unknown as { isError(value: unknown): boolean }).isError(exception));
});

test("DOMException: has a stack that begins with name and message", () => {
  function thrower() {
    throw new DOMException("told so", "DataError");
  }
  const { stack } = assert.throws(thrower, DOMException) as DOMException;
  assert.ok(stack!.startsWith("DataError: told so\n"), stack);
  assert.ok(stack!.includes("thrower"), stack);
});

test("DOMException: members are accessors of the prototype", () => {
  assert.deepEqual(
    Object.getOwnPropertyNames(new DOMException("x")).filter((name) => name !== "stack"),
    [],
  );
  for (const name of ["name", "message", "code"]) {
    const { get, set, enumerable } = Object.getOwnPropertyDescriptor(DOMException.prototype, name)!;
    assert.equal(typeof get, "function");
    assert.equal(set, undefined);
    assert.equal(enumerable, true);
    assert.throws(() => get!.call({}), TypeError);
  }
});

test("DOMException: can be subclassed", () => {
  class Mine extends DOMException {
    extra = 1;
  }
  const exception = new Mine("m", "AbortError");
  assert.ok(exception instanceof Mine);
  assert.equal(exception.code, 20);
  assert.equal(exception.extra, 1);
});

test("DOMException: needs new, converts its arguments", () => {
  assert.throws(() => (DOMException as unknown as () => void)(), TypeError);
  assert.equal(new DOMException(null as unknown as string).message, "null");
  assert.throws(() => new DOMException(Symbol() as unknown as string), TypeError);
  assert.equal(DOMException.length, 0);
});

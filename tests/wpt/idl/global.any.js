// Members of the global object, with the attributes and functions that Web IDL gives to those of a
// [Global] interface and to namespaces. (fetch is not among them: the runner has one of its own.)

const OPERATIONS = {
  addEventListener: 2,
  atob: 1,
  btoa: 1,
  clearInterval: 0,
  clearTimeout: 0,
  dispatchEvent: 1,
  queueMicrotask: 1,
  removeEventListener: 2,
  reportError: 1,
  setInterval: 1,
  setTimeout: 1,
  structuredClone: 1,
};

// Those of EventTarget are inherited, the others the global object's own.
function descriptorOf(name) {
  for (let object = self; object !== null; object = Object.getPrototypeOf(object)) {
    const descriptor = Object.getOwnPropertyDescriptor(object, name);
    if (descriptor !== undefined) return descriptor;
  }
  return undefined;
}

for (const [name, length] of Object.entries(OPERATIONS)) {
  test(() => {
    const { value, writable, enumerable, configurable } = descriptorOf(name);
    assert_array_equals([writable, enumerable, configurable], [true, true, true]);
    assert_equals(value.name, name);
    assert_equals(value.length, length);
    assert_false("prototype" in value, "no prototype");
    assert_throws_js(TypeError, () => new value());
    const extensible = Object.isExtensible(value);
    assert_true(extensible, "extensible");
    if (length > 0) assert_throws_js(TypeError, () => value.call(self), "too few arguments");
  }, `operation ${name}`);
}

function attribute(name, { settable }, check) {
  test(() => {
    const { get, set, enumerable, configurable } = descriptorOf(name);
    assert_array_equals([enumerable, configurable], [true, true]);
    assert_array_equals([get.name, get.length], [`get ${name}`, 0]);
    if (settable) assert_array_equals([set.name, set.length], [`set ${name}`, 1]);
    else assert_equals(set, undefined);
    assert_equals(get.call(undefined), self[name], "without a this");
    check(self[name]);
  }, `attribute ${name}`);
}

attribute("crypto", { settable: false }, (value) => assert_true(value instanceof Crypto));
attribute("navigator", { settable: false }, ({ userAgent }) => {
  assert_equals(typeof userAgent, "string");
});
attribute("performance", { settable: true }, (value) => assert_true(value instanceof Performance));
attribute("self", { settable: true }, (value) => assert_equals(value, globalThis));
for (const type of ["error", "rejectionhandled", "unhandledrejection"]) {
  attribute(`on${type}`, { settable: true }, (value) => assert_equals(value, null));
}

test(() => {
  const original = performance;
  performance = 5;
  assert_equals(performance, 5);
  const { value, ...others } = Object.getOwnPropertyDescriptor(self, "performance");
  assert_object_equals(others, { writable: true, enumerable: true, configurable: true });
  performance = original;
}, "performance is [Replaceable]");

for (const name of ["console", "WebAssembly", "Event", "URL", "ReadableStream", "TextDecoder"]) {
  test(() => {
    const { writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(self, name);
    assert_array_equals([writable, enumerable, configurable], [true, false, true]);
  }, `${name} is writable, configurable and not enumerable`);
}

test(() => {
  assert_true(self instanceof EventTarget);
  assert_equals(String(Object.getPrototypeOf(self)), "[object global]");
}, "the global object is an EventTarget");

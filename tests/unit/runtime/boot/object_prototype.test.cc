// Web APIs beside enumerable properties that an app has put on Object.prototype, as old libraries
// did.
#include <catch2/catch.hpp>
#include <string>

#include "tests/unit/runtime/runtime_fixture.h"

namespace nano::runtime {

using testing::Get;
using testing::TestApp;
using testing::TestEmbedder;

namespace {

// Every interface of the global object is touched, so that all lazy groups are loaded, and some are
// used.
constexpr std::string_view kUses = R"(
const uses = {
  all: () => Object.getOwnPropertyNames(globalThis).filter((name) => globalThis[name] === null)
      .length,
  form: () => new FormData().has('x'),
  stream: () => new ReadableStream().locked,
  iterator: () => typeof new ReadableStream()[Symbol.asyncIterator],
  decoder: () => new TextDecoder().fatal,
  gzip: () => typeof new CompressionStream('gzip').readable,
  subtle: () => typeof crypto.subtle.digest,
  pattern: () => new URLPattern({pathname: '/a'}).pathname,
  channel: () => typeof new MessageChannel().port1,
  log: () => console.log({a: 1}, new Error('x')),
  event: () => new Event('x').bubbles,
  custom: () => new CustomEvent('x').type,
  handler: () => { let n = 0; const t = new EventTarget(); t.addEventListener('a', () => n++);
    t.dispatchEvent(new Event('a')); t.dispatchEvent(new Event('a')); return n; },
  signal: () => AbortSignal.any([AbortSignal.abort('r')]).reason,
  headers: () => [...new Headers({a: 'b'})].length,
  params: () => `${new URLSearchParams({a: '1'})}`,
  clone: () => Object.keys(structuredClone({a: 1})).length,
  exception: () => new DOMException('m', 'AbortError').code,
  file: () => new File(['a'], 'f').size,
  reader: () => new FileReader().readyState,
  mark: () => performance.mark('m').name,
  request: () => new Request('http://a/', {method: 'POST', body: 'b'}).method,
  base64: () => atob(btoa('a')),
};
const fetch = () => {
  let out = '';
  for (const name of Object.getOwnPropertyNames(uses)) {
    try { out += name + '=' + uses[name]() + '\n'; } catch (error) { out += name + ' threw ' + error + '\n'; }
  }
  return new Response(out);
};)";

std::string Answer(const std::string& hostile) {
  TestApp image(hostile + std::string(kUses));
  TestEmbedder embedder;
  const auto app = image.Boot(embedder);
  return Get(*app)->body;
}

}  // namespace

TEST_CASE("an enumerable property of Object.prototype harms no Web API") {
  const std::string expected = Answer("");
  REQUIRE(expected.find("handler=2") != std::string::npos);
  REQUIRE(expected.find("threw") == std::string::npos);
  for (const char* name : {"version", "isEmptyObject", "get", "set", "value", "writable",
                           "enumerable", "configurable", "default", "required", "length", "name",
                           "skip", "is", "clone", "transfer", "replaceable"}) {
    for (const char* value : {"'1.0'", "() => 1", "true"}) {
      INFO(name << " = " << value);
      CHECK(Answer("Object.prototype[" + std::string("'") + name + "'] = " + value + ";") ==
            expected);
    }
    INFO(name << ", not writable");
    CHECK(Answer("Object.defineProperty(Object.prototype, '" + std::string(name) +
                 "', {__proto__: null, value: () => 1, enumerable: true});") == expected);
  }
}

TEST_CASE("a fetched body is what it is, whatever every object seems to have") {
  TestApp image(
      "Object.prototype.coding = 'gzip';"
      "const fetch = async () => new Response(await (await "
      "globalThis.fetch('data:,text')).text());");
  TestEmbedder embedder;
  const auto app = image.Boot(embedder);
  CHECK(Get(*app)->body == "text");
}

}  // namespace nano::runtime

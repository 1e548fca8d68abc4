// Lazy groups (runtime/web/host/lazy-groups.ts): which of them an app's snapshot holds, by the
// names of the scripts that were evaluated in it; and the globals that they give.
#include <catch2/catch.hpp>
#include <string>

#include "tests/unit/runtime/runtime_fixture.h"
#include "tests/unit/web_sources.h"

namespace nano::runtime {

using testing::Get;
using testing::TestApp;
using testing::TestEmbedder;

namespace {

// The groups in the snapshot of an app that has answered a request with a body, joined by spaces.
std::string GroupsIn(std::string_view body) {
  const std::string bundle = testing::BundleOf(body);
  SampleRequest request;
  request.method = "POST";
  request.body = "{\"a\":[1]}";
  auto built = testing::TryBuild(bundle, {request});
  REQUIRE(std::holds_alternative<AppSnapshot>(built));
  const AppSnapshot& snapshot = std::get<AppSnapshot>(built);
  INFO(snapshot.warmup.at(0).problem);
  CHECK(snapshot.warmup.at(0).status == 200);
  std::string groups;
  for (const auto& [group, index] : nano::testing::LazyGroupsIn(nano::testing::ReadWebSources())) {
    // The name that stacks give to the group's script.
    if (snapshot.blob.find("nano:web/" + group) == std::string::npos) continue;
    groups.append(groups.empty() ? "" : " ").append(group);
  }
  return groups;
}

}  // namespace

TEST_CASE("every interface that a group exports is a global before anybody has read it") {
  const auto sources = nano::testing::ReadWebSources();
  std::string names = "'console'";
  int count = 1;
  for (const auto& [group, index] : nano::testing::LazyGroupsIn(sources)) {
    for (const std::string& name : nano::testing::GlobalsOf(sources, index)) {
      names += ", '" + name + "'";
      ++count;
    }
  }
  CHECK(count > 35);
  // What is enumerable is asked for first: looking at a property would be a read.
  TestApp app(
      "const enumerable = Object.keys(globalThis);"
      "const own = Object.getOwnPropertyNames(globalThis);"
      "const wrong = [" +
      names +
      "].filter((name) => {"
      "  if (!own.includes(name) || enumerable.includes(name)) return true;"
      "  const {value, writable, configurable} = Object.getOwnPropertyDescriptor(globalThis, name);"
      "  const named = name === 'console' ? typeof value.log === 'function' : value.name === name;"
      "  return !named || !writable || !configurable;"
      "});"
      "const fetch = () => new Response('wrong: ' + wrong);");
  TestEmbedder embedder;
  CHECK(Get(*app.Boot(embedder))->body == "wrong: ");
}

TEST_CASE("a plain app loads no lazy group") {
  CHECK(GroupsIn(
            "const fetch = async (request) => {"
            "  const value = await request.json();"
            "  const copy = new Response(JSON.stringify(value), {headers: {'x-a': '1'}}).clone();"
            "  if (copy.bodyUsed || typeof structuredClone(value) !== 'object') throw 0;"
            "  new Request(request.url, {method: 'POST', body: new URLSearchParams('a=1')});"
            "  await new Response(new Blob(['x'])).arrayBuffer();"
            "  return Response.json({ok: copy.ok, path: new URL(request.url).pathname});"
            "};")
            .empty());
}

TEST_CASE("a group is loaded by its first use, and only it") {
  CHECK(GroupsIn("const fetch = () => new Response(new Response('text').body);") == "streams");
  CHECK(GroupsIn("const fetch = () => { console.log('a', 'line'); return new Response(); };") ==
        "console");
  CHECK(
      GroupsIn("const fetch = () => new Response(new TextDecoder().decode(new Uint8Array(2)));") ==
      "encoding");
  CHECK(GroupsIn("const fetch = () => { new CustomEvent('x'); return new Response(); };") == "dom");
  CHECK(GroupsIn("const fetch = () => { new FormData(); return new Response(); };") == "forms");
  CHECK(
      GroupsIn("const fetch = () => { new CompressionStream('gzip'); return new Response(); };") ==
      "compression streams");
}

TEST_CASE("a group is loaded after the snapshot as well as before it") {
  constexpr std::string_view kApp =
      "const texts = [];"
      "const fetch = async (request) => {"
      "  const stream = new ReadableStream({start(controller) {"
      "    controller.enqueue(new TextEncoder().encode('streamed')); controller.close(); }});"
      "  console.log({at: texts.push(await new Response(stream).text())});"
      "  return new Response(texts.join(' ') + ' ' + (stream instanceof ReadableStream));"
      "};";
  TestEmbedder embedder;
  TestApp cold(kApp);
  CHECK(Get(*cold.Boot(embedder))->body == "streamed true");
  TestApp warm(kApp, {{}});
  std::string nine;  // Eight answers of the warm-up, and this one.
  for (int i = 0; i < 9; ++i) nine += "streamed ";
  CHECK(Get(*warm.Boot(embedder))->body == nine + "true");
  CHECK(embedder.log == "{ at: 1 }\n{ at: 9 }\n");
}

TEST_CASE("an app that overwrites a lazy global before its first use keeps its own") {
  TestApp app(
      "globalThis.ReadableStream = class { mine() { return 'mine'; } };"
      "globalThis.console = {log() { return 'quiet'; }};"
      "const fetch = async () => new Response("
      "  new ReadableStream().mine() + console.log() + await new Response('x').clone().text());");
  TestEmbedder embedder;
  auto isolate = app.Boot(embedder);
  CHECK(Get(*isolate)->body == "minequietx");
}

TEST_CASE("the console shows what it can of interfaces whose members an app has taken away") {
  TestApp app(
      "delete URL.prototype.href;"
      "delete Headers.prototype.forEach;"
      "delete DOMException.prototype.message;"
      "const fetch = () => {"
      "  console.log(new Blob(['abc']), new URL('http://a/'), new Headers({a: 'b'}));"
      "  return new Response();"
      "};");
  TestEmbedder embedder;
  Get(*app.Boot(embedder));
  CHECK(embedder.log == "Blob { size: 3, type: '' } URL {} Headers {}\n");
}

}  // namespace nano::runtime

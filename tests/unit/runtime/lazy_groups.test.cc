// Lazy groups (runtime/web/lazy.ts): which of them an app's snapshot holds, by the names of the
// scripts that were evaluated in it.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

#include "tests/unit/runtime/runtime_fixture.h"

namespace nano::runtime {

namespace fs = std::filesystem;

using testing::Get;
using testing::TestApp;
using testing::TestEmbedder;

namespace {

// The groups in the snapshot of an app that has answered a request with a body, joined by spaces.
std::string GroupsIn(std::string_view body) {
  const std::string bundle = testing::BundleOf(body);
  WarmupRequest request;
  request.method = "POST";
  request.body = "{\"a\":[1]}";
  auto built = testing::TryBuild(bundle, {request});
  REQUIRE(std::holds_alternative<AppSnapshot>(built));
  const AppSnapshot& snapshot = std::get<AppSnapshot>(built);
  INFO(snapshot.warmup.at(0).problem);
  CHECK(snapshot.warmup.at(0).status == 200);
  std::string groups;
  for (const char* group :
       {"compression", "console", "encoding", "events", "forms", "inspect", "streams"}) {
    // The name that stacks give to the group's script.
    if (snapshot.blob.find("nano:web/" + std::string(group)) == std::string::npos) continue;
    groups.append(groups.empty() ? "" : " ").append(group);
  }
  return groups;
}

// The files that a file imports values from, as it writes them.
std::vector<std::string> ValueImports(const fs::path& path) {
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  static const std::regex statement(
      "(?:import|export) (type )?(?:\\{[^}]*\\}|\\*[^\";]*) from \"([^\"]+)\"");
  std::vector<std::string> files;
  for (std::sregex_iterator at(text.begin(), text.end(), statement), end; at != end; ++at) {
    if (!(*at)[1].matched) files.push_back((*at)[2]);
  }
  return files;
}

// "lazy/streams" of "lazy/streams/algorithms/views.ts"; empty outside of groups.
fs::path GroupOf(const fs::path& file) {
  if (*file.begin() != "lazy") return {};
  return *file.begin() / *std::next(file.begin());
}

}  // namespace

// A class in two bundles would be two classes; a group bundled into the core would not be lazy.
TEST_CASE("groups and the core import values only through the shared modules") {
  const fs::path web = fs::path(NANO_SOURCE_DIR) / "runtime/web";
  int imports = 0;
  for (const auto& entry : fs::recursive_directory_iterator(web)) {
    if (entry.path().extension() != ".ts") continue;
    const fs::path file = entry.path().lexically_relative(web);
    const bool in_group = *file.begin() == "lazy";
    for (const std::string& from : ValueImports(entry.path())) {
      INFO(file.string() << " imports " << from);
      if (!in_group) {
        CHECK_FALSE(from.starts_with("./lazy/"));
      } else if (from.starts_with("..")) {
        // ops.ts has types and const enums, which vanish in every bundle.
        const fs::path target = (file.parent_path() / from).lexically_normal();
        CHECK((GroupOf(target) == GroupOf(file) || target == "core.ts" ||
               target == "intrinsics.ts" || target == "ops.ts"));
      }
      ++imports;
    }
  }
  CHECK(imports > 100);
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
  CHECK(GroupsIn("const fetch = () => { new CustomEvent('x'); return new Response(); };") ==
        "events");
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

}  // namespace nano::runtime

// Bundling with the real esbuild: what comes out, and what its errors become.
#include "compiler/bundle/bundler.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>

#include "tests/unit/compiler/bundle/bundle_fixture.h"

namespace nano::compiler {
namespace {

struct Fixture : testing::BundleFixture {
  Error OnlyError() {
    const BundleResult result = Bundle();
    REQUIRE(result.errors.size() == 1);
    return result.errors[0];
  }
};

using testing::Contains;

TEST_CASE("the script is an async function's promise, in ASCII, without paths of the machine") {
  Fixture fixture;
  fixture.app.Write("index.ts",
                    "import text from './page.html';\n"
                    "const x: string = await Promise.resolve('ü');\n"
                    "console.log(import.meta.url, process.env.NODE_ENV);\n"
                    "export default { fetch: () => new Response(x + text) };\n");
  fixture.app.Write("page.html", "<b>é</b>");
  const BundleResult result = fixture.Bundle();
  REQUIRE(result.errors.empty());
  const std::string& code = result.bundle.code;
  CHECK(code.starts_with("((app) => "));
  CHECK(code.ends_with("return __nano_app; })())\n"));
  CHECK(Contains(code, "\"production\""));
  CHECK(Contains(code, "file:///index.ts"));
  CHECK(!Contains(code, "import.meta"));
  CHECK(!Contains(code, fixture.app.path()));
  CHECK(!Contains(result.bundle.map, fixture.app.path()));
  CHECK(std::all_of(code.begin(), code.end(),
                    [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
}

TEST_CASE("an app may use the names of the wrapper") {
  Fixture fixture;
  fixture.app.Write("index.ts", "export const __nano_app = 1;\nexport default __nano_app;\n");
  const BundleResult result = fixture.Bundle();
  REQUIRE(result.errors.empty());
  CHECK(Contains(result.bundle.code, "var __nano_app2 = 1;"));
}

TEST_CASE("raw strings and regular expressions are as they were written") {
  Fixture fixture;
  fixture.app.Write("index.ts", "export default [String.raw`ü`, /[ü😀]/u];\n");
  const BundleResult result = fixture.Bundle();
  REQUIRE(result.errors.empty());
  CHECK(Contains(result.bundle.code, "/[ü😀]/u"));
  CHECK(Contains(result.bundle.code, "String.raw`ü`"));
}

TEST_CASE("what V8 cannot parse or snapshot is compiled away") {
  Fixture fixture;
  fixture.app.Write("index.ts",
                    "function d(v: any, c: any) { return v; }\n"
                    "@d export class A {}\n"
                    "{ using x = { [Symbol.dispose]() {} }; }\n"
                    "export default {};\n");
  const BundleResult result = fixture.Bundle();
  REQUIRE(result.errors.empty());
  CHECK(!Contains(result.bundle.code, "@d"));
  CHECK(!Contains(result.bundle.code, "using x"));
  CHECK(Contains(result.bundle.code, "__using("));
}

TEST_CASE("the map leads from the bundle to the sources") {
  Fixture fixture;
  fixture.app.Write("index.ts",
                    "export default {\n  here: marker,\n};\ndeclare const marker: 1;\n");
  const BundleResult result = fixture.Bundle();
  REQUIRE(result.errors.empty());
  const std::string& code = result.bundle.code;
  const size_t at = code.find("marker");
  const auto line = static_cast<uint32_t>(1 + std::count(code.begin(), code.begin() + at, '\n'));
  const auto column = static_cast<uint32_t>(at - code.rfind('\n', at));
  const auto position = result.bundle.source_map().Lookup(line, column);
  REQUIRE(position);
  CHECK(position->source == "index.ts");
  CHECK(position->line == 2);
  CHECK(position->column == 9);
  CHECK(!result.bundle.source_map().Lookup(1, 20));
}

TEST_CASE("a syntax error has a place, a frame and a hint") {
  Fixture fixture;
  fixture.app.Write("index.ts", "export default {\n\tfetch() { return 'ü' + ; },\n};\n");
  const Error error = fixture.OnlyError();
  CHECK(error.message == "unexpected \";\"");
  CHECK(error.where.ends_with("/index.ts:2:25"));
  CHECK(Contains(error.excerpt, "> 2 |"));
  CHECK(!error.hint.empty());
}

TEST_CASE("unresolved imports of all kinds, all at once") {
  Fixture fixture;
  fixture.app.Write("index.ts",
                    "import a from './nope';\nimport b from 'left-pad';\n"
                    "import c from 'node:fs';\nimport d from './x.zip';\n"
                    "console.log(a, b, c, d);\n");
  fixture.app.Write("x.zip", "");
  const BundleResult result = fixture.Bundle();
  REQUIRE(result.errors.size() == 4);
  std::string all;
  for (const Error& error : result.errors) {
    CHECK(!error.hint.empty());
    CHECK(!error.excerpt.empty());
    CHECK(!Contains(error.ToString(), "--platform"));
    CHECK(!Contains(error.ToString(), "external"));
    all += error.ToString() + "\n";
  }
  for (const char* part :
       {"index.ts:1:15", "there is no file \"./nope\"", "index.ts:2:15", "npm install left-pad",
        "index.ts:3:15", "is a module of Node.js", "index.ts:4:15", "files of type \".zip\""}) {
    CHECK_THAT(all, Catch::Contains(part));
  }
}

TEST_CASE("WebAssembly modules become part of the bundle, each once") {
  Fixture fixture;
  fixture.app.Write("index.ts",
                    "import a from './a.wasm';\nimport b from './a.wasm?module';\n"
                    "import c from './copy.wasm';\n"
                    "const text = 'nano-wasm:/ABCDEFGH.wasm.';\n"
                    "export default { fetch: () => [a, b, c, text] };\n");
  const std::string module("\0asm\1\0\0\0", 8);
  fixture.app.Write("a.wasm", module);
  fixture.app.Write("copy.wasm", module);
  const BundleResult result = fixture.Bundle();
  REQUIRE(result.errors.empty());
  const std::string& code = result.bundle.code;
  const std::string base64 = "AGFzbQEAAAA=";
  const size_t at = code.find(base64);
  REQUIRE(at != std::string::npos);
  CHECK(at < code.find('\n'));
  CHECK(code.find(base64, at + 1) == std::string::npos);
  CHECK(Contains(code, "var a_default = __nano_modules[0][0];"));
  CHECK(Contains(code, "\"nano-wasm:/ABCDEFGH.wasm.\""));
  CHECK(code.ends_with("return [__nano_app, __nano_modules]; })())\n"));
}

TEST_CASE("a file that is no WebAssembly module cannot be imported as one") {
  Fixture fixture;
  fixture.app.Write("index.ts", "import a from './a.wasm';\nconsole.log(a);\n");
  for (const std::string& contents :
       {std::string(), std::string("(module)"), std::string("\0asm\2\0\0\0", 8)}) {
    fixture.app.Write("a.wasm", contents);
    CHECK(Contains(fixture.OnlyError().message, "\"a.wasm\" is imported as a WebAssembly module"));
  }
}

TEST_CASE("an import of a URL is an error: nothing would fetch it") {
  Fixture fixture;
  fixture.app.Write("index.ts", "import x from 'https://example.com/x.js';\nconsole.log(x);\n");
  CHECK(Contains(fixture.OnlyError().message, "https://example.com/x.js"));
}

TEST_CASE("an import of what has no end is refused, by its name") {
  Fixture fixture;
  fixture.app.Write("index.js", "import x from './pipe.js';\nexport default { x };\n");
  REQUIRE(mkfifo((fixture.app / "pipe.js").c_str(), 0600) == 0);
  const BundleResult waiting = fixture.Bundle("index.js");
  REQUIRE(waiting.errors.size() == 1);
  CHECK(Contains(waiting.errors[0].message, "a pipe or a device"));
  CHECK(Contains(waiting.errors[0].where, "pipe.js"));

  fixture.app.Write("index.js", "import x from './zeros.txt';\nexport default { x };\n");
  REQUIRE(symlink("/dev/zero", (fixture.app / "zeros.txt").c_str()) == 0);
  const BundleResult reading = fixture.Bundle("index.js");
  REQUIRE(reading.errors.size() == 1);
  CHECK(Contains(reading.errors[0].where, "/dev/zero"));
}

TEST_CASE("warnings do not fail a bundle") {
  Fixture fixture;
  fixture.app.Write("index.ts", "export default { a: 1, a: 2 };\n");
  const BundleResult result = fixture.Bundle();
  CHECK(result.errors.empty());
  REQUIRE(result.warnings.size() == 1);
  CHECK(Contains(result.warnings[0].message, "duplicate key"));
  CHECK(Contains(result.warnings[0].where, "index.ts:1:24"));
}

TEST_CASE("a bundle that is out of time") {
  Fixture fixture;
  fixture.app.Write("index.ts", "export default {};\n");
  const BundleResult result = fixture.Bundle("index.ts", std::chrono::milliseconds(0));
  REQUIRE(result.errors.size() == 1);
  CHECK(Contains(result.errors[0].hint, "--timeout"));
}

TEST_CASE("the same sources give the same bundle wherever they lie") {
  Fixture one, other;
  for (const Fixture* fixture : {&one, &other}) {
    fixture->app.Write("index.ts", "import './lib/a.ts';\nexport default {};\n");
    fixture->app.Write("lib/a.ts", "console.log(1);\n");
  }
  const BundleResult first = one.Bundle();
  const BundleResult second = other.Bundle();
  CHECK(first.bundle.code == second.bundle.code);
  CHECK(first.bundle.map == second.bundle.map);
}

}  // namespace
}  // namespace nano::compiler

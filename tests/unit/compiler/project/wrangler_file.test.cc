// What is told of a wrangler file's settings.
#include "compiler/project/wrangler_file.h"

#include <catch2/catch.hpp>

#include "tests/unit/temporary_directory.h"

namespace nano::compiler {
namespace {

std::string Told(const std::string& name, const std::string& text) {
  const test::TemporaryDirectory app;
  app.Write(name, text);
  const std::optional<Error> error = UnreadWranglerFile(app.path());
  REQUIRE(error.has_value());
  CHECK(error->where.ends_with(name));
  return error->message;
}

TEST_CASE("the settings of a wrangler file that have no effect are named") {
  for (const char* text :
       {"[vars]\nA = 1", "vars = { A = 1 }", "  vars.A = 1", "[env.production.vars]\nA = 1",
        "[ env.a.vars ]", "[vars.inner]", "[[env.production.vars]]"}) {
    CAPTURE(text);
    CHECK(Told("wrangler.toml", text) == "wrangler.toml is not read yet: its vars have no effect");
  }
  for (const char* text : {"# [vars]", "name = \"vars\"", "myvars = 1", "varsity = 1", "[a]vars"}) {
    CAPTURE(text);
    CHECK(Told("wrangler.toml", text) == "wrangler.toml is not read yet");
  }
  for (const char* text :
       {"{\"vars\":{}}", "{\n \"vars\" : {}}", "{\"env\": {\"x\": {\"vars\": {}}}}"}) {
    CAPTURE(text);
    CHECK(Told("wrangler.json", text) == "wrangler.json is not read yet: its vars have no effect");
  }
  for (const char* text : {"{\"name\": \"vars\"}", "{\n // \"vars\": {}\n}"}) {
    CAPTURE(text);
    CHECK(Told("wrangler.jsonc", text) == "wrangler.jsonc is not read yet");
  }
}

TEST_CASE("an app without a wrangler file is told nothing") {
  const test::TemporaryDirectory app;
  CHECK_FALSE(UnreadWranglerFile(app.path()).has_value());
  CHECK(EntryOfWranglerFile(app.path()).empty());
}

}  // namespace
}  // namespace nano::compiler

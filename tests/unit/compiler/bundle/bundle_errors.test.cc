// What is said of what esbuild says.
#include "compiler/bundle/bundle_errors.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/unit/temporary_directory.h"

namespace nano::compiler {
namespace {

TEST_CASE("what has no place in a source has no mark") {
  const test::TemporaryDirectory app;
  std::filesystem::create_symlink("b.ts", app / "b.ts");
  EsbuildMessage message;
  message.is_error = true;
  message.text = "Cannot read directory \"b.ts\": too many levels of symbolic links";
  const Error loop = ExplainBundleMessage(message, app.path(), false);
  CHECK(loop.where.ends_with("/b.ts"));
  CHECK(loop.message == "it cannot be read: too many levels of symbolic links");
  CHECK(loop.hint == "Its symbolic links lead in a circle: mend them.");
  message.text = "Something else";
  CHECK(ExplainBundleMessage(message, app.path(), false).hint.empty());
}

TEST_CASE("what the platform's module does not have is told by its name, not by its file") {
  const test::TemporaryDirectory app;
  EsbuildMessage message;
  message.is_error = true;
  message.text =
      "No matching export in \"../x/mod/node_modules/cloudflare:workers/index.mjs\" for import "
      "\"envv\"";
  const Error error = ExplainBundleMessage(message, app.path(), false);
  CHECK(error.message == "\"cloudflare:workers\" has no export \"envv\"");
  CHECK(error.hint.starts_with("Did you mean 'env'? It has withEnv, env, waitUntil, "));
  message.text = "No matching export in \"src/lib.js\" for import \"envv\"";
  CHECK(ExplainBundleMessage(message, app.path(), false).message.find("lib.js") !=
        std::string::npos);
}

}  // namespace
}  // namespace nano::compiler

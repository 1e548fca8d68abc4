// The rules of ARCHITECTURE.md, checked over the sources: layers only look down, foreign libraries
// stay where they are wrapped. The tables are in rules.cc.
#include <catch2/catch.hpp>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "tests/unit/layers/folder_graph.h"
#include "tests/unit/layers/rules.h"
#include "tests/unit/layers/sources.h"

namespace nano::layers {
namespace {

namespace fs = std::filesystem;

// Whether the rules refuse an include of one of the repository's files, and of headers if they are
// the layers': an example of what is not there shows nothing.
bool Violates(const std::string& file, const std::string& header) {
  INFO(file << " includes " << header);
  CHECK(fs::exists(Root() / file));
  const bool foreign = header.starts_with("..") || !Layers().contains(FolderAt(header, 1));
  CHECK((foreign || fs::exists(Root() / header)));
  return !Violation({file, 1, header, true}).empty();
}

// The permissions of a table that no include needs.
std::string Needless(const Folders& permissions, const std::vector<Include>& includes,
                     size_t depth) {
  Folders needed;
  for (const Include& include : includes) {
    const std::string from = FolderAt(include.file, depth);
    const std::string to = FolderAt(include.header, depth);
    if (from != to) needed[from].insert(to);
  }
  std::string needless;
  for (const auto& [from, allowed] : permissions) {
    for (const std::string& to : allowed) {
      if (from != to && !needed[from].contains(to)) needless += from + " -> " + to + "\n";
    }
  }
  return needless;
}

}  // namespace

TEST_CASE("layers only look down, and libraries stay where they are wrapped") {
  const std::vector<std::string> files = LayerFiles({".h", ".cc", ".in"}, {"tests"});
  const std::vector<Include> includes = IncludesOf(files);
  // The walk itself works: a rule that sees nothing would never fail.
  REQUIRE(files.size() > 500);
  REQUIRE(includes.size() > 2000);
  for (const Include& include : includes) {
    const std::string violation = Violation(include);
    if (!violation.empty()) FAIL_CHECK(violation);
  }
}

TEST_CASE("what layers and folders may include from they do") {
  const std::vector<Include> includes = IncludesOf(LayerFiles({".h", ".cc", ".in"}, {}));
  CHECK(Needless(Layers(), includes, 1) == "");
  CHECK(Needless(Floors(), includes, 2) == "");
  const std::vector<Include> one = {{"a/x.cc", 1, "b/y.h", true}};
  CHECK(Needless({{"a", {"a", "b", "c"}}, {"b", {"b"}}}, one, 1) == "a -> c\n");
}

TEST_CASE("the rules refuse what they are there for") {
  CHECK(Violates("base/file.cc", "config/config.h"));
  CHECK(Violates("config/load.cc", "runtime/image.h"));
  CHECK(Violates("runtime/engine/process.cc", "snapshot/container.h"));
  CHECK(Violates("runtime/engine/process.cc", "config/config.h"));
  CHECK(Violates("snapshot/dist.cc", "config/config.h"));
  CHECK(Violates("snapshot/dist.cc", "server/worker/worker.h"));
  CHECK(Violates("compiler/build/build.cc", "server/worker/worker.h"));
  CHECK(Violates("server/worker/worker.cc", "compiler/build/build.h"));
  CHECK(Violates("server/worker/worker.cc", "tests/unit/temporary_directory.h"));
  CHECK(Violates("server/worker/worker.cc", "../base/file.h"));
  CHECK(Violates("server/worker/worker.cc", "v8.h"));
  CHECK(Violates("compiler/build/build.cc", "v8-isolate.h"));
  CHECK(Violates("compiler/build/build.cc", "libplatform/libplatform.h"));
  CHECK(Violates("http/http1/connection.cc", "http/http1/llhttp.h"));
  CHECK(Violates("net/socket.cc", "http/message.h"));
  CHECK(Violates("http/handler.h", "runtime/app_isolate.h"));
  CHECK(Violates("runtime/ops/http_ops.cc", "http/handler.h"));
  CHECK(Violates("runtime/ops/http_ops.cc", "net/socket.h"));
  CHECK(Violates("snapshot/container.cc", "http/message.h"));
  CHECK(Violates("server/worker/worker.cc", "openssl/ssl.h"));
  CHECK(Violates("snapshot/container.cc", "openssl/sha.h"));
  CHECK(Violates("base/json.cc", "nlohmann/json.hpp"));
  CHECK(Violates("compiler/bundle/metafile.cc", "nlohmann/json_fwd.hpp"));
  CHECK(Violates("config/schema/app.cc", "yaml-cpp/yaml.h"));
  CHECK(Violates("config/wrangler/project.cc", "toml++/toml.h"));
  CHECK(Violates("runtime/engine/process.cc", "uv.h"));
  CHECK(Violates("config/yaml/reader.cc", "config/schema/key.h"));
  CHECK(Violates("config/values/template.cc", "config/yaml/place.h"));
  CHECK(Violates("config/schema/file.cc", "config/load.h"));
  CHECK(Violates("snapshot/manifest.cc", "config/schema/app.h"));
  CHECK(Violates("base/file.cc", "catch2/catch.hpp"));
  CHECK(Violates("runtime/ops/crypto_ops.cc", "openssl/rand.h"));
  CHECK(Violates("server/serve.cc", "CLI/CLI.hpp"));
  CHECK(Violates("cli/nano/main.cc", "CLI/CLI.hpp"));
  CHECK(Violates("server/worker/router.cc", "uv.h"));
  CHECK(Violates("server/serve.cc", "cli/program.h"));
  CHECK(Violates("compiler/build/build.cc", "cli/command_line.h"));
  CHECK(Violates("cli/program.cc", "net/socket.h"));
  CHECK(Violates("cli/program.cc", "snapshot/dist.h"));
  CHECK(Violates("cli/nano/arguments.cc", "http/authority.h"));
  CHECK_FALSE(Violates("cli/nano/ctl/wire.cc", "net/tls/client_context.h"));
  CHECK(Violates("runtime/ops/compression_ops.cc", "zlib.h"));
  CHECK(Violates("runtime/native/compression/codec.cc", "runtime/native/compression/zstd.h"));

  CHECK_FALSE(Violates("snapshot/container.h", "runtime/image.h"));
  CHECK_FALSE(Violates("snapshot/manifest.h", "config/schema/limits.h"));
  CHECK_FALSE(Violates("config/schema/app.cc", "config/values/template.h"));
  CHECK_FALSE(Violates("config/load.cc", "config/schema/file.h"));
  CHECK_FALSE(Violates("server/worker/worker.cc", "config/config.h"));
  CHECK_FALSE(Violates("http/http1/parser.cc", "http/http1/llhttp.h"));
  CHECK_FALSE(Violates("runtime/ops/http_ops.cc", "http/exchange.h"));
  CHECK_FALSE(Violates("runtime/native/crypto/hmac.cc", "openssl/evp.h"));
  CHECK_FALSE(Violates("runtime/ops/op.h", "v8.h"));
  CHECK_FALSE(Violates("cli/nano/main.cc", "server/serve.h"));
  CHECK_FALSE(Violates("cli/nano/main.cc", "compiler/build/build.h"));
  CHECK_FALSE(Violates("tests/unit/http/parser.test.cc", "http/http1/llhttp.h"));
}

TEST_CASE("folders of a layer only look down, and its face hides them") {
  CHECK(Violates("runtime/isolate/hooks.cc", "runtime/ops/op.h"));
  CHECK(Violates("runtime/ops/op.h", "runtime/boot/restored_isolate.h"));
  CHECK(Violates("runtime/boot/app_isolate.cc", "runtime/builder/build_session.h"));
  CHECK(Violates("runtime/native/url/request_url.cc", "runtime/js/values.h"));
  CHECK(Violates("runtime/native/crypto/aes.cc", "runtime/ops/op.h"));
  CHECK(Violates("runtime/limits/heap_limit.cc", "runtime/isolate/isolate_state.h"));
  CHECK(Violates("runtime/app_isolate.h", "runtime/isolate/hooks.h"));
  CHECK(Violates("runtime/native/crypto/aes.cc", "v8.h"));
  CHECK(Violates("runtime/source_map/reader.cc", "v8-isolate.h"));
  CHECK(Violates("runtime/app_isolate.h", "v8.h"));
  CHECK(Violates("server/worker/app_slot.cc", "runtime/native/url/request_url.h"));
  CHECK(Violates("server/log/log_sink.h", "runtime/embedder/log.h"));

  CHECK(Violates("config/load.cc", "config/yaml/yaml.h"));
  CHECK(Violates("runtime/ops/http_ops.cc", "runtime/image.h"));
  CHECK(Violates("compiler/process/child.cc", "compiler/project/paths.h"));
  CHECK(Violates("compiler/bundle/bundler.cc", "compiler/evaluate/evaluator.h"));
  CHECK(Violates("compiler/evaluate/evaluator.cc", "compiler/explain/diagnosis.h"));
  CHECK(Violates("compiler/report/report.cc", "compiler/cache/inputs.h"));
  CHECK(Violates("compiler/cache/inputs.cc", "compiler/build/build.h"));
  CHECK(Violates("server/worker/worker.cc", "server/supervisor/supervisor.h"));
  CHECK(Violates("server/supervisor/supervisor.cc", "server/worker/worker.h"));
  CHECK(Violates("server/worker/worker.cc", "server/serve.h"));
  // A folder that has no floor.
  CHECK_FALSE(Violation({"runtime/attic/old.cc", 1, "runtime/image.h", true}).empty());

  CHECK_FALSE(Violates("compiler/build/build.cc", "compiler/cache/build_cache.h"));
  CHECK_FALSE(Violates("compiler/explain/script_errors.cc", "compiler/bundle/mappings.h"));
  CHECK_FALSE(Violates("server/serve.cc", "server/supervisor/supervisor.h"));
  CHECK_FALSE(Violates("server/worker/worker.h", "server/release/release.h"));
  CHECK_FALSE(Violates("runtime/ops/url_ops.cc", "runtime/native/url/ada.h"));
  CHECK_FALSE(Violates("runtime/boot/identity.cc", "runtime/ops/references.h"));
  CHECK_FALSE(Violates("runtime/embedder.h", "runtime/embedder/log.h"));
  CHECK_FALSE(Violates("server/worker/app_slot.h", "runtime/embedder.h"));
  CHECK_FALSE(
      Violates("tests/unit/runtime/native/crypto/aes.test.cc", "runtime/native/crypto/aes.h"));
}

TEST_CASE("include lines are found however they are written") {
  std::istringstream text(
      "#include <a.h>\n  #  include \"b/c.h\"  // why\n// #include <d.h>\n#define x\n");
  const std::vector<Include> includes = IncludesOf("x.cc", text);
  REQUIRE(includes.size() == 2);
  CHECK(includes[0].Place() == "x.cc:1: #include <a.h");
  CHECK(includes[1].header == "b/c.h");
  CHECK(includes[1].line == 2);
}

}  // namespace nano::layers

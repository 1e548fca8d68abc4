// The rules of ARCHITECTURE.md, checked over the sources: layers only look down, foreign libraries
// stay where they are wrapped, and every file says what it is.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/layers/folder_graph.h"
#include "tests/unit/layers/sources.h"

namespace nano::layers {
namespace {

// Each layer and those that it may include; the lowest first. ARCHITECTURE.md has the picture.
const std::map<std::string, std::set<std::string>> kLayers = {
    {"base", {"base"}},
    {"config", {"base", "config"}},
    {"net", {"base", "net"}},
    {"http", {"base", "net", "http"}},
    {"runtime", {"base", "http", "runtime"}},
    {"snapshot", {"base", "config", "runtime", "snapshot"}},
    {"compiler", {"base", "config", "http", "runtime", "snapshot", "compiler"}},
    {"server", {"base", "config", "net", "http", "runtime", "snapshot", "server"}},
    {"cli", {"base", "config", "runtime", "compiler", "server", "cli"}},
};

// The same inside a layer, for its folders: what each may include beside itself. A layer that is
// here has all of its folders here. "runtime" is what lies in no folder of it.
const std::map<std::string, std::set<std::string>> kFloors = {
    {"config/yaml", {}},
    {"config/values", {}},
    {"config/schema", {"config/yaml", "config/values"}},
    {"config", {"config/yaml", "config/values", "config/schema"}},
    {"runtime/native", {}},
    {"runtime/js", {}},
    {"runtime/embedder", {}},
    {"runtime", {"runtime/embedder"}},
    {"runtime/source_map", {"runtime"}},
    {"runtime/engine", {"runtime"}},
    {"runtime/limits", {"runtime", "runtime/embedder"}},
    {"runtime/isolate",
     {"runtime", "runtime/native", "runtime/js", "runtime/engine", "runtime/limits"}},
    {"runtime/ops", {"runtime", "runtime/native", "runtime/js", "runtime/isolate"}},
    {"runtime/boot",
     {"runtime", "runtime/native", "runtime/js", "runtime/engine", "runtime/limits",
      "runtime/isolate", "runtime/ops"}},
    {"runtime/builder",
     {"runtime", "runtime/native", "runtime/js", "runtime/engine", "runtime/isolate",
      "runtime/ops"}},
};

// Layers of which the others see the headers at the top only.
const std::set<std::string> kFaced = {"runtime"};

// What those see of HTTP that have no sockets.
const std::set<std::string> kSocketless = {"runtime", "compiler"};
const std::set<std::string> kHttpFace = {"http/message.h", "http/exchange.h"};

// What a dist's manifest holds of the configuration: the limits of apps, by the rows of their keys.
const std::set<std::string> kRecordedConfig = {"config/schema/limits.h", "config/schema/key.h"};

// Headers of libraries and the files that may include them, by the beginnings of their paths.
struct Wrapped {
  const char* library;
  std::vector<std::string> headers;  // Beginnings.
  std::vector<std::string> files;
};

const std::vector<Wrapped>& WrappedLibraries() {
  static const std::vector<Wrapped> libraries = {
      {"V8",
       {"v8", "libplatform/", "cppgc/"},
       {"runtime/js/", "runtime/engine/", "runtime/limits/", "runtime/isolate/", "runtime/ops/",
        "runtime/boot/", "runtime/builder/"}},
      {"llhttp", {"llhttp.h", "http/http1/llhttp.h"}, {"http/http1/parser.", "http/http1/response_parser.", "http/http1/llhttp."}},
      {"OpenSSL", {"openssl/"}, {"snapshot/digest.", "runtime/native/crypto/", "net/tls"}},
      {"zlib", {"zlib.h"}, {"runtime/native/compression/zlib_codec."}},
      {"brotli",
       {"brotli/", "runtime/native/compression/brotli.h"},
       {"runtime/native/compression/brotli_codec."}},
      {"zstd",
       {"zstd.h", "runtime/native/compression/zstd.h"},
       {"runtime/native/compression/zstd_codec."}},
      {"c-ares", {"ares.h", "net/ares.h"}, {"net/resolver.", "net/ares."}},
      {"yaml-cpp", {"yaml-cpp/"}, {"config/yaml/yaml."}},
      {"libuv", {"uv.h", "uv/"}, {"net/", "http/http1/", "server/"}},
      {"CLI11", {"CLI/"}, {"cli/"}},
      {"Catch2", {"catch2/"}, {}},
  };
  return libraries;
}

// What is wrong with an include by the rules for folders (kFloors, kFaced); empty if nothing is.
std::string FolderViolation(const Include& include) {
  const std::string from = FolderAt(include.file, 2);
  const std::string to = FolderAt(include.header, 2);
  const std::string layer = FolderAt(include.header, 1);
  if (layer != FolderAt(include.file, 1)) {
    if (!kFaced.contains(layer) || to == layer) return "";
    return include.Place() + ": of " + layer + "/ others see the headers at its top only";
  }
  if (!kFloors.contains(layer) || from == to) return "";
  const auto floor = kFloors.find(from);
  if (floor == kFloors.end()) return from + "/ has no floor yet: give it one in kFloors";
  if (floor->second.contains(to)) return "";
  return include.Place() + ": " + from + "/ may not include from " + to + "/ (see kFloors)";
}

// What is wrong with an include; empty if nothing is.
std::string Violation(const Include& include) {
  const std::string from = FolderAt(include.file, 1);
  const std::string to = FolderAt(include.header, 1);
  const bool test = from == "tests";
  if (include.header.find("..") != std::string::npos) {
    return include.Place() + ": includes are rooted at the checkout, without '..'";
  }
  if (!test && to == "tests") return include.Place() + ": no layer includes tests";
  if (!test && kLayers.contains(to) && include.header.find('/') != std::string::npos &&
      !kLayers.at(from).contains(to)) {
    return include.Place() + ": " + from + "/ may not include " + to + "/ (see ARCHITECTURE.md)";
  }
  if (test) return "";
  if (kSocketless.contains(from) && to == "http" && !kHttpFace.contains(include.header)) {
    return include.Place() + ": " + from + "/ sees of http/ its messages and exchanges only";
  }
  if (std::string wrong = FolderViolation(include); include.quoted && !wrong.empty()) return wrong;
  if (from == "snapshot" && to == "config" && !kRecordedConfig.contains(include.header)) {
    return include.Place() + ": snapshot/ sees of config/ the limits of apps only";
  }
  for (const Wrapped& library : WrappedLibraries()) {
    if (StartsWithAny(include.header, library.headers) &&
        !StartsWithAny(include.file, library.files)) {
      return include.Place() + ": the headers of " + library.library + " do not belong here";
    }
  }
  return "";
}

// All files of the layers, and below `more`, with one of the endings.
std::vector<std::string> Files(const std::vector<std::string>& endings,
                               std::vector<std::string> more) {
  for (const auto& [layer, below] : kLayers) more.push_back(layer);
  return FilesBelow(more, endings);
}

// Whether a file's text opens with a comment, as its kind writes them; after a "#!" line, if any.
bool OpensWithComment(const std::string& file, std::istream& text) {
  std::string line;
  do {
    if (!std::getline(text, line)) return false;
  } while (line.starts_with("#!"));
  const bool hash = EndsWithAny(file, {".txt", ".cmake", ".yaml", ".sh", ".py"});
  return hash ? line.starts_with("# ") : line.starts_with("// ") || line.starts_with("/*");
}

}  // namespace

TEST_CASE("layers only look down, and libraries stay where they are wrapped") {
  const std::vector<std::string> files = Files({".h", ".cc", ".in"}, {"tests"});
  const std::vector<Include> includes = IncludesOf(files);
  // The walk itself works: a rule that sees nothing would never fail.
  REQUIRE(files.size() > 50);
  REQUIRE(includes.size() > 200);
  for (const Include& include : includes) {
    const std::string violation = Violation(include);
    if (!violation.empty()) FAIL_CHECK(violation);
  }
}

TEST_CASE("the rules refuse what they are there for") {
  const auto violates = [](const char* file, const char* header) {
    return !Violation({file, 1, header, true}).empty();
  };
  CHECK(violates("base/file.cc", "config/config.h"));
  CHECK(violates("config/load.cc", "runtime/image.h"));
  CHECK(violates("runtime/engine/process.cc", "snapshot/container.h"));
  CHECK(violates("runtime/engine/process.cc", "config/config.h"));
  CHECK(violates("snapshot/dist.cc", "config/config.h"));
  CHECK(violates("snapshot/dist.cc", "server/worker.h"));
  CHECK(violates("compiler/build/build.cc", "server/worker.h"));
  CHECK(violates("server/worker.cc", "compiler/build/build.h"));
  CHECK(violates("server/worker.cc", "tests/unit/temporary_directory.h"));
  CHECK(violates("server/worker.cc", "../base/file.h"));
  CHECK(violates("server/worker.cc", "v8.h"));
  CHECK(violates("compiler/build/build.cc", "v8-isolate.h"));
  CHECK(violates("compiler/build/build.cc", "libplatform/libplatform.h"));
  CHECK(violates("http/http1/connection.cc", "http/http1/llhttp.h"));
  CHECK(violates("net/socket.cc", "http/message.h"));
  CHECK(violates("http/handler.h", "runtime/app_isolate.h"));
  CHECK(violates("runtime/ops/http_ops.cc", "http/handler.h"));
  CHECK(violates("runtime/ops/http_ops.cc", "net/socket.h"));
  CHECK(violates("snapshot/container.cc", "http/message.h"));
  CHECK(violates("server/worker.cc", "openssl/ssl.h"));
  CHECK(violates("snapshot/container.cc", "openssl/sha.h"));
  CHECK(violates("config/schema/app.cc", "yaml-cpp/yaml.h"));
  CHECK(violates("runtime/engine/process.cc", "uv.h"));
  CHECK(violates("config/yaml/reader.cc", "config/schema/key.h"));
  CHECK(violates("config/values/template.cc", "config/yaml/place.h"));
  CHECK(violates("config/schema/file.cc", "config/load.h"));
  CHECK(violates("snapshot/manifest.cc", "config/schema/app.h"));
  CHECK(violates("base/file.cc", "catch2/catch.hpp"));
  CHECK(violates("runtime/ops/crypto_ops.cc", "openssl/rand.h"));
  CHECK(violates("server/serve.cc", "CLI/CLI.hpp"));
  CHECK(violates("server/serve.cc", "cli/program.h"));
  CHECK(violates("compiler/build/build.cc", "cli/command_line.h"));
  CHECK(violates("cli/program.cc", "net/socket.h"));
  CHECK(violates("cli/program.cc", "snapshot/dist.h"));
  CHECK(violates("runtime/ops/compression_ops.cc", "zlib.h"));
  CHECK(violates("runtime/native/compression/codec.cc", "runtime/native/compression/zstd.h"));

  CHECK_FALSE(violates("snapshot/container.h", "runtime/image.h"));
  CHECK_FALSE(violates("snapshot/manifest.h", "config/schema/limits.h"));
  CHECK_FALSE(violates("config/schema/app.cc", "config/values/template.h"));
  CHECK_FALSE(violates("config/load.cc", "config/schema/file.h"));
  CHECK_FALSE(violates("server/worker.cc", "config/config.h"));
  CHECK_FALSE(violates("http/http1/parser.cc", "http/http1/llhttp.h"));
  CHECK_FALSE(violates("runtime/ops/http_ops.cc", "http/exchange.h"));
  CHECK_FALSE(violates("runtime/native/crypto/hmac.cc", "openssl/evp.h"));
  CHECK_FALSE(violates("runtime/ops/op.h", "v8.h"));
  CHECK_FALSE(violates("cli/nano/main.cc", "server/serve.h"));
  CHECK_FALSE(violates("cli/nano/main.cc", "compiler/build/build.h"));
  CHECK_FALSE(violates("tests/unit/http/parser.test.cc", "http/http1/llhttp.h"));
}

TEST_CASE("folders of a layer only look down, and its face hides them") {
  const auto violates = [](const char* file, const char* header) {
    return !Violation({file, 1, header, true}).empty();
  };
  CHECK(violates("runtime/isolate/hooks.cc", "runtime/ops/op.h"));
  CHECK(violates("runtime/ops/op.h", "runtime/boot/restored_isolate.h"));
  CHECK(violates("runtime/boot/app_isolate.cc", "runtime/builder/build_session.h"));
  CHECK(violates("runtime/native/url/request_url.cc", "runtime/js/values.h"));
  CHECK(violates("runtime/native/crypto/aes.cc", "runtime/image.h"));
  CHECK(violates("runtime/limits/heap_limit.cc", "runtime/isolate/isolate_state.h"));
  CHECK(violates("runtime/app_isolate.h", "runtime/isolate/hooks.h"));
  CHECK(violates("runtime/attic/old.cc", "runtime/image.h"));
  CHECK(violates("runtime/native/crypto/aes.cc", "v8.h"));
  CHECK(violates("runtime/source_map/reader.cc", "v8-isolate.h"));
  CHECK(violates("runtime/app_isolate.h", "v8.h"));
  CHECK(violates("server/app_slot.cc", "runtime/native/url/request_url.h"));
  CHECK(violates("server/log.h", "runtime/embedder/log.h"));

  CHECK_FALSE(violates("runtime/ops/url_ops.cc", "runtime/native/url/ada.h"));
  CHECK_FALSE(violates("runtime/boot/identity.cc", "runtime/ops/references.h"));
  CHECK_FALSE(violates("runtime/embedder.h", "runtime/embedder/log.h"));
  CHECK_FALSE(violates("server/app_slot.h", "runtime/embedder.h"));
  CHECK_FALSE(
      violates("tests/unit/runtime/native/crypto/aes.test.cc", "runtime/native/crypto/aes.h"));
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

TEST_CASE("every source file opens with a comment that says what it is") {
  const std::vector<std::string> files =
      Files({".h", ".cc", ".ts", ".tsx", ".mjs", ".js", ".sh", ".py", ".cmake"},
            {"tests", "cmake", "scripts", "bench"});
  REQUIRE(files.size() > 50);
  for (const std::string& file : files) {
    std::ifstream text(Root() / file);
    if (!OpensWithComment(file, text)) {
      FAIL_CHECK(file + ":1: does not open with a comment that says what the file is");
    }
  }
}

// The first comment of a file, without what follows.
std::string OpeningComment(std::istream& text) {
  std::string comment;
  for (std::string line; std::getline(text, line) && line.starts_with("//");)
    comment += line + "\n";
  return comment;
}

TEST_CASE("headers say on which threads, and sources say more than where their header is") {
  // Whose files do so already; the other layers are to follow.
  const std::vector<std::string> folders = {"config", "runtime"};
  for (const std::string& file : FilesBelow(folders, {".h", ".cc"})) {
    std::ifstream text(Root() / file);
    if (file.ends_with(".cc")) {
      if (OpeningComment(text).starts_with("// See ")) {
        FAIL_CHECK(file + ":1: says nothing of its own");
      }
      continue;
    }
    const std::string whole(std::istreambuf_iterator<char>(text), {});
    if (whole.find("hread") == std::string::npos) {
      FAIL_CHECK(file + ": does not say on which thread it is used");
    }
  }
}

TEST_CASE("source files stay small enough to be read in one sitting") {
  constexpr int kMostLines = 500;
  for (const std::string& file : Files({".h", ".cc", ".ts"}, {"tests"})) {
    std::ifstream text(Root() / file);
    const auto lines = std::count(std::istreambuf_iterator<char>(text), {}, '\n');
    if (lines > kMostLines) FAIL_CHECK(file + ": has " + std::to_string(lines) + " lines");
  }
}

}  // namespace nano::layers

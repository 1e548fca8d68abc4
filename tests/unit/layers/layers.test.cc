// The rules of ARCHITECTURE.md, checked over the sources: layers only look down, foreign libraries
// stay where they are wrapped, and every file says what it is.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;

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
};

// What those see of HTTP that have no sockets.
const std::set<std::string> kSocketless = {"runtime", "compiler"};
const std::set<std::string> kHttpFace = {"http/message.h", "http/exchange.h"};

// What a dist's manifest holds of the configuration: the limits of apps, by the rows of their keys.
const std::set<std::string> kRecordedConfig = {"config/schema/limits.h", "config/schema/key.h"};

// The folders of config/ and those of them that each may include: how a file is read and what
// values can be, below the keys, below files and merging.
const std::map<std::string, std::set<std::string>> kConfigFolders = {
    {"yaml", {"yaml"}},
    {"values", {"values"}},
    {"schema", {"yaml", "values", "schema"}},
    {"", {"yaml", "values", "schema", ""}},
};

// Headers of libraries and the files that may include them, by the beginnings of their paths.
struct Wrapped {
  const char* library;
  std::vector<std::string> headers;  // Beginnings.
  std::vector<std::string> files;
};

const std::vector<Wrapped>& WrappedLibraries() {
  static const std::vector<Wrapped> libraries = {
      {"V8", {"v8", "libplatform/", "cppgc/"}, {"runtime/"}},
      {"llhttp", {"llhttp.h", "http/http1/llhttp.h"}, {"http/http1/parser.", "http/http1/llhttp."}},
      {"OpenSSL", {"openssl/"}, {"snapshot/digest.", "runtime/crypto/", "runtime/ops/", "net/tls"}},
      {"zlib", {"zlib.h"}, {"runtime/compression/zlib_codec."}},
      {"brotli",
       {"brotli/", "runtime/compression/brotli.h"},
       {"runtime/compression/brotli_codec."}},
      {"zstd", {"zstd.h", "runtime/compression/zstd.h"}, {"runtime/compression/zstd_codec."}},
      {"yaml-cpp", {"yaml-cpp/"}, {"config/yaml/yaml."}},
      {"libuv", {"uv.h", "uv/"}, {"net/", "http/http1/", "server/"}},
      {"Catch2", {"catch2/"}, {}},
  };
  return libraries;
}

struct Include {
  std::string file;  // Relative to the root.
  int line = 0;
  std::string header;
  bool quoted = false;

  std::string Place() const {
    return file + ":" + std::to_string(line) + ": #include " + (quoted ? "\"" : "<") + header;
  }
};

bool StartsWithAny(std::string_view text, const std::vector<std::string>& beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [&](const std::string& beginning) { return text.starts_with(beginning); });
}

bool EndsWithAny(std::string_view text, const std::vector<std::string>& endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](const std::string& ending) { return text.ends_with(ending); });
}

const fs::path& Root() {
  static const fs::path root = NANO_SOURCE_DIR;
  return root;
}

// All files below the layers' folders and tests/ with one of the endings, relative to the root.
std::vector<std::string> Files(const std::vector<std::string>& endings,
                               const std::vector<std::string>& more_folders) {
  std::vector<std::string> folders = more_folders;
  for (const auto& [layer, below] : kLayers) folders.push_back(layer);
  std::vector<std::string> files;
  for (const std::string& folder : folders) {
    if (!fs::exists(Root() / folder)) continue;
    for (auto entry = fs::recursive_directory_iterator(Root() / folder);
         entry != fs::recursive_directory_iterator(); ++entry) {
      const std::string name = entry->path().filename().string();
      // Installed packages, build trees and fixtures that tests feed to the programs.
      if (entry->is_directory() &&
          (name == "node_modules" || name == "dist" || name == "fixtures" || name == "build")) {
        entry.disable_recursion_pending();
        continue;
      }
      if (entry->is_regular_file() && EndsWithAny(name, endings)) {
        files.push_back(fs::relative(entry->path(), Root()).string());
      }
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<Include> IncludesOf(const std::string& file, std::istream& text) {
  std::vector<Include> includes;
  std::string line;
  for (int number = 1; std::getline(text, line); ++number) {
    const size_t hash = line.find_first_not_of(" \t");
    if (hash == std::string::npos || line[hash] != '#') continue;
    size_t word = line.find_first_not_of(" \t", hash + 1);
    if (word == std::string::npos || line.compare(word, 7, "include") != 0) continue;
    const size_t open = line.find_first_of("\"<", word);
    if (open == std::string::npos) continue;
    const size_t close = line.find_first_of("\">", open + 1);
    if (close == std::string::npos) continue;
    includes.push_back({file, number, line.substr(open + 1, close - open - 1), line[open] == '"'});
  }
  return includes;
}

std::vector<Include> Includes(const std::vector<std::string>& files) {
  std::vector<Include> all;
  for (const std::string& file : files) {
    std::ifstream text(Root() / file);
    for (Include& include : IncludesOf(file, text)) all.push_back(std::move(include));
  }
  return all;
}

std::string FolderOf(std::string_view path) { return std::string(path.substr(0, path.find('/'))); }

// "schema" of "config/schema/app.cc"; empty: it lies in the layer's own folder.
std::string InnerFolderOf(std::string_view path) {
  path.remove_prefix(path.find('/') + 1);
  const size_t slash = path.find('/');
  return slash == std::string_view::npos ? std::string() : std::string(path.substr(0, slash));
}

// What is wrong with an include; empty if nothing is.
std::string Violation(const Include& include) {
  const std::string from = FolderOf(include.file);
  const std::string to = FolderOf(include.header);
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
  if (from == "snapshot" && to == "config" && !kRecordedConfig.contains(include.header)) {
    return include.Place() + ": snapshot/ sees of config/ the limits of apps only";
  }
  if (from == "config" && to == "config") {
    const auto inner = kConfigFolders.find(InnerFolderOf(include.file));
    if (inner == kConfigFolders.end() || !inner->second.contains(InnerFolderOf(include.header))) {
      return include.Place() + ": config/'s folders only look down (see ARCHITECTURE.md)";
    }
  }
  for (const Wrapped& library : WrappedLibraries()) {
    if (StartsWithAny(include.header, library.headers) &&
        !StartsWithAny(include.file, library.files)) {
      return include.Place() + ": the headers of " + library.library + " do not belong here";
    }
  }
  return "";
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
  const std::vector<Include> includes = Includes(files);
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
  CHECK(violates("runtime/process.cc", "snapshot/container.h"));
  CHECK(violates("runtime/process.cc", "config/config.h"));
  CHECK(violates("snapshot/dist.cc", "config/config.h"));
  CHECK(violates("snapshot/dist.cc", "server/worker.h"));
  CHECK(violates("compiler/build.cc", "server/worker.h"));
  CHECK(violates("server/worker.cc", "compiler/build.h"));
  CHECK(violates("server/worker.cc", "tests/unit/temporary_directory.h"));
  CHECK(violates("server/worker.cc", "../base/file.h"));
  CHECK(violates("server/worker.cc", "v8.h"));
  CHECK(violates("compiler/build.cc", "v8-isolate.h"));
  CHECK(violates("compiler/build.cc", "libplatform/libplatform.h"));
  CHECK(violates("http/http1/connection.cc", "http/http1/llhttp.h"));
  CHECK(violates("net/socket.cc", "http/message.h"));
  CHECK(violates("http/handler.h", "runtime/app_isolate.h"));
  CHECK(violates("runtime/ops/http_ops.cc", "http/handler.h"));
  CHECK(violates("runtime/ops/http_ops.cc", "net/socket.h"));
  CHECK(violates("snapshot/container.cc", "http/message.h"));
  CHECK(violates("server/worker.cc", "openssl/ssl.h"));
  CHECK(violates("snapshot/container.cc", "openssl/sha.h"));
  CHECK(violates("config/schema/app.cc", "yaml-cpp/yaml.h"));
  CHECK(violates("config/yaml/reader.cc", "config/schema/key.h"));
  CHECK(violates("config/values/template.cc", "config/yaml/place.h"));
  CHECK(violates("config/schema/file.cc", "config/load.h"));
  CHECK(violates("snapshot/manifest.cc", "config/schema/app.h"));
  CHECK(violates("runtime/process.cc", "uv.h"));
  CHECK(violates("base/file.cc", "catch2/catch.hpp"));
  CHECK(violates("runtime/ops/compression_ops.cc", "zlib.h"));
  CHECK(violates("runtime/compression/codec.cc", "runtime/compression/zstd.h"));

  CHECK_FALSE(violates("snapshot/container.h", "runtime/image.h"));
  CHECK_FALSE(violates("snapshot/manifest.h", "config/schema/limits.h"));
  CHECK_FALSE(violates("config/schema/app.cc", "config/values/template.h"));
  CHECK_FALSE(violates("config/load.cc", "config/schema/file.h"));
  CHECK_FALSE(violates("server/worker.cc", "config/config.h"));
  CHECK_FALSE(violates("http/http1/parser.cc", "http/http1/llhttp.h"));
  CHECK_FALSE(violates("runtime/ops/http_ops.cc", "http/exchange.h"));
  CHECK_FALSE(violates("runtime/ops/crypto.cc", "openssl/evp.h"));
  CHECK_FALSE(violates("runtime/ops/op.h", "v8.h"));
  CHECK_FALSE(violates("tests/unit/http/parser.test.cc", "http/http1/llhttp.h"));
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

TEST_CASE("source files stay small enough to be read in one sitting") {
  constexpr int kMostLines = 500;
  for (const std::string& file : Files({".h", ".cc", ".ts"}, {"tests"})) {
    std::ifstream text(Root() / file);
    const auto lines = std::count(std::istreambuf_iterator<char>(text), {}, '\n');
    if (lines > kMostLines) FAIL_CHECK(file + ": has " + std::to_string(lines) + " lines");
  }
}

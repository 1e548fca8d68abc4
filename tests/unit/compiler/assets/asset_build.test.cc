// A folder of files becomes a pack.
#include "compiler/assets/asset_build.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "assets/site_rules.h"
#include "compiler/assets/asset_checks.h"
#include "compiler/assets/asset_files.h"
#include "compiler/assets/ignore_patterns.h"

namespace nano::compiler {
namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "nano-assets-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = fs::canonical(name);
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  void Write(const std::string& name, const std::string& bytes) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << bytes;
  }
  void Link(const std::string& name, const std::string& target) const {
    fs::create_symlink(target, path_ / name);
  }
  std::string path() const { return path_.string(); }

 private:
  fs::path path_;
};

std::string Ignored(const std::string& patterns, std::initializer_list<const char*> paths) {
  const IgnorePatterns ignored(patterns);
  std::string text;
  for (const std::string path : paths) {
    const bool is_folder = path.ends_with('/');
    text +=
        ignored.Ignores(is_folder ? path.substr(0, path.size() - 1) : path, is_folder) ? '1' : '0';
  }
  return text;
}

TEST_CASE("patterns of .assetsignore", "[assets]") {
  CHECK(Ignored("*.map", {"a.map", "b/c.map", "a.mapx", "map"}) == "1100");
  CHECK(Ignored("/top", {"top", "a/top"}) == "10");
  CHECK(Ignored("a/b", {"a/b", "x/a/b"}) == "10");
  CHECK(Ignored("dir/", {"dir/", "dir", "x/dir/"}) == "101");
  CHECK(Ignored("**/b", {"b", "a/b", "a/c/b", "ab"}) == "1110");
  CHECK(Ignored("a/**", {"a/b", "a/b/c", "a"}) == "110");
  CHECK(Ignored("a/**/z", {"a/z", "a/b/z", "a/b/c/z", "az"}) == "1110");
  CHECK(Ignored("*.js\n!keep.js\n", {"x.js", "keep.js"}) == "10");
  CHECK(Ignored("# no\n\n\\#yes\n", {"# no", "#yes"}) == "01");
  CHECK(Ignored("[a-c]?.txt", {"a1.txt", "d1.txt", "a.txt"}) == "100");
  CHECK(Ignored("[!a].txt", {"a.txt", "b.txt"}) == "01");
  CHECK(Ignored("[x", {"[x"}) == "1");
  CHECK(Ignored("spaces  \r\n", {"spaces"}) == "1");
  CHECK(Ignored(std::string(40, '*') + "b",
                {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac"}) == "0");
}

TEST_CASE("what is served of a folder", "[assets]") {
  const Folder folder;
  for (const char* name :
       {"index.html", "a/b.txt", ".well-known/x", ".env", ".env.local", ".git/config",
        "node_modules/m.js", "skip.map", "_redirects", "_headers", ".DS_Store", "a/_headers"}) {
    folder.Write(name, name);
  }
  folder.Write(".assetsignore", "*.map\n");
  folder.Link("inside", "a/b.txt");
  folder.Link("outside", "/etc/passwd");
  folder.Link("nowhere", "gone");
  folder.Link("folder", "a");
  const AssetFilesFound found = FindAssetFiles(folder.path()).value();
  CHECK(found.names == std::vector<std::string>{"/.well-known/x", "/a/_headers", "/a/b.txt",
                                                "/index.html", "/inside"});
  CHECK(found.redirects == "_redirects");
  CHECK(found.headers == "_headers");
  CHECK(found.warnings.size() == 3);

  CHECK_FALSE(FindAssetFiles(folder.path() + "/none").ok());
  folder.Write("_worker.js", "secret");
  CHECK_FALSE(FindAssetFiles(folder.path()).ok());
  folder.Write(".assetsignore", "_worker.js\n");
  CHECK(FindAssetFiles(folder.path()).ok());
}

TEST_CASE("files are compressed where it helps, once", "[assets]") {
  const Folder folder;
  const Folder cache;
  std::string text;
  for (int i = 0; i < 20000; ++i) text += "line " + std::to_string(i) + "\n";
  folder.Write("public/text.txt", text);
  folder.Write("public/small.txt", "small");
  folder.Write("public/picture.png", text);
  folder.Write("public/empty.css", "");
  folder.Write("public/404.html", "missing");
  folder.Write("public/_redirects", "/a /b\nnonsense\n");
  const config::AssetSettings settings{.directory = "public",
                                       .not_found_handling = config::NotFoundHandling::k404Page};
  const CompressedFiles kept(cache.path());
  const BuiltAssets built = BuildAssets(settings, folder.path(), {kept}).value();
  CHECK(built.names.size() == 5);
  REQUIRE(built.warnings.size() == 1);
  CHECK(built.warnings[0].where.ends_with("_redirects:2"));
  const snapshot::AssetPack pack = snapshot::AssetPack::Read(built.pack).value();
  const snapshot::AssetFile file = *pack.Find("/text.txt");
  for (size_t i = 0; i < snapshot::kAssetIdentity; ++i) {
    REQUIRE(file.bytes[i]);
    CHECK(file.bytes[i]->size < text.size() / 2);
  }
  CHECK(file.contents().size == text.size());
  CHECK_FALSE(pack.Find("/small.txt")->bytes[0]);
  CHECK_FALSE(pack.Find("/picture.png")->bytes[0]);
  CHECK(pack.Find("/empty.css")->contents().size == 0);
  CHECK(assets::DecodeRules(pack.rules())->not_found == config::NotFoundHandling::k404Page);

  // Of what is kept, it is taken.
  for (const auto& entry : fs::directory_iterator(cache.path())) {
    if (entry.path().extension() == ".br") std::ofstream(entry.path(), std::ios::binary) << "kept";
  }
  const BuiltAssets rebuilt = BuildAssets(settings, folder.path(), {kept}).value();
  const snapshot::AssetPack again = snapshot::AssetPack::Read(rebuilt.pack).value();
  const snapshot::AssetBytes bytes = *again.Find("/text.txt")->bytes[0];
  CHECK(again.BytesOf(bytes) == "kept");
}

TEST_CASE("what is compressed of small files is in one file of the cache", "[assets]") {
  const Folder folder;
  const Folder cache;
  for (int i = 0; i < 50; ++i)
    folder.Write("public/" + std::to_string(i) + ".txt",
                 std::string(1000, 'x') + std::to_string(i));
  const config::AssetSettings settings{.directory = "public"};
  const CompressedFiles kept(cache.path());
  const auto build = [&] { return BuildAssets(settings, folder.path(), {kept}).value().pack; };
  const std::string pack = build();
  const auto files = [&] {
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(cache.path())) paths.push_back(entry.path());
    return paths;
  };
  REQUIRE(files().size() == 1);
  CHECK(CompressedFiles::IsOurs(files()[0].filename().string()));
  const auto written = fs::last_write_time(files()[0]);
  const auto size = fs::file_size(files()[0]);
  CHECK(build() == pack);
  CHECK(fs::file_size(files()[0]) == size);
  CHECK(fs::last_write_time(files()[0]) >= written);
  // What is damaged is no record, and is replaced.
  std::fstream(files()[0], std::ios::in | std::ios::out | std::ios::binary)
      .seekp(100)
      .write("??", 2);
  CHECK(build() == pack);
  // What is not asked for any more does not stay.
  for (int i = 1; i < 50; ++i) fs::remove(folder.path() + "/public/" + std::to_string(i) + ".txt");
  (void)build();
  CHECK(fs::file_size(files()[0]) < size / 10);
}

TEST_CASE("packing ends in time, and says how to give it more", "[assets]") {
  const Folder folder;
  folder.Write("public/a.txt", "a");
  const CompressedFiles kept;
  const auto built =
      BuildAssets({.directory = "public"}, folder.path(), {.compressed = kept, .deadline = {}});
  REQUIRE_FALSE(built.ok());
  CHECK(built.error().message.find("0 of 1 files") != std::string::npos);
  CHECK(built.error().hint.find("`build.timeout`") != std::string::npos);
}

TEST_CASE("settings and rules that cannot do what they say are told", "[assets]") {
  const auto told = [](const assets::SiteRules& rules, const std::vector<std::string>& names) {
    std::string text;
    for (const Error& warning : CheckSite(rules, "/site", names))
      text += warning.where.substr(warning.where.rfind('/')) + " " + warning.message + "|" +
              warning.hint + "\n";
    return text;
  };
  using enum config::NotFoundHandling;
  CHECK(told({.not_found = kSinglePageApplication}, {"/index.html"}).empty());
  CHECK(told({.not_found = k404Page}, {"/docs/404.html"}).empty());
  CHECK(told({.not_found = kSinglePageApplication}, {"/a"}).find("no index.html") !=
        std::string::npos);
  CHECK(told({.not_found = k404Page}, {"/index.html"}).find("no 404.html") != std::string::npos);
  CHECK(told({}, {}).find("there are no files") != std::string::npos);
  const std::vector<std::string> site = {"/about.html", "/docs/a.txt", "/index.html"};
  CHECK(told({.redirects = "/a /about 200\n/b/* /docs/:splat 200\n/c /index.html?x 301\n/d /b\n"},
             site)
            .empty());
  for (const char* rule : {"/x/* /nowhere/:splat 200", "/tocode /code 200"}) {
    CAPTURE(rule);
    CHECK(told({.redirects = rule}, site).starts_with("/_redirects:1 there is no file at "));
  }
  for (const char* rule : {"/self /self 200", "/loop /loop", "/l/* /l/:splat 301", "/l/* /l/x"}) {
    CAPTURE(rule);
    CHECK(told({.redirects = rule}, site).find("itself") != std::string::npos);
  }
  CHECK(told({.redirects = "/* /index.html 200"}, site)
            .find("`not_found_handling: single-page-application`") != std::string::npos);
  CHECK(CheckWithoutCode({.worker_first = true}, "x").size() == 1);
  CHECK(CheckWithoutCode({.worker_first_paths = {"/api/*"}}, "x").size() == 1);
  CHECK(CheckWithoutCode({}, "x").empty());
}

TEST_CASE("what makes the app is not served with it", "[assets]") {
  const Folder folder;
  for (const char* name :
       {"index.html", "nano.yaml", "other.yaml", "dist/manifest.json", "dist/x.snap",
        "wrangler.toml", "wrangler.jsonc", ".npmrc", "package.json", "package-lock.json",
        "tsconfig.json", "lib/package.json", "docs/dist/a.txt"}) {
    folder.Write(name, name);
  }
  const std::vector<std::string> own = {folder.path() + "/dist", folder.path() + "/other.yaml"};
  CHECK(FindAssetFiles(folder.path(), folder.path(), own).value().names ==
        std::vector<std::string>{"/docs/dist/a.txt", "/index.html", "/lib/package.json"});
  folder.Write(".assetsignore", "!package.json\n");
  const AssetFilesFound found = FindAssetFiles(folder.path(), folder.path(), own).value();
  CHECK(found.kept == std::vector<std::string>{"/lib/package.json", "/package.json"});
  // The folder of the build itself, and a file.
  CHECK_FALSE(FindAssetFiles(folder.path() + "/dist", folder.path(), own).ok());
  const auto file = FindAssetFiles(folder.path() + "/index.html", folder.path(), own);
  REQUIRE_FALSE(file.ok());
  CHECK(file.error().message.starts_with("it is a file"));
}

}  // namespace
}  // namespace nano::compiler

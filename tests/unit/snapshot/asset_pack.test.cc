// Packs of assets: written, found again, and refused when they are damaged.
#include "snapshot/asset_pack.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>

namespace nano::snapshot {
namespace {

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "nano-pack-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string File(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

std::vector<AssetSource> Sources() {
  return {{.name = "/b.js",
           .media_type = "text/javascript",
           .has_hash = true,
           .contents = "bbb",
           .coded = {"br", {}, "gz"}},
          {.name = "/a.html", .media_type = "text/html", .contents = "<a>"},
          {.name = "/empty", .media_type = "", .contents = ""},
          {.name = "/z.html", .media_type = "text/html", .contents = "<z>"}};
}

std::string Text(const AssetPack& pack, const std::optional<AssetBytes>& bytes) {
  return bytes ? std::string(pack.bytes().substr(bytes->offset, bytes->size)) : "none";
}

std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void Write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

TEST_CASE("packed files are found by their names", "[asset_pack]") {
  const Folder folder;
  const WrittenPack written = WriteAssetPack(folder.File("p"), Sources(), "rules").value();
  CHECK(written.bytes == std::filesystem::file_size(folder.File("p")));
  Descriptor copy;
  const AssetPack pack =
      AssetPack::Open(folder.File("p"), CopyPlace::kMemory, 1 << 20, &copy).value();
  CHECK(pack.digest() == written.digest);
  CHECK(pack.size() == 4);
  CHECK(pack.rules() == "rules");
  const std::optional<AssetFile> js = pack.Find("/b.js");
  REQUIRE(js);
  CHECK(js->media_type == "text/javascript");
  CHECK(js->has_hash);
  CHECK(js->tag == "3e744b9dc39389baf0c5a0660589b840");  // printf bbb | sha256sum
  CHECK(Text(pack, js->bytes[0]) == "br");
  CHECK(Text(pack, js->bytes[1]) == "none");
  CHECK(Text(pack, js->bytes[2]) == "gz");
  CHECK(Text(pack, js->contents()) == "bbb");
  CHECK(Text(pack, pack.Find("/empty")->contents()).empty());
  CHECK(pack.Find("/z.html")->media_type == "text/html");
  for (const char* other : {"", "/", "/a", "/a.html/", "/zz", "b.js"}) CHECK_FALSE(pack.Has(other));

  const AssetPack adopted = AssetPack::Adopt(copy, written.bytes, written.digest).value();
  CHECK(Text(adopted, adopted.Find("/a.html")->contents()) == "<a>");
  CHECK_FALSE(AssetPack::Adopt(copy, written.bytes, std::string(64, '0')).ok());
}

TEST_CASE("equal files make equal packs, whatever their order", "[asset_pack]") {
  const Folder folder;
  std::vector<AssetSource> reversed = Sources();
  std::reverse(reversed.begin(), reversed.end());
  CHECK(WriteAssetPack(folder.File("a"), Sources(), "r")->digest ==
        WriteAssetPack(folder.File("b"), reversed, "r")->digest);
  CHECK(WriteAssetPack(folder.File("a"), Sources(), "r")->digest !=
        WriteAssetPack(folder.File("b"), Sources(), "s")->digest);
  std::vector<AssetSource> twice = Sources();
  twice.push_back(twice.front());
  CHECK_FALSE(WriteAssetPack(folder.File("c"), twice, "").ok());
  CHECK(AssetPack::Open(folder.File("a")).ok());
  CHECK(WriteAssetPack(folder.File("none"), {}, "").ok());
  CHECK(AssetPack::Open(folder.File("none"))->size() == 0);
}

TEST_CASE("damaged packs are refused", "[asset_pack]") {
  const Folder folder;
  (void)WriteAssetPack(folder.File("p"), Sources(), "rules").value();
  const std::string good = Read(folder.File("p"));
  const auto refused = [&](const std::string& bytes) {
    Write(folder.File("q"), bytes);
    return !AssetPack::Open(folder.File("q")).ok();
  };
  CHECK(refused(""));
  CHECK(refused("NANO"));
  CHECK(refused("NANOSNAP" + good.substr(8)));
  CHECK(refused(good + "x"));
  for (size_t size = 0; size < good.size(); size += 7) CHECK(refused(good.substr(0, size)));
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x20);
    CAPTURE(i);
    CHECK(refused(bad));
  }
  Write(folder.File("small"), good);
  CHECK_FALSE(AssetPack::Open(folder.File("small"), CopyPlace::kMemory, good.size() - 1).ok());
}

// What another process passes on is not hashed again: no table may lead out of the pack.
TEST_CASE("tables that lie are refused or harmless", "[asset_pack]") {
  const Folder folder;
  const WrittenPack written = WriteAssetPack(folder.File("p"), Sources(), "rules").value();
  const std::string good = Read(folder.File("p"));
  std::minstd_rand random(1);
  for (int round = 0; round < 3000; ++round) {
    std::string bad = good;
    for (unsigned i = 0; i < 1 + random() % 3; ++i)
      bad[8 + random() % 600] = static_cast<char>(random());
    Write(folder.File("q"), bad);
    Descriptor file(open(folder.File("q").c_str(), O_RDONLY | O_CLOEXEC));
    const Result<AssetPack> pack = AssetPack::Adopt(file, bad.size(), written.digest);
    if (!pack.ok()) continue;
    size_t sum = pack->rules().size();
    for (size_t i = 0; i < pack->size(); ++i) {
      const AssetFile found = pack->At(i);
      for (const auto& bytes : found.bytes) {
        if (bytes) sum += std::string(pack->bytes().substr(bytes->offset, bytes->size)).size();
      }
      CHECK(pack->Has(found.name));
    }
    CHECK(sum < 100'000);
  }
}

}  // namespace
}  // namespace nano::snapshot

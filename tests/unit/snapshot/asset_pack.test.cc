// Packs of assets: written, found again, and refused when they are malformed.
#include "snapshot/asset_pack.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <string>

namespace nano::snapshot {
namespace {

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
  return bytes ? std::string(pack.BytesOf(*bytes)) : "none";
}

TEST_CASE("packed files are found by their names", "[asset_pack]") {
  const std::string bytes = EncodeAssetPack(Sources(), "rules").value();
  const AssetPack pack = AssetPack::Read(bytes).value();
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
}

TEST_CASE("equal files make equal packs, whatever their order", "[asset_pack]") {
  std::vector<AssetSource> reversed = Sources();
  std::reverse(reversed.begin(), reversed.end());
  CHECK(EncodeAssetPack(Sources(), "r").value() == EncodeAssetPack(reversed, "r").value());
  CHECK(EncodeAssetPack(Sources(), "r").value() != EncodeAssetPack(Sources(), "s").value());
  std::vector<AssetSource> twice = Sources();
  twice.push_back(twice.front());
  CHECK_FALSE(EncodeAssetPack(twice, "").ok());
  const std::string none = EncodeAssetPack({}, "").value();
  CHECK(AssetPack::Read(none)->size() == 0);
}

TEST_CASE("packs that lie are refused or harmless", "[asset_pack]") {
  const std::string good = EncodeAssetPack(Sources(), "rules").value();
  for (size_t size = 0; size < good.size(); ++size)
    CHECK_FALSE(AssetPack::Read(good.substr(0, size)).ok());
  std::minstd_rand random(1);
  for (int round = 0; round < 20'000; ++round) {
    std::string bad = good;
    for (unsigned i = 0; i < 1 + random() % 3; ++i)
      bad[random() % 600] = static_cast<char>(random());
    const Result<AssetPack> pack = AssetPack::Read(bad);
    if (!pack.ok()) continue;
    size_t sum = pack->rules().size();
    for (size_t i = 0; i < pack->size(); ++i) {
      const AssetFile found = pack->At(i);
      for (const auto& bytes : found.bytes) {
        if (bytes) sum += std::string(pack->BytesOf(*bytes)).size();
      }
      REQUIRE(pack->Has(found.name));
    }
    CHECK(sum < 100'000);
  }
}

}  // namespace
}  // namespace nano::snapshot

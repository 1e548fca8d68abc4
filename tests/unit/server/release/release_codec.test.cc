// Tests of releases as bytes: they come again as they were, share what is known, and whatever is
// damaged is refused.
#include "server/release/release_codec.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/server/test_dist.h"

namespace nano::server {
namespace {

// Two apps, one of them with a canary, and one that leaves.
class Sample {
 public:
  Sample() {
    dist_.Add("a", {"a.test", "*.a.test"}, true);
    dist_.Add("b", {"b.test"});
    dist_.Add("c", {"c.test"});
    std::vector<ServedApp> apps = (*LoadTestRelease(dist_.path(), {}))->apps();
    auto a = std::make_shared<AppVersion>(*apps[0].version);
    a->env = {{"NAME", "value"}, {"TOKEN", std::string("s\0t", 3)}};
    a->secrets = {"TOKEN"};
    a->services = {{"B", "b"}};
    a->limits.memory = 123 << 20;
    a->deployment = {.health = "/health",
                     .boot_timeout = std::chrono::milliseconds(1),
                     .health_timeout = std::chrono::milliseconds(2),
                     .drain_timeout = std::chrono::milliseconds(3)};
    apps[0].version = a;
    auto canary = std::make_shared<AppVersion>(*apps[1].version);
    canary->id = 77;
    apps[1].canary =
        Canary{.version = canary, .percent = 20, .key = {.is_cookie = true, .name = "session"}};
    apps[2].leaving = true;
    release = *Release::Make(5, std::move(apps));
  }

  // What a worker knows of that nothing is new to.
  KnownParts All() const {
    return {.version = [this](uint32_t id) { return release->FindAnyVersion(id); },
            .snapshot = [this](std::string_view digest) { return SnapshotOf(digest); }};
  }
  KnownParts Snapshots() const {
    return {.version = [](uint32_t) { return nullptr; },
            .snapshot = [this](std::string_view digest) { return SnapshotOf(digest); }};
  }

  std::shared_ptr<const Release> release;

 private:
  AppVersion::Snapshot SnapshotOf(std::string_view digest) const {
    for (const ServedApp& app : release->apps()) {
      if (app.version->digest == digest) return app.version->snapshot;
    }
    return nullptr;
  }

  TestDist dist_;
};

const auto kNobody = [](uint32_t) { return false; };

TEST_CASE("a release comes again as it was", "[release_codec]") {
  const Sample sample;
  const std::string encoded = EncodeRelease(*sample.release, kNobody);
  const auto decoded = DecodeRelease(encoded, sample.Snapshots());
  REQUIRE(decoded.ok());
  const Release& again = **decoded;
  CHECK(again.number() == 5);
  REQUIRE(again.apps().size() == 3);
  for (size_t i = 0; i < 3; ++i) {
    const ServedApp& was = sample.release->apps()[i];
    const ServedApp& is = again.apps()[i];
    CHECK(is.version->id == was.version->id);
    CHECK(is.version->Encode() == was.version->Encode());
    CHECK(is.version->snapshot == was.version->snapshot);
    CHECK(is.hosts == was.hosts);
    CHECK(is.is_default == was.is_default);
    CHECK(is.leaving == was.leaving);
    CHECK(is.canary.has_value() == was.canary.has_value());
  }
  const AppVersion& a = *again.Find("a")->version;
  CHECK(a.env[1].second.size() == 3);
  CHECK(a.services == std::vector<Service>{{"B", "b"}});
  CHECK(a.limits.memory == 123 << 20);
  CHECK(a.deployment == sample.release->Find("a")->version->deployment);
  CHECK(again.Find("b")->canary->version->id == 77);
  CHECK(again.Find("b")->canary->percent == 20);
  CHECK(again.Find("b")->canary->key == CanaryKey{.is_cookie = true, .name = "session"});
  CHECK(EncodeRelease(again, kNobody) == encoded);
}

TEST_CASE("versions that are known are named, and shared", "[release_codec]") {
  const Sample sample;
  const std::string whole = EncodeRelease(*sample.release, kNobody);
  const std::string named = EncodeRelease(*sample.release, [](uint32_t) { return true; });
  CHECK(named.size() < whole.size() / 2);
  CHECK(named.find("value") == std::string::npos);
  const auto decoded = DecodeRelease(named, sample.All());
  REQUIRE(decoded.ok());
  CHECK((*decoded)->apps() == sample.release->apps());
  // Whoever does not know them cannot make it.
  const auto unknown = DecodeRelease(named, sample.Snapshots());
  REQUIRE_FALSE(unknown.ok());
  CHECK(unknown.error().ToString().find("is not here") != std::string::npos);
}

TEST_CASE("a snapshot that is not here is missed", "[release_codec]") {
  const Sample sample;
  KnownParts none = sample.Snapshots();
  none.snapshot = [](std::string_view) { return nullptr; };
  const auto decoded = DecodeRelease(EncodeRelease(*sample.release, kNobody), none);
  REQUIRE_FALSE(decoded.ok());
  CHECK(decoded.error().ToString().find("no snapshot") != std::string::npos);
}

TEST_CASE("a release that is cut, longer, or has any byte changed is never another's crash",
          "[release_codec]") {
  const Sample sample;
  const std::string encoded = EncodeRelease(*sample.release, kNobody);
  for (size_t size = 0; size < encoded.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(DecodeRelease(encoded.substr(0, size), sample.Snapshots()).ok());
  }
  CHECK_FALSE(DecodeRelease(encoded + '\0', sample.Snapshots()).ok());
  for (size_t at = 0; at < encoded.size(); ++at) {
    for (const unsigned char flip : {0x01, 0x80, 0xff}) {
      std::string damaged = encoded;
      damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ flip);
      (void)DecodeRelease(damaged, sample.Snapshots());
    }
  }
}

}  // namespace
}  // namespace nano::server

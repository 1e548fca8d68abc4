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
    a->memory = 123 << 20;
    a->deployment = {.health = "/health",
                     .boot_timeout = std::chrono::milliseconds(1),
                     .health_timeout = std::chrono::milliseconds(2)};
    apps[0].version = a;
    apps[0].terms = {.limits = {.memory = 123 << 20, .cpu = std::chrono::milliseconds(5)},
                     .drain_timeout = std::chrono::milliseconds(3),
                     .idle = std::chrono::milliseconds(4)};
    auto canary = std::make_shared<AppVersion>(*apps[1].version);
    canary->id = 77;
    apps[1].canary =
        Canary{.version = canary, .percent = 20, .key = {.is_cookie = true, .name = "session"}};
    apps[2].leaving = true;
    release = *Release::Make(5, std::move(apps));
  }

  AppVersion::Snapshot SnapshotOf(std::string_view digest) const {
    for (const ServedApp& app : release->apps()) {
      if (app.version->digest == digest) return app.version->snapshot;
    }
    return nullptr;
  }

  Result<std::shared_ptr<const Release>> Decoded(std::string_view bytes,
                                                 const Release& base = *kNothing) const {
    return DecodeRelease(bytes, base,
                         [this](std::string_view digest) { return SnapshotOf(digest); });
  }

  // With one change.
  template <typename Change>
  std::shared_ptr<const Release> With(Change change) const {
    std::vector<ServedApp> apps = release->apps();
    change(apps);
    return *Release::Make(6, std::move(apps), release.get());
  }

  static inline const std::shared_ptr<const Release> kNothing = *Release::Make(4, {});
  std::shared_ptr<const Release> release;

 private:
  TestDist dist_;
};

TEST_CASE("a release comes again as it was", "[release_codec]") {
  const Sample sample;
  const std::string encoded = EncodeRelease(*Sample::kNothing, *sample.release);
  const auto decoded = sample.Decoded(encoded);
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
    CHECK(is.terms == was.terms);
    CHECK(is.hosts == was.hosts);
    CHECK(is.is_default == was.is_default);
    CHECK(is.leaving == was.leaving);
    CHECK(is.canary.has_value() == was.canary.has_value());
  }
  const AppVersion& a = *again.Find("a")->version;
  CHECK(a.env[1].second.size() == 3);
  CHECK(a.services == std::vector<Service>{{"B", "b"}});
  CHECK(a.memory == 123 << 20);
  CHECK(a.deployment == sample.release->Find("a")->version->deployment);
  CHECK(again.Find("b")->canary->version->id == 77);
  CHECK(again.Find("b")->canary->percent == 20);
  CHECK(again.Find("b")->canary->key == CanaryKey{.is_cookie = true, .name = "session"});
  CHECK(EncodeRelease(*Sample::kNothing, again) == encoded);
}

TEST_CASE("of a release only what is not as it was is told, and the rest is shared",
          "[release_codec]") {
  const Sample sample;
  const auto change = [&](auto edit) {
    const auto next = sample.With(edit);
    const std::string encoded = EncodeRelease(*sample.release, *next);
    const auto decoded = sample.Decoded(encoded, *sample.release);
    if (!decoded.ok()) FAIL(decoded.error().ToString());
    CHECK((*decoded)->number() == 6);
    CHECK((*decoded)->apps() == next->apps());  // The very versions.
    return encoded;
  };
  const std::string nothing = change([](auto&) {});
  // A version that is known is named.
  const std::string hosts = change([](auto& apps) { apps[0].hosts = {"other.test"}; });
  CHECK(hosts.find("other.test") != std::string::npos);
  CHECK(hosts.find("value") == std::string::npos);
  const std::string terms = change([](auto& apps) { apps[0].terms.limits.timers = 7; });
  CHECK(terms.find("value") == std::string::npos);
  CHECK(change([](auto& apps) { apps[1].canary.reset(); }).find("b.test") != std::string::npos);
  CHECK(change([](auto& apps) { apps.erase(apps.begin() + 1); }).size() <= nothing.size() + 8);
  change([](auto& apps) { apps.clear(); });
}

TEST_CASE("what is told of one app does not grow with the others", "[release_codec]") {
  const Sample sample;
  const auto told = [&](int others) {
    std::vector<ServedApp> apps = sample.release->apps();
    for (int i = 0; i < others; ++i) {
      auto version = std::make_shared<AppVersion>(*apps[0].version);
      version->id = static_cast<uint32_t>(1'000 + i);
      version->name = "other" + std::to_string(i);
      apps.push_back({.version = version, .hosts = {version->name + ".test"}});
    }
    const auto base = *Release::Make(5, apps);
    apps = base->apps();
    auto version = std::make_shared<AppVersion>(*apps[1].version);
    version->id = 999;
    apps[1].version = version;
    const auto next = *Release::Make(6, apps, base.get());
    CHECK(&next->hosts() == &base->hosts());
    const std::string encoded = EncodeRelease(*base, *next);
    const auto decoded = sample.Decoded(encoded, *base);
    REQUIRE(decoded.ok());
    CHECK(&(*decoded)->hosts() == &base->hosts());
    return encoded.size();
  };
  CHECK(told(1'000) == told(0));
}

TEST_CASE("a release is told to who has the one before it", "[release_codec]") {
  const Sample sample;
  const std::string encoded = EncodeRelease(*Sample::kNothing, *sample.release);
  const auto other = sample.Decoded(encoded, *sample.release);
  REQUIRE_FALSE(other.ok());
  CHECK(other.error().ToString().find("told from release 4, and here is 5") != std::string::npos);
  // One of that number, without a version that it had.
  const auto canary = sample.With([](auto& apps) { apps[0].is_default = false; });
  const auto without = *Release::Make(5, {});
  const auto unknown = sample.Decoded(EncodeRelease(*sample.release, *canary), *without);
  REQUIRE_FALSE(unknown.ok());
  CHECK(unknown.error().ToString().find("is not here") != std::string::npos);
}

TEST_CASE("a snapshot that is not here is missed", "[release_codec]") {
  const Sample sample;
  const auto decoded = DecodeRelease(EncodeRelease(*Sample::kNothing, *sample.release),
                                     *Sample::kNothing, [](std::string_view) { return nullptr; });
  REQUIRE_FALSE(decoded.ok());
  CHECK(decoded.error().ToString().find("no snapshot") != std::string::npos);
}

TEST_CASE("a release that is cut, longer, or has any byte changed is never another's crash",
          "[release_codec]") {
  const Sample sample;
  const std::string encoded = EncodeRelease(*Sample::kNothing, *sample.release);
  for (size_t size = 0; size < encoded.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(sample.Decoded(encoded.substr(0, size)).ok());
  }
  CHECK_FALSE(sample.Decoded(encoded + '\0').ok());
  for (size_t at = 0; at < encoded.size(); ++at) {
    for (const unsigned char flip : {0x01, 0x80, 0xff}) {
      std::string damaged = encoded;
      damaged[at] = static_cast<char>(static_cast<unsigned char>(damaged[at]) ^ flip);
      (void)sample.Decoded(damaged);
    }
  }
}

}  // namespace
}  // namespace nano::server

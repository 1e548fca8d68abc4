// Tests of canaries: who gets the new version, and that nobody goes back when more do.
#include "server/release/canary.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

namespace nano::server {
namespace {

std::shared_ptr<AppVersion> VersionOf(const std::string& digest) {
  auto version = std::make_shared<AppVersion>();
  version->name = "app";
  version->digest = digest;
  return version;
}

struct Pair {
  AppVersion current = *VersionOf("aaaaaaaaaaaa");
  Canary canary{.version = VersionOf("bbbbbbbbbbbb")};

  bool Takes(const std::string& headers, uint64_t random = 0) const {
    return canary.Takes(headers, current, random);
  }
};

std::string KeyOf(int client) {
  return "accept\n*/*\nnano-version-key\nclient-" + std::to_string(client) + "\n";
}

TEST_CASE("a key stays where it is, and never goes back when the percentage grows", "[canary]") {
  Pair pair;
  for (int client = 0; client < 2'000; ++client) {
    bool before = false;
    for (const uint32_t percent : {0u, 1u, 5u, 20u, 50u, 99u, 100u}) {
      pair.canary.percent = percent;
      const bool now = pair.Takes(KeyOf(client), 1);
      CHECK(now == pair.Takes(KeyOf(client), 9'999));  // Chance has no part in it.
      CHECK((now || !before));
      before = now;
    }
    CHECK(before);  // At 100 %.
  }
}

TEST_CASE("a percentage has about that share of the keys", "[canary]") {
  Pair pair;
  pair.canary.percent = 20;
  int taken = 0;
  for (int client = 0; client < 10'000; ++client) taken += pair.Takes(KeyOf(client)) ? 1 : 0;
  CHECK(taken > 1'800);
  CHECK(taken < 2'200);
}

TEST_CASE("without a key it is chance", "[canary]") {
  Pair pair;
  pair.canary.percent = 20;
  CHECK(pair.Takes("", 1'999));
  CHECK_FALSE(pair.Takes("", 2'000));
  CHECK(pair.Takes("nano-version-key\n\n", 0));  // An empty one is none.
}

TEST_CASE("the key may be a cookie", "[canary]") {
  Pair pair;
  pair.canary.percent = 50;
  pair.canary.key = {.is_cookie = true, .name = "session"};
  const auto with = [&](const std::string& cookies) {
    return pair.Takes("cookie\n" + cookies + "\n", 0) ==
           pair.Takes("cookie\n" + cookies + "\n", 9'999);
  };
  CHECK(with("session=a"));
  CHECK(with("a=b; session=a; c=d"));
  CHECK_FALSE(with("other=a"));
  CHECK_FALSE(with("session2=a"));
  CHECK(pair.Takes("cookie\nx=y; session=a\n") == pair.Takes("cookie\nsession=a\n"));
}

TEST_CASE("a header names the version, whatever the percentage", "[canary]") {
  Pair pair;
  const auto named = [&](const std::string& value) {
    return pair.Takes("nano-version-override\n" + value + "\n", 0);
  };
  pair.canary.percent = 0;
  CHECK(named("app=bbbbbb"));
  CHECK(named("other=cccccc, app=bbbbbbbbbbbb"));
  CHECK_FALSE(named("app=bbb"));  // Too short to mean one.
  CHECK_FALSE(named("app=cccccc"));
  CHECK_FALSE(named("ap=bbbbbb"));
  CHECK_FALSE(named("app=bbbbbbbbbbbbb"));
  pair.canary.percent = 100;
  CHECK_FALSE(named("app=aaaaaa"));
  CHECK(named(""));
}

}  // namespace
}  // namespace nano::server

// Tests of what the store is told of versions.
#include "server/supervisor/known_scopes.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace nano::server {
namespace {

constexpr uint64_t kLong = KnownScopes::kRememberMs + 1;

ServedApp App(uint32_t id, std::string group = "", std::vector<KvBinding> kv = {}) {
  auto version = std::make_shared<AppVersion>();
  version->id = id;
  version->name = "shop";
  version->kv = std::move(kv);
  return {.version = std::move(version), .group = std::move(group)};
}

std::shared_ptr<const Release> Of(ServedApp app) {
  return Release::Make(1, {std::move(app)}).value();
}

// "1:group,group 2:" by their ids.
std::string Told(const KnownScopes& known) {
  std::string told;
  for (const StoreScope& scope : known.scopes().scopes) {
    told += (told.empty() ? "" : " ") + std::to_string(scope.id) + ":";
    for (const std::string& group : scope.groups) told += "[" + group + "]";
  }
  return told;
}

TEST_CASE("what is served is known however long ago it was deployed", "[known_scopes]") {
  KnownScopes known;
  const auto one = Of(App(1)), two = Of(App(2)), three = Of(App(3));
  CHECK(known.Allow(*one, *one, 0));
  CHECK(known.Allow(*one, *two, kLong));
  CHECK(Told(known) == "1:[] 2:[]");
  // The second has failed, and the third is tried in its place.
  CHECK(known.Allow(*one, *three, 3 * kLong));
  CHECK(Told(known) == "1:[] 3:[]");
}

TEST_CASE("what was served is known for a while", "[known_scopes]") {
  KnownScopes known;
  const auto one = Of(App(1)), two = Of(App(2));
  known.Allow(*one, *one, 0);
  known.Allow(*one, *two, 1);
  CHECK_FALSE(known.Allow(*two, *two, KnownScopes::kRememberMs));
  CHECK(Told(known) == "1:[] 2:[]");
  CHECK(known.Allow(*two, *two, 1 + kLong));
  CHECK(Told(known) == "2:[]");
}

TEST_CASE("an app that changes its group runs in both, and then in the new one alone",
          "[known_scopes]") {
  KnownScopes known;
  const auto shared = Of(App(1)), alone = Of(App(1, "app:shop"));
  known.Allow(*shared, *shared, 0);
  CHECK(known.Allow(*shared, *alone, 1));
  CHECK(Told(known) == "1:[][app:shop]");
  CHECK(known.Allow(*alone, *alone, 2));
  CHECK(Told(known) == "1:[app:shop]");
  CHECK_FALSE(known.Allow(*alone, *alone, 3));
}

TEST_CASE("a store is needed by who has a namespace", "[known_scopes]") {
  KnownScopes known;
  const auto none = Of(App(1));
  const auto some =
      Of(App(2, "", {{.name = "KV", .space = "words", .url = "redis://:secret@10.0.0.1"}}));
  known.Allow(*none, *none, 0);
  CHECK_FALSE(known.NeedStore());
  known.Allow(*none, *some, 1);
  CHECK(known.NeedStore());
  const StoreScopes scopes = known.scopes();
  REQUIRE(scopes.scopes.size() == 2);
  CHECK(scopes.scopes[0] == StoreScope{.id = 1, .app = "shop", .groups = {""}});
  CHECK(scopes.scopes[1] ==
        StoreScope{.id = 2,
                   .app = "shop",
                   .groups = {""},
                   .kv = {{.name = "words", .url = "redis://:secret@10.0.0.1"}}});
}

}  // namespace
}  // namespace nano::server

// Purges of apps' caches: what the store is asked for, by what people write.
#include <optional>
#include <string>

#include "storage/cache/messages.h"
#include "tests/unit/server/admin/admin_fixture.h"

namespace nano::server::admin::testing {
namespace {

constexpr char kPath[] = "/admin/apps/shop/purge";

// The key, and the prefix, that the store was asked to purge; none: it was asked nothing.
std::optional<std::string> Asked(const std::string& body) {
  Fixture fixture;
  const Answered told = Ask(fixture, "POST", kPath, kJsonType, body);
  const auto& asked = fixture.deployments->cache_asked;
  if (asked.empty()) {
    CHECK(told.status == 422);
    return std::nullopt;
  }
  CHECK(told.status == 200);
  REQUIRE(asked.size() == 1);
  const cache::Request request = cache::DecodeRequest(asked[0]).value();
  return std::string(request.key) + "|" + std::string(request.prefix);
}

TEST_CASE("a purge names what an app's request would, however it is written", "[admin]") {
  CHECK(Asked("{}") == "|");
  const std::string key = "0:https://shop.test/a.css|";
  for (const char* url :
       {"https://shop.test/a.css", "HTTPS://Shop.TEST/a.css", "https://shop.test:443/a.css",
        "https://shop.test/img/../a.css#b", " https://shop.test/./a.css"}) {
    CAPTURE(url);
    CHECK(Asked("{\"url\":\"" + std::string(url) + "\"}") == key);
  }
  CHECK(Asked(R"({"url":"https://shop.test"})") == "0:https://shop.test/|");
  CHECK(Asked(R"({"url":"https://shop.test/ä"})") == "0:https://shop.test/%C3%A4|");
  CHECK(Asked(R"({"cache":"c","url":"https://SHOP.test/"})") == "2:=chttps://shop.test/|");
  CHECK(Asked(R"({"prefix":"https://SHOP.test:443/ä"})") == "|0:https://shop.test/%C3%A4");
  CHECK(Asked(R"({"prefix":"https://shop.test/a/.."})") == "|0:https://shop.test/a/..");
}

TEST_CASE("what is no URL is refused, and not looked for in vain", "[admin]") {
  for (const char* url : {"", "/a.css", "shop.test", "ftp://shop.test/", "https://", "https://a b/",
                          "https://shop.test:x/", "https://me@shop.test/"}) {
    CAPTURE(url);
    CHECK(Asked("{\"url\":\"" + std::string(url) + "\"}") == std::nullopt);
    CHECK(Asked("{\"prefix\":\"" + std::string(url) + "\"}") == std::nullopt);
  }
  CHECK(Asked(R"({"prefix":"https://shop.te"})") == std::nullopt);
  CHECK(Asked(R"({"prefix":"https://shop.test/#a"})") == std::nullopt);
}

TEST_CASE("a store that does not do it says so", "[admin]") {
  Fixture fixture;
  const Answered told = Ask(fixture, "POST", "/admin/apps/broken/purge");
  CHECK(told.status == 500);
  CHECK_THAT(told.body, Catch::Contains("The store could not do it: the server's log says why."));
}

}  // namespace
}  // namespace nano::server::admin::testing

// Profiles over the API: what may be asked for, by whom; that they are sent whole; and that a
// client that leaves ends what is made for it.
#include "tests/unit/server/admin/admin_fixture.h"

namespace nano::server::admin::testing {
namespace {

TEST_CASE("a profile is sent whole, with a name", "[admin]") {
  Fixture fixture;
  const Answered cpu = Ask(fixture, "POST", "/admin/apps/shop/profile");
  CHECK(cpu.status == 200);
  CHECK(cpu.Field("content-type") == "application/octet-stream");
  CHECK(cpu.Field("content-disposition") == "attachment; filename=\"shop.cpuprofile\"");
  CHECK(cpu.Field("content-length") == std::to_string(FakeDeployments::kProfileBytes));
  CHECK(cpu.body == std::string(FakeDeployments::kProfileBytes, 'p'));
  const Answered heap =
      Ask(fixture, "POST", "/admin/apps/shop/profile", kJsonType, R"({"kind":"heap","worker":2})");
  CHECK(heap.Field("content-disposition") == "attachment; filename=\"shop.heapsnapshot\"");
  const std::vector<ProfileRequest>& asked = fixture.deployments->profiles_asked;
  REQUIRE(asked.size() == 2);
  CHECK((asked[0].app == "shop" && !asked[0].heap && asked[0].seconds == 10));
  CHECK(asked[0].worker == 0);
  CHECK((asked[1].heap && asked[1].worker == 2));
}

TEST_CASE("what makes no sense, and who may not, is told", "[admin]") {
  Fixture fixture;
  const auto slug = [&](const char* body) {
    return Ask(fixture, "POST", "/admin/apps/shop/profile", kJsonType, body).Slug();
  };
  CHECK(slug(R"({"kind":"disk"})") == "invalid");
  CHECK(slug(R"({"seconds":0})") == "invalid");
  CHECK(slug(R"({"seconds":301})") == "invalid");
  CHECK(slug(R"({"seconds":1.5})") == "invalid");
  CHECK(slug(R"({"worker":0})") == "invalid");
  CHECK(slug(R"({"minutes":1})") == "invalid");
  CHECK(Ask(fixture, "POST", "/admin/apps/none/profile").Slug() == "no-such-app");
  CHECK(Ask(fixture, "GET", "/admin/apps/shop/profile").Slug() == "method-not-allowed");
  const auto by = [&](const char* token, const char* app) {
    const std::string path = std::string("/admin/apps/") + app + "/profile";
    return Ask(fixture, "POST", path, {}, "", token).status;
  };
  CHECK(by(kReadToken, "shop") == 403);
  CHECK(by(kShopToken, "blog") == 403);
  CHECK(fixture.deployments->profiles_asked.empty());
  CHECK(by(kShopToken, "shop") == 200);
}

TEST_CASE("a client that leaves ends the profile that is made for it", "[admin]") {
  Fixture fixture;
  fixture.deployments->holds_profiles = true;
  Client client(fixture);
  client.Send(RequestText("POST", "/admin/apps/shop/profile", {}, "", kToken));
  REQUIRE(fixture.Until([&] { return !fixture.deployments->profiles_asked.empty(); }));
  CHECK(fixture.deployments->profiles_cancelled.empty());
  client.Close();
  REQUIRE(fixture.Until([&] { return !fixture.deployments->profiles_cancelled.empty(); }));
  CHECK(fixture.deployments->profiles_cancelled == std::vector<uint64_t>{1});
}

}  // namespace
}  // namespace nano::server::admin::testing

// Who may do what: tokens, scopes, users, names and origins.
#include "server/admin/access.h"

#include "tests/unit/server/admin/admin_fixture.h"

namespace nano::server::admin::testing {
namespace {

TEST_CASE("who asks has to be known", "[admin]") {
  Fixture fixture;
  const Answered none = Ask(fixture, "GET", "/admin/apps", {}, "", "");
  CHECK(none.status == 401);
  CHECK(none.Field("www-authenticate") == "Bearer realm=\"nano\"");
  const Answered wrong = Ask(fixture, "GET", "/admin/apps", {}, "", "a-token-that-is-long-enougH");
  CHECK(wrong.status == 401);
  CHECK(wrong.Field("www-authenticate") == "Bearer realm=\"nano\", error=\"invalid_token\"");
  CHECK(wrong.body.find("enougH") == std::string::npos);
  CHECK(Ask(fixture, "GET", "/admin/apps", {{"authorization", "Basic YTpi"}}, "", "").status ==
        401);
  CHECK(Ask(fixture, "GET", "/admin/apps", {{"authorization", "Bearer "}}, "", "").status == 401);
  // Two tokens are none.
  CHECK(Ask(fixture, "GET", "/admin/apps", {{"authorization", "Bearer x"}}).status == 401);
  CHECK(Ask(fixture, "GET", "/admin/apps", {{"authorization", std::string("bearer ") + kToken}}, "",
            "")
            .status == 200);
  // What is there and what is not looks the same to strangers.
  CHECK(Ask(fixture, "GET", "/admin/nothing", {}, "", "").status == 401);
  CHECK(Ask(fixture, "GET", "/health", {}, "", "").status == 200);
  CHECK(Ask(fixture, "GET", "/ready", {}, "", "").status == 200);
  CHECK(Ask(fixture, "GET", "/metrics", {}, "", "").status == 401);
}

TEST_CASE("scopes", "[admin]") {
  Fixture fixture;
  const auto status = [&](const char* token, const char* method, const char* target) {
    return Ask(fixture, method, target, {}, "", token).status;
  };
  CHECK(status(kReadToken, "GET", "/admin/status") == 200);
  CHECK(status(kReadToken, "GET", "/metrics") == 200);
  CHECK(status(kReadToken, "POST", "/admin/reload") == 403);
  const Answered refused = Ask(fixture, "POST", "/admin/apps/shop/rollback", {}, "", kReadToken);
  CHECK(refused.status == 403);
  CHECK(refused.Text("detail") == "It takes a token with the scope `deploy:shop`.");

  CHECK(status(kShopToken, "POST", "/admin/apps/shop/rollback") == 200);
  CHECK(status(kShopToken, "POST", "/admin/apps/blog/rollback") == 403);
  CHECK(status(kShopToken, "POST", "/admin/reload") == 403);
  // Who may deploy an app may see it, and what came of it, but no other.
  CHECK(status(kShopToken, "GET", "/admin/apps/shop") == 200);
  CHECK(status(kShopToken, "GET", "/admin/apps/shop/versions") == 200);
  CHECK(status(kShopToken, "GET", "/admin/operations/op1") == 200);
  CHECK(status(kShopToken, "GET", "/admin/logs?app=shop") == 200);
  CHECK(status(kShopToken, "GET", "/admin/logs?app=blog") == 403);
  CHECK(status(kShopToken, "GET", "/admin/logs") == 403);
  CHECK(status(kShopToken, "GET", "/admin/apps/blog") == 403);
  CHECK(status(kShopToken, "GET", "/admin/apps") == 403);
  fixture.deployments->operations_["op2"] = {.id = "op2", .app = "blog"};
  CHECK(status(kShopToken, "GET", "/admin/operations/op2") == 403);
}

TEST_CASE("web pages may do nothing", "[admin]") {
  Fixture fixture;
  for (const Fields& fields :
       {Fields{{"origin", "https://example.com"}}, Fields{{"origin", "null"}},
        Fields{{"origin", "http://localhost"}}, Fields{{"sec-fetch-site", "cross-site"}},
        Fields{{"sec-fetch-site", "same-origin"}}}) {
    const Answered answer = Ask(fixture, "GET", "/admin/apps", fields);
    CHECK(answer.status == 403);
    CHECK(answer.Slug() == "cross-origin");
  }
  CHECK(Ask(fixture, "GET", "/admin/apps", {{"sec-fetch-site", "none"}}).status == 200);
}

TEST_CASE("names that others give to the address are refused", "[admin]") {
  Fixture fixture;
  for (const char* host : {"localhost:9000", "LOCALHOST", "127.0.0.1:9000", "[::1]:9000",
                           "nano.localhost", "admin.example.com:1", "Admin.Example.COM."}) {
    INFO(host);
    CHECK(Ask(fixture, "GET", "/admin/apps", {{"host", host}}).status == 200);
  }
  for (const char* host :
       {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "xadmin.example.com"}) {
    INFO(host);
    CHECK(Ask(fixture, "GET", "/admin/apps", {{"host", host}}).Slug() == "wrong-host");
  }
}

TEST_CASE("a Unix socket is its user's and root's", "[admin]") {
  const Access access = Access::ForUser(1000);
  Request request;
  const auto known = [&](const char* peer) {
    request.peer = peer;
    return access.Identify(request);
  };
  CHECK(std::get<Identity>(known("unix:1000")).Allows(Scope::kAdmin, ""));
  CHECK(std::get<Identity>(known("unix:0")).name() == "user 0");
  CHECK(std::get<Reply>(known("unix:1001")).status == 403);
  CHECK(std::get<Reply>(known("unix:10001")).status == 403);
  CHECK(std::get<Reply>(known("")).status == 403);
  request.authority = "anything";
  CHECK_FALSE(access.CheckCaller(request).has_value());
}

TEST_CASE("a client's certificate is enough without tokens, and not with them", "[admin]") {
  Request request;
  const Access certified = Access::ForTokens({}, true, {});
  CHECK(std::get<Identity>(certified.Identify(request)).Allows(Scope::kAdmin, ""));
  const Access both = Access::ForTokens({{kToken, {"read"}}}, true, {});
  CHECK(std::get<Reply>(both.Identify(request)).status == 401);
  const Access neither = Access::ForTokens({}, false, {});
  CHECK(std::get<Reply>(neither.Identify(request)).status == 401);
}

TEST_CASE("the public listener has what is for everybody, by any name", "[admin]") {
  Fixture fixture(Access::ForAll(), {.open_only = true});
  CHECK(Ask(fixture, "GET", "/health", {{"host", "a.example"}}, "", "").status == 200);
  CHECK(Ask(fixture, "GET", "/ready", {{"origin", "https://a.example"}}, "", "").status == 200);
  CHECK(Ask(fixture, "GET", "/metrics", {}, "", "").status == 200);
  CHECK(Ask(fixture, "GET", "/admin/apps", {}, "", kToken).status == 404);
  CHECK(Ask(fixture, "POST", "/admin/reload", {}, "", kToken).status == 404);
  CHECK(Ask(fixture, "POST", "/health", {}, "", "").status == 405);
}

}  // namespace
}  // namespace nano::server::admin::testing

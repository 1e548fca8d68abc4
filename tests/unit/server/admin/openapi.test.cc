// The OpenAPI document agrees with what the API does: each operation answers with a status that is
// documented, in the schema that is documented for it, and nothing is answered that is not.
#include <set>

#include "base/file.h"

#include "server/admin/route.h"
#include "tests/unit/server/admin/admin_fixture.h"
#include "tests/unit/server/admin/json_schema.h"

namespace nano::server::admin::testing {
namespace {

const Fields kForm = {{"content-type", kFormType}};

Json Document(Fixture& fixture) { return Ask(fixture, "GET", "/admin/openapi.json").json(); }

// The documented response of an operation for a status; null: there is none.
const Json* Documented(const Json& document, std::string_view path, std::string method,
                       int status) {
  for (char& c : method) c = static_cast<char>(std::tolower(c));
  const Json* found = document.Find("paths");
  for (const std::string& step :
       {std::string(path), method, std::string("responses"), std::to_string(status)}) {
    if (found != nullptr) found = found->Find(step);
  }
  return found;
}

// What is wrong with an answer by the document; empty: nothing.
std::string Undocumented(const Json& document, std::string_view path, const std::string& method,
                         const Answered& answer) {
  const std::string what = method + " " + std::string(path) + " " + std::to_string(answer.status);
  const Json* response = Documented(document, path, method, answer.status);
  if (response == nullptr) return what + ": not documented: " + answer.body;
  if (answer.body.empty()) return {};
  const Json* content = response->Find("content");
  if (content == nullptr) return what + ": no body is documented";
  const std::string type = answer.Field("content-type");
  const Json* media = content->Find(type.substr(0, type.find(';')));
  if (media == nullptr) return what + ": type " + type + " is not documented";
  const Json& schema = *media->Find("schema");
  if (schema == Json().Set("type", "string")) return {};
  const std::string wrong = Mismatch(answer.json(), schema);
  return wrong.empty() ? "" : what + ": " + wrong;
}

TEST_CASE("the document has all routes, and each of their schemas", "[admin]") {
  Fixture fixture;
  const Json document = Document(fixture);
  CHECK(*document.Find("openapi")->text() == "3.1.0");
  size_t operations = 0;
  for (const Json::Member& path : *document.Find("paths")->object()) {
    operations += path.value.object()->size();
  }
  CHECK(operations == Routes().size());
  std::set<std::string_view> ids;
  for (const Route& route : Routes()) {
    CAPTURE(route.path, route.method);
    CHECK(ids.insert(route.id).second);
    for (const Answer& answer : route.answers) {
      CHECK(Documented(document, route.path, std::string(route.method), answer.status) != nullptr);
      CHECK((answer.schema.empty() || Schemas().Find(answer.schema) != nullptr));
    }
    CHECK((route.body == Body::kNone) == route.request.empty());
    CHECK((route.request.empty() || Schemas().Find(route.request) != nullptr));
  }
  // References lead somewhere.
  const std::string text = document.ToString();
  const std::string begin = "\"#/components/schemas/";
  for (size_t at = text.find(begin); at != text.npos; at = text.find(begin, at + 1)) {
    const size_t name = at + begin.size();
    CHECK(Schemas().Find(text.substr(name, text.find('"', name) - name)) != nullptr);
  }
}

TEST_CASE("a test that holds answers against schemas finds what is wrong", "[admin]") {
  const Json& variable = *Schemas().Find("Variable");
  CHECK(Mismatch(*Json::Parse(R"({"value":"x"})"), variable).empty());
  CHECK(Mismatch(*Json::Parse(R"({"value":1})"), variable) == R"($.value: 1 is not "string")");
  CHECK(Mismatch(*Json::Parse(R"({"other":1})"), variable) == "$.other is not documented");
  CHECK(Mismatch(*Json::Parse("{}"), *Schemas().Find("Apps")) == "$ has no release");
  CHECK_FALSE(Mismatch(*Json::Parse(R"({"secret":false})"), variable).empty());
  CHECK_FALSE(
      Mismatch("odd", *Schemas().Find("Version")->Find("properties")->Find("source")).empty());
}

// One request after the other that should be answered well.
TEST_CASE("each operation answers as it is documented to", "[admin]") {
  Fixture fixture;
  const Json document = Document(fixture);
  FakeDeployments& fake = *fixture.deployments;
  fake.overview_.apps[0].canary = CanaryView{.version = {.digest = "cccc"}, .key = "header:x"};
  std::set<std::string_view> asked;
  const auto check = [&](const std::string& path, const std::string& method,
                         const std::string& target, const Fields& fields = {},
                         const std::string& body = "") {
    const Answered answer = Ask(fixture, method, target, fields, body);
    CHECK(answer.status < 300);
    CHECK(Undocumented(document, path, method, answer) == "");
    for (const Route& route : Routes()) {
      if (route.path == path && route.method == method) asked.insert(route.id);
    }
  };
  const std::string app = "/admin/apps/{name}";
  const Fields any = {{"if-match", "*"}};
  check("/admin/apps", "GET", "/admin/apps");
  check(app, "GET", "/admin/apps/shop");
  check(app, "PUT", "/admin/apps/new", kForm, Form({{"snapshot", "x"}}));
  check(app, "PUT", "/admin/apps/shop", With(kForm, "if-match", "*"), Form({{"config", "{}"}}));
  check(app, "PATCH", "/admin/apps/shop", With(kJsonType, "if-match", "*"), "{}");
  check(app + "/profile", "POST", "/admin/apps/shop/profile");
  fake.crons_.views = {{.app = "shop",
                        .cron = "* * * * *",
                        .next = 1'769'868'187'000,
                        .last = CronRun{.app = "shop", .cron = "* * * * *", .outcome = "ok"},
                        .outcomes = {{"ok", 1}}}};
  check("/admin/crons", "GET", "/admin/crons");
  check(app + "/cron", "POST", "/admin/apps/shop/cron", kJsonType, R"({"cron":"* * * * *"})");
  check(app + "/versions", "GET", "/admin/apps/shop/versions");
  check(app + "/rollback", "POST", "/admin/apps/shop/rollback");
  check(app + "/canary", "POST", "/admin/apps/shop/canary", kJsonType, R"({"promote":true})");
  check(app + "/canary", "DELETE", "/admin/apps/shop/canary");
  check(app, "DELETE", "/admin/apps/shop", any);
  check("/admin/kv", "GET", "/admin/kv");
  for (const char* body :
       {R"({"get":["k"]})", R"({"list":{"prefix":"a","limit":10}})", R"({"delete":["k"]})",
        R"({"put":[{"key":"k","value":"AP8=","base64":true,"metadata":{"a":1}}]})"}) {
    check("/admin/kv/{name}", "POST", "/admin/kv/space", kJsonType, body);
  }
  check("/admin/cache", "GET", "/admin/cache");
  check(app + "/cache", "GET", "/admin/apps/long/cache");
  check(app + "/purge", "POST", "/admin/apps/shop/purge");
  check(app + "/purge", "POST", "/admin/apps/long/purge", kJsonType,
        R"({"cache":"c","prefix":"https://shop.test/img/"})");
  REQUIRE(fake.cache_asked.size() == 6);  // Of `long` twice each.
  const cache::Request purge = cache::DecodeRequest(fake.cache_asked.back()).value();
  CHECK(purge.app == "long");
  CHECK(purge.prefix == "2:=chttps://shop.test/img/");
  CHECK(purge.after == "0123456789abcdef0123456789abcdef");
  check("/admin/reload", "POST", "/admin/reload");
  check("/admin/diff", "GET", "/admin/diff");
  check("/admin/releases", "GET", "/admin/releases");
  check("/admin/operations/{id}", "GET", "/admin/operations/op1");
  check("/admin/status", "GET", "/admin/status");
  check("/admin/status", "GET", "/admin/status?app=shop");
  check("/admin/events", "GET", "/admin/events");
  check("/admin/logs", "GET", "/admin/logs");
  check("/admin/openapi.json", "GET", "/admin/openapi.json");
  for (const char* path : {"/health", "/ready", "/metrics"}) check(path, "GET", path);
  for (const Route& route : Routes()) {
    INFO("not asked: " << route.id);
    CHECK(asked.contains(route.id));
  }
}

// Every route is asked in every way that something can be wrong with any of them.
TEST_CASE("what is wrong is documented too", "[admin]") {
  Fixture fixture(TestAccess(), {.max_upload = 1000});
  const Json document = Document(fixture);
  FakeDeployments& fake = *fixture.deployments;
  const std::vector<Fields> fields = {
      {},
      {{"origin", "https://a.example"}},
      {{"host", "a.example"}},
      {{"if-match", "*"}},
      {{"if-match", "\"old\""}},
      {{"if-match", "old"}},
      {{"if-none-match", "*"}},
      {{"if-match", "*"}, {"content-type", "application/json"}},
      {{"if-match", "*"}, {"content-type", kFormType}},
      {{"idempotency-key", std::string(300, 'k')}},
      {{"last-event-id", "x"}},
  };
  const std::vector<std::string> bodies = {"",
                                           "{",
                                           "[]",
                                           R"({"version":1,"odd":2})",
                                           R"({"secrets":1})",
                                           std::string(1100 * 1024, ' '),
                                           Form({{"snapshot", "x"}}),
                                           Form({{"snapshot", std::string(1100, 'x')}})};
  std::vector<Outcome> outcomes;
  for (const auto kind :
       {Outcome::Kind::kUnchanged, Outcome::Kind::kDraining, Outcome::Kind::kNoSpace,
        Outcome::Kind::kConflict, Outcome::Kind::kNotFound, Outcome::Kind::kInvalid,
        Outcome::Kind::kBusy, Outcome::Kind::kStopping}) {
    outcomes.push_back(
        {.kind = kind, .operation = "op1", .message = "m", .errors = {{"e", "w", "h"}}});
  }
  for (const char* step : {"check", "prepare"}) {
    outcomes.push_back({.kind = Outcome::Kind::kFailed, .step = step, .app = "shop", .log = {"l"}});
  }
  fake.diff_error_ = Error{"is no YAML", "nano.yaml:1:2", ""};
  size_t wrong = 0;
  const auto ask = [&](const Route& route, const std::string& name, const Fields& with,
                       const std::string& body, const std::string& token) {
    std::string target(route.path);
    for (const char* parameter : {"{name}", "{id}"}) {
      const size_t at = target.find(parameter);
      if (at != target.npos) target.replace(at, std::string(parameter).size(), name);
    }
    const Answered answer = Ask(fixture, std::string(route.method), target, with, body, token);
    if (answer.status >= 400) ++wrong;
    const std::string problem =
        Undocumented(document, route.path, std::string(route.method), answer);
    if (!problem.empty()) FAIL_CHECK(problem);
    fake.scripted_.reset();
  };
  for (const Route& route : Routes()) {
    for (const char* token : {"", "wrong", kReadToken}) ask(route, "shop", {}, "", token);
    for (const Fields& with : fields) {
      for (const char* name : {"shop", "none"}) {
        for (const std::string& body : bodies) {
          if (!body.empty() && !route.changes()) continue;
          ask(route, name, with, body, kToken);
        }
      }
    }
    if (!route.changes()) continue;
    for (const Outcome& outcome : outcomes) {
      fake.scripted_ = outcome;
      const bool form = route.body == Body::kForm;
      ask(route, "shop", With(form ? kForm : kJsonType, "if-match", "*"),
          form                         ? Form({{"config", "{}"}})
          : route.id == "changeCanary" ? R"({"promote":true})"
                                       : "{}",
          kToken);
    }
  }
  CHECK(wrong > 500);
}

TEST_CASE("docs/admin-api.md has every route, problem and scope", "[admin]") {
  const std::string page = ReadFile(std::string(NANO_SOURCE_DIR) + "/docs/admin-api.md").value();
  for (const ProblemType& type : ProblemTypes()) {
    CAPTURE(type.slug);
    CHECK(page.find("| `" + std::string(type.slug) + "` | " + std::to_string(type.status) + " |") !=
          page.npos);
  }
  for (const Route& route : Routes()) {
    CAPTURE(route.path);
    CHECK(page.find("`" + std::string(route.path) + "`") != page.npos);
  }
}

TEST_CASE("nothing is answered that is not documented", "[admin]") {
  Fixture fixture;
  for (const char* method : {"GET", "PUT", "PATCH", "POST", "DELETE", "PROPFIND"}) {
    for (const char* path : {"/",
                             "/admin",
                             "/admin/",
                             "/admin/apps",
                             "/admin/apps/",
                             "/admin/apps/shop",
                             "/admin/apps/shop/",
                             "/admin/apps/shop/versions",
                             "/admin/apps/shop/rollback",
                             "/admin/apps/shop/canary",
                             "/admin/apps/shop/x",
                             "/admin/reload",
                             "/admin/diff",
                             "/admin/releases",
                             "/admin/operations",
                             "/admin/operations/op1",
                             "/admin/status",
                             "/admin/openapi.json",
                             "/admin/config",
                             "/health",
                             "/ready",
                             "/metrics",
                             "//admin/apps",
                             "/health/",
                             "/admin//apps"}) {
      Request request;
      request.method = method;
      std::string rest = path;
      while (rest.starts_with('/')) {
        const size_t end = std::min(rest.find('/', 1), rest.size());
        request.segments.push_back(rest.substr(1, end - 1));
        rest = rest.substr(end);
      }
      std::string allowed;
      const Route* route = FindRoute(request, false, allowed);
      const Answered answer = Ask(fixture, method, path, {{"if-match", "\"old\""}});
      CAPTURE(method, path, answer.status);
      const bool there = answer.status != 404 && answer.status != 405;
      CHECK(there == (route != nullptr));
      CHECK((answer.status == 405) == (route == nullptr && !allowed.empty()));
    }
  }
}

}  // namespace
}  // namespace nano::server::admin::testing

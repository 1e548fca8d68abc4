// What a wrangler file means as a whole: mistakes, environments, rules.
#include "config/wrangler/settings.h"

#include <catch2/catch.hpp>
#include <string>

#include "config/wrangler/jsonc.h"
#include "config/yaml/json_of.h"
#include "tests/unit/config/wrangler/settings_of_text.h"

namespace nano::config {
namespace {

using Catch::Contains;

TEST_CASE("what cannot be mapped is an error at its place", "[wrangler]") {
  const auto [text, message] = GENERATE(table<std::string, std::string>({
      {"[]", "expected an object with fields"},
      {R"({"vars": "x"})", "vars: expected an object"},
      {R"({"services": {"binding": "A"}})", "services: expected a list"},
      {R"({"services": [{"binding": "A"}]})", "expected a `binding` and a `service`"},
      {R"({"kv_namespaces": [{"id": "A"}]})", "no `binding`"},
      {R"({"assets": {}})", "assets: no `directory`"},
      {R"({"routes": [{"zone_name": "a"}]})", "expected a route"},
      {R"({"rules": [{"type": "Text"}]})", "expected a `type` and `globs`"},
      {R"({"rules": [{"type": "Text", "globs": ["LICENSE"]}]})", "does not end in an extension"},
      {R"({"rules": [{"type": "Text", "globs": "**/*.md"}]})", "rules.globs: expected a list"},
      {R"({"rules": [{"type": "Text", "globs": [1]}]})", "rules.globs: expected a list of texts"},
      {R"({"limits": 5})", "limits: expected an object"},
      {R"({"limits": {"cpu_ms": "x"}})", "limits.cpu_ms: expected a whole number"},
      {R"({"limits": {"cpu_ms": []}})", "limits.cpu_ms: expected a whole number"},
      {R"({"env": ["staging"]})", "env: expected an object of environments"},
      {R"({"env": {"API_KEY": "x"}})", "env.API_KEY: expected an object"},
      {R"({"secrets": ["KEY"]})", "secrets: expected an object"},
      {R"({"secrets": {"required": "KEY"}})", "secrets.required: expected a list of texts"},
      {R"({"secrets": {"required": [null]}})", "secrets.required: expected a list of texts"},
      {R"({"compatibility_flags": "nodejs_compat"})", "compatibility_flags: expected a list"},
      {R"({"kv_namespaces": [{"binding": "A", "id": 5}]})", "kv_namespaces.id: expected a text"},
      {R"({"services": [{"binding": "A", "service": "b", "environment": 1}]})",
       "services.environment: expected a text"},
  }));
  CAPTURE(text);
  const WranglerSettings settings = SettingsOfText(text);
  REQUIRE(settings.errors.size() == 1);
  CHECK_THAT(settings.errors[0].message, Contains(message));
  CHECK_THAT(settings.errors[0].where, Contains("wrangler.jsonc:1:"));
}

TEST_CASE("a cron that is no list is not dropped", "[wrangler]") {
  CHECK(App(SettingsOfText(R"({"triggers": {"crons": "* * * * *"}})")) ==
        R"({"triggers":{"crons":"* * * * *"}})");
  CHECK(App(SettingsOfText(R"({"triggers": {"crons": []}})")) == "{}");
}

TEST_CASE("globs with braces, and files by their names, are extensions", "[wrangler]") {
  const WranglerSettings settings = SettingsOfText(
      R"({"rules": [{"type": "Data", "globs": ["**/*.{ttf,otf}"]}, {"type": "Text", "globs": ["data/words.lst", "*.x"]}]})");
  for (const Error& error : settings.errors) FAIL_CHECK(error.ToString());
  CHECK(App(settings) ==
        R"({"bundle":{"rules":{".ttf":"data",".otf":"data",".lst":"text",".x":"text"}}})");
  REQUIRE(settings.remarks.size() == 1);
  CHECK_THAT(settings.remarks[0].text, Contains("data/words.lst holds for all files"));
  for (const char* glob : {"**/*.{a,}", "**/*.{a,b}{c,d}", "**/*", "*{", "}{", "**/*.{", "x/"}) {
    CAPTURE(glob);
    CHECK(SettingsOfText(R"({"rules": [{"type": "Text", "globs": [")" + std::string(glob) +
                         R"("]}]})")
              .errors.size() == 1);
  }
}

TEST_CASE("an environment inherits what Wrangler lets it", "[wrangler]") {
  const std::string file = R"({"name": "shop", "main": "a.js", "routes": ["a.example"],
    "vars": {"A": "top"}, "define": {"D": "1"}, "alias": {"x": "./y"}, "limits": {"cpu_ms": 5},
    "env": {
      "staging": {"vars": {"A": "staging"}, "route": "b.example"},
      "production": {"name": "store", "main": "b.js", "alias": {"x": "./z"}}
    }})";
  const auto app = [&](const std::string& environment) {
    return App(SettingsOfText(file, {.environment = environment}));
  };
  CHECK(app("") ==
        R"({"name":"shop","entry":"a.js","env":{"A":"top"},"bundle":{"define":{"D":"1"},)"
        R"("alias":{"x":"./y"}},"limits":{"cpu":"5ms"},"hosts":["a.example"]})");
  CHECK(app("staging") == R"({"name":"shop-staging","entry":"a.js","bundle":{"alias":{"x":"./y"}},)"
                          R"("limits":{"cpu":"5ms"},"env":{"A":"staging"},"hosts":["b.example"]})");
  CHECK(app("production") ==
        R"({"bundle":{"alias":{"x":"./y"}},"limits":{"cpu":"5ms"},"name":"store","entry":"b.js",)"
        R"("hosts":["a.example"]})");
  const auto remarks = SettingsOfText(file, {.environment = "production"}).remarks;
  REQUIRE(remarks.size() == 3);
  CHECK_THAT(remarks[0].text, Contains("vars is not inherited by env.production"));
  CHECK_THAT(remarks[1].text, Contains("define is not inherited"));
  CHECK_THAT(remarks[2].text, Contains("alias is ignored: an environment cannot have it"));
  const auto unknown = SettingsOfText(file, {.environment = "stagin"});
  REQUIRE(unknown.errors.size() == 1);
  CHECK_THAT(unknown.errors[0].message, Contains("there is no environment 'stagin'"));
  CHECK_THAT(unknown.errors[0].hint, Contains("staging, production"));
  const auto none = SettingsOfText(R"({"name": "a"})", {.environment = "b"});
  CHECK(App(none) == R"({"name":"a-b"})");
  CHECK_THAT(none.remarks.at(0).text, Contains("there are no environments"));
}

}  // namespace
}  // namespace nano::config

// Every field of a wrangler file is mapped, ignored or refused, as the table says, and as
// docs/wrangler.md does, which NANO_UPDATE_DOCS=1 writes.
#include "config/wrangler/fields.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>
#include <set>
#include <string>

#include "base/file.h"
#include "base/json_fields.h"
#include "config/wrangler/jsonc.h"
#include "config/wrangler/settings.h"
#include "config/yaml/json_of.h"
#include "tests/unit/config/wrangler/settings_of_text.h"

namespace nano::config {
namespace {

using Catch::Contains;
using Fate = WranglerField::Fate;
using Reach = WranglerField::Reach;

struct Example {
  std::string text;  // A file.
  std::string app;   // What it is in nano.yaml's words.
};

// One for each field that is mapped.
const std::map<std::string, Example>& Examples() {
  static const std::map<std::string, Example> examples = {
      {"$schema", {R"({"$schema": "x.json"})", "{}"}},
      {"name", {R"({"name": "shop"})", R"({"name":"shop"})"}},
      {"main", {R"({"main": "./src/a.ts"})", R"({"entry":"./src/a.ts"})"}},
      {"env", {R"({"name": "a", "env": {"b": {"main": "x.js"}}})", R"({"name":"a"})"}},
      {"vars",
       {R"({"vars": {"A": "x ${B}", "N": 5, "T": "5", "L": [1], "Z": null}})",
        R"({"env":{"A":"x $${B}","N":{"json":5},"T":"5","L":{"json":[1]},"Z":{"json":null}}})"}},
      {"secrets.required",
       {R"({"secrets": {"required": ["KEY"]}})", R"({"env":{"KEY":"${KEY}"}})"}},
      {"kv_namespaces.binding",
       {R"({"kv_namespaces": [{"binding": "CACHE"}]})", R"({"kv":{"CACHE":"CACHE"}})"}},
      {"kv_namespaces.id",
       {R"({"kv_namespaces": [{"binding": "C", "id": "06779da6940b431db6e566b4846d64db"}]})",
        R"({"kv":{"C":"06779da6940b431db6e566b4846d64db"}})"}},
      {"services.binding",
       {R"({"services": [{"binding": "AUTH", "service": "auth"}]})",
        R"({"services":{"AUTH":{"app":"auth"}}})"}},
      {"services.service",
       {R"({"services": [{"binding": "B", "service": "c-production"}]})",
        R"({"services":{"B":{"app":"c-production"}}})"}},
      {"services.environment",
       {R"({"services": [{"binding": "B", "service": "c", "environment": "d"}]})",
        R"({"services":{"B":{"app":"c-d"}}})"}},
      {"services.entrypoint",
       {R"({"services": [{"binding": "B", "service": "c", "entrypoint": "E"}]})",
        R"({"services":{"B":{"app":"c","entrypoint":"E"}}})"}},
      {"services.props",
       {R"({"services": [{"binding": "B", "service": "c", "props": {"x": 1}}]})",
        R"({"services":{"B":{"app":"c","props":{"x":1}}}})"}},
      {"assets.directory",
       {R"({"assets": {"directory": "./p"}})", R"({"assets":{"directory":"./p","binding":""}})"}},
      {"assets.binding",
       {R"({"assets": {"directory": "p", "binding": "FILES"}})",
        R"({"assets":{"directory":"p","binding":"FILES"}})"}},
      {"assets.html_handling",
       {R"({"assets": {"directory": "p", "html_handling": "none"}})",
        R"({"assets":{"directory":"p","html_handling":"none","binding":""}})"}},
      {"assets.not_found_handling",
       {R"({"assets": {"directory": "p", "not_found_handling": "404-page"}})",
        R"({"assets":{"directory":"p","not_found_handling":"404-page","binding":""}})"}},
      {"assets.run_worker_first",
       {R"({"assets": {"directory": "p", "run_worker_first": ["/a/*", "!/a/b"]}})",
        R"({"assets":{"directory":"p","run_worker_first":["/a/*","!/a/b"],"binding":""}})"}},
      {"routes.pattern",
       {R"({"routes": ["a.example/*", "*.B.example/x*", "https://*c.example/", {"pattern": "d.example"}, "a.example/y"]})",
        R"({"hosts":["a.example","*.b.example","c.example","*.c.example","d.example"]})"}},
      {"routes.custom_domain",
       {R"({"routes": [{"pattern": "a.example", "custom_domain": true}]})",
        R"({"hosts":["a.example"]})"}},
      {"routes.zone_name",
       {R"({"routes": [{"pattern": "a.example/*", "zone_name": "example"}]})",
        R"({"hosts":["a.example"]})"}},
      {"routes.zone_id",
       {R"({"routes": [{"pattern": "a.example/*", "zone_id": "0"}]})",
        R"({"hosts":["a.example"]})"}},
      {"routes.enabled",
       {R"({"routes": ["b.example", {"pattern": "a.example", "enabled": false}]})",
        R"({"hosts":["b.example"]})"}},
      {"route", {R"({"route": {"pattern": "a.example"}})", R"({"hosts":["a.example"]})"}},
      {"triggers.crons",
       {R"({"triggers": {"crons": ["*/5 * * * *"]}})",
        R"({"triggers":{"crons":["*/5 * * * *"]}})"}},
      {"limits.cpu_ms", {R"({"limits": {"cpu_ms": 50}})", R"({"limits":{"cpu":"50ms"}})"}},
      {"limits.subrequests",
       {R"({"limits": {"subrequests": 5}})", R"({"limits":{"subrequests":5}})"}},
      {"build.command", {R"({"build": {"command": "make"}})", R"({"bundle":{"command":"make"}})"}},
      {"build.cwd",
       {R"({"build": {"command": "make", "cwd": "web"}})",
        R"({"bundle":{"command":"make","cwd":"web"}})"}},
      {"define", {R"({"define": {"A": "'b'"}})", R"({"bundle":{"define":{"A":"'b'"}}})"}},
      {"alias", {R"({"alias": {"a": "./b"}})", R"({"bundle":{"alias":{"a":"./b"}}})"}},
      {"tsconfig", {R"({"tsconfig": "./t.json"})", R"({"bundle":{"tsconfig":"./t.json"}})"}},
      {"jsx_factory", {R"({"jsx_factory": "h"})", R"({"bundle":{"jsx_factory":"h"}})"}},
      {"jsx_fragment", {R"({"jsx_fragment": "F"})", R"({"bundle":{"jsx_fragment":"F"}})"}},
      {"rules.type",
       {R"({"rules": [{"type": "Data", "globs": ["**/*.dat"]}, {"type": "ESModule", "globs": ["**/*.mjs"]}, {"type": "CompiledWasm", "globs": ["**/*.wasm"]}]})",
        R"({"bundle":{"rules":{".dat":"data"}}})"}},
      {"rules.globs",
       {R"({"rules": [{"type": "Text", "globs": ["**/*.md", "src/*.tpl"]}, {"type": "Data", "globs": ["**/*.md"]}]})",
        R"({"bundle":{"rules":{".md":"text",".tpl":"text"}}})"}},
      {"version_metadata",
       {R"({"version_metadata": {"binding": "V"}})",
        R"({"env":{"V":{"json":{"id":"","tag":"","timestamp":""}}}})"}},
      {"compatibility_flags", {R"({"compatibility_flags": ["nodejs_compat"]})", "{}"}},
  };
  return examples;
}

std::string Cell(std::string_view text) {
  std::string cell;
  for (const char c : text) cell += c == '|' ? std::string("\\|") : std::string(1, c);
  return cell;
}

// The table of docs/wrangler.md.
std::string Table() {
  std::string text = "| field | what becomes of it | |\n| --- | --- | --- |\n";
  for (const WranglerField& field : WranglerFields()) {
    const char* fate = field.fate == Fate::kMapped    ? "mapped"
                       : field.fate == Fate::kIgnored ? "ignored"
                                                      : "stops the build";
    text += "| `" + std::string(field.path) + "` | " + fate + " | " + Cell(field.says) + " |\n";
  }
  return text;
}

// That of flags.
std::string FlagTable() {
  std::string text = "| flag | |\n| --- | --- |\n";
  for (const auto& [flag, meaning] : CompatibilityFlags()) {
    text += "| `" + std::string(flag) + "` | " +
            (meaning.empty() ? "it is so in any case" : Cell(meaning)) + " |\n";
  }
  return text;
}

TEST_CASE("each field has one row, and one line to say", "[wrangler]") {
  std::set<std::string_view> paths;
  for (const WranglerField& field : WranglerFields()) {
    CAPTURE(field.path);
    CHECK(paths.insert(field.path).second);
    CHECK_FALSE(field.says.empty());
    CHECK(field.says.find('\n') == std::string_view::npos);
    CHECK(field.says.size() < 120);
    CHECK_FALSE(field.says.ends_with('.'));
    CHECK(FindWranglerField(field.path) == &field);
  }
  CHECK(FindWranglerField("nothing") == nullptr);
}

TEST_CASE("each mapped field is what nano.yaml has for it", "[wrangler]") {
  for (const WranglerField& field : WranglerFields()) {
    if (field.fate != Fate::kMapped) continue;
    CAPTURE(field.path);
    const auto example = Examples().find(std::string(field.path));
    if (example == Examples().end()) FAIL("no example");
    const WranglerSettings settings = SettingsOfText(example->second.text);
    for (const Error& error : settings.errors) FAIL_CHECK(error.ToString());
    CHECK(App(settings) == example->second.app);
  }
  CHECK(Examples().size() ==
        static_cast<size_t>(
            std::count_if(WranglerFields().begin(), WranglerFields().end(),
                          [](const WranglerField& field) { return field.fate == Fate::kMapped; })));
}

// A file with something at the field, and nothing where it says nothing.
std::string FileWith(std::string_view path, const std::string& value) {
  const size_t dot = path.find('.');
  const std::string top(path.substr(0, dot));
  if (dot == path.npos) return "{\n\"" + top + "\": " + value + "}";
  const std::string part = "{\n\"" + std::string(path.substr(dot + 1)) + "\": " + value + "}";
  const bool is_list =
      top == "kv_namespaces" || top == "services" || top == "routes" || top == "rules";
  return "{\"" + top + "\": " + (is_list ? "[" + part + "]" : part) + "}";
}

TEST_CASE("each ignored field is told in one line, if it says anything", "[wrangler]") {
  for (const WranglerField& field : WranglerFields()) {
    if (field.fate != Fate::kIgnored) continue;
    CAPTURE(field.path);
    const std::string path(field.path);
    const auto remarks = SettingsOfText(FileWith(path, "{\"x\": true}")).remarks;
    const std::string line =
        "wrangler.jsonc:2: " + path + " is ignored: " + std::string(field.says);
    CHECK(std::any_of(remarks.begin(), remarks.end(),
                      [&](const Remark& remark) { return remark.ToString() == line; }));
    if (path.find('.') != path.npos) continue;
    CHECK(remarks.size() == 1);
    CHECK(SettingsOfText(FileWith(path, "{\"x\": []}")).remarks.empty());
    CHECK(SettingsOfText(FileWith(path, "null")).remarks.empty());
    CHECK(SettingsOfText(FileWith(path, "true"), {.is_generated = true}).remarks.empty());
  }
}

TEST_CASE("each binding that NANO lacks stops the build at its line", "[wrangler]") {
  const std::map<std::string, std::string> values = {
      {"queues", R"({"producers": [{"binding": "MINE", "queue": "q"}]})"},
      {"unsafe", R"({"bindings": [{"name": "MINE", "type": "t"}]})"},
      {"durable_objects", R"({"bindings": [{"name": "MINE", "class_name": "C"}]})"},
  };
  for (const WranglerField& field : WranglerFields()) {
    if (field.fate != Fate::kRefused) continue;
    CAPTURE(field.path);
    const std::string path(field.path);
    const auto value = values.find(path);
    const std::string file =
        FileWith(path, value == values.end() ? R"([{"binding": "MINE"}])" : value->second);
    const WranglerSettings refused = SettingsOfText(file);
    REQUIRE(refused.errors.size() == 1);
    CHECK(refused.errors[0].where == "wrangler.jsonc:2:1");
    CHECK_THAT(refused.errors[0].message, Contains(path + " (MINE) is a binding that NANO"));
    CHECK_THAT(refused.errors[0].hint,
               Contains(std::string(field.says.substr(1))) && Contains("--allow-missing-bindings"));
    const WranglerSettings allowed = SettingsOfText(file, {.allows_missing = true});
    CHECK(allowed.errors.empty());
    REQUIRE(allowed.remarks.size() == 1);
    CHECK_THAT(allowed.remarks[0].ToString(),
               Contains("wrangler.jsonc:2: " + path + " (MINE) is missing"));
    CHECK(SettingsOfText(FileWith(path, R"({"bindings": [], "producers": []})")).errors.empty());
  }
  // A consumer is called; it calls nobody.
  CHECK(SettingsOfText(R"({"queues": {"consumers": [{"queue": "q"}]}})").errors.empty());
}

TEST_CASE("what Wrangler has no field for is told, and stops nothing", "[wrangler]") {
  const WranglerSettings settings = SettingsOfText(
      "{\"assests\": {},\n\"odd\": 1, \"services\": [{\"binding\": \"A\", "
      "\"service\": \"b\", \"colour\": 1}]}");
  CHECK(settings.errors.empty());
  REQUIRE(settings.remarks.size() == 3);
  CHECK_THAT(settings.remarks[0].text, Contains("did you mean assets?"));
  CHECK_THAT(settings.remarks[1].ToString(), Contains("wrangler.jsonc:2: odd is ignored"));
  CHECK_THAT(settings.remarks[2].text, Contains("services.colour is ignored"));
}

TEST_CASE("compatibility flags that change something are told, unknown ones too", "[wrangler]") {
  const auto remarks =
      SettingsOfText(R"({"compatibility_flags": ["url_standard", "nodejs_compat", "odd_one"]})")
          .remarks;
  REQUIRE(remarks.size() == 2);
  CHECK_THAT(remarks[0].text, Contains("nodejs_compat changes nothing"));
  CHECK_THAT(remarks[1].text, Contains("odd_one is ignored"));
}

TEST_CASE("docs/wrangler.md has the tables", "[wrangler][reference]") {
  const std::string path = std::string(NANO_SOURCE_DIR) + "/docs/wrangler.md";
  const auto [begin, wanted] = GENERATE(table<std::string, std::string>({
      {"<!-- The table of config/wrangler/fields.cc. -->\n\n", Table()},
      {"<!-- Its table of flags. -->\n\n", FlagTable()},
  }));
  Result<std::string> page = ReadFile(path);
  if (!page.ok()) FAIL(page.error().ToString());
  const size_t from = page->find(begin);
  REQUIRE(from != std::string::npos);
  const size_t to = page->find("\n<!-- Its end. -->", from);
  REQUIRE(to != std::string::npos);
  const std::string text = page->substr(0, from + begin.size()) + wanted + page->substr(to);
  if (std::getenv("NANO_UPDATE_DOCS") != nullptr) REQUIRE(WriteFileAtomically(path, text).ok());
  INFO("NANO_UPDATE_DOCS=1 nano-tests-config \"[reference]\" writes it.");
  CHECK(ReadFile(path).value() == text);
}

// Of a package of npm's that is not among NANO's own: config-schema.json of `wrangler`.
TEST_CASE("the table has all that Wrangler's schema has, where that is at hand",
          "[wrangler][schema]") {
  const char* path = std::getenv("NANO_WRANGLER_SCHEMA");
  if (path == nullptr) {
    WARN("NANO_WRANGLER_SCHEMA names no file: nothing is compared");
    return;
  }
  const auto text = ReadFile(path);
  REQUIRE(text.ok());
  const auto schema = Json::Parse(*text, kFileJson);
  REQUIRE(schema.ok());
  const Json& definitions = MemberOf(*schema, "definitions");
  const auto properties = [&](const char* name) -> const Json& {
    return MemberOf(MemberOf(definitions, name), "properties");
  };
  const Json& environment = properties("RawEnvironment");
  const std::map<std::string, const Json*> parts = {
      {"assets", &properties("Assets")},
      {"limits", &properties("UserLimits")},
      {"rules", &properties("Rule")},
      {"kv_namespaces",
       &MemberOf(MemberOf(MemberOf(properties("RawConfig"), "kv_namespaces"), "items"),
                 "properties")},
      {"services",
       &MemberOf(MemberOf(MemberOf(properties("RawConfig"), "services"), "items"), "properties")},
      {"triggers", &MemberOf(MemberOf(properties("RawConfig"), "triggers"), "properties")},
      {"build", &MemberOf(MemberOf(properties("RawConfig"), "build"), "properties")},
      {"secrets", &MemberOf(MemberOf(properties("RawConfig"), "secrets"), "properties")},
  };
  size_t compared = 0;
  for (const auto& [name, property] : *properties("RawConfig").object()) {
    CAPTURE(name);
    ++compared;
    const auto found =
        std::find_if(WranglerFields().begin(), WranglerFields().end(),
                     [&, &name = name](const WranglerField& field) {
                       return field.path == name || field.path.starts_with(name + ".");
                     });
    if (found == WranglerFields().end()) {
      FAIL_CHECK("no row");
      continue;
    }
    const std::string* said = MemberOf(property, "description").text();
    const bool is_own = said != nullptr && said->find("not automatically inherited") != said->npos;
    // Its description does not say so.
    const bool is_known_own = name == "version_metadata";
    CHECK(found->reach == (environment.Find(name) == nullptr ? Reach::kTop
                           : is_own || is_known_own          ? Reach::kOwn
                                                             : Reach::kInherited));
    if (const auto part = parts.find(name); part != parts.end()) {
      REQUIRE(part->second->object() != nullptr);
      for (const auto& [inner, unused] : *part->second->object()) {
        CAPTURE(inner);
        CHECK(FindWranglerField(name + "." + inner) != nullptr);
      }
    }
  }
  CHECK(compared > 80);
}

}  // namespace
}  // namespace nano::config

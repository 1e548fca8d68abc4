// Tests of an app's configuration as JSON: what is said comes back as it was said, every key of it.
#include "server/release/app_config.h"

#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "config/schema/deployment.h"
#include "config/schema/limits.h"
#include "config/schema/outbound.h"
#include "config/schema/triggers.h"

namespace nano::server {
namespace {

// Everything that a running server can change of an app, with no value that is the default.
constexpr char kAll[] =
    R"({"hosts":["a.test","*.b.test"],"default":true,)"
    R"("env":{"PLAIN":"1","SECRET":"${SECRET}"},"services":{"OTHER":"other"},)"
    R"("outbound":{"allow":["api.test:443"],"deny":["10.0.0.0/8"],)"
    R"("proxy":{"http":"http://proxy.test:3128","https":"${PROXY}","no_proxy":["local.test"]},)"
    R"("ca":"authorities.pem","connections":7,"trace":false,)"
    R"("timeouts":{"connect":"1s","first_byte":"2s","idle":"3s","total":"4s"}},)"
    R"("limits":{"memory":"64MiB","external_memory":"32MiB","cpu":"2s","first_byte":"3s",)"
    R"("duration":"4s","scheduled":"5m","concurrency":5,"queue":6,"queue_timeout":"7s","body":"1MiB",)"
    R"("response":"2MiB","subrequests":11,"timers":12,"log_line":"8KiB",)"
    R"("log_rate":"9KiB","warn_at":80},)"
    R"("health":"/healthy","canary_key":"cookie:version","boot_timeout":"1s",)"
    R"("health_timeout":"2s","drain_timeout":"3s","idle":"4s","isolation":"worker",)"
    R"("group":"blue","triggers":{"crons":["*/5 * * * *","0 0 0 L * *"]}})";

Json Parsed(std::string_view text) {
  auto value = Json::Parse(text);
  REQUIRE(value.ok());
  return std::move(value).value();
}

config::AppSettings Settings(std::string_view text) {
  auto settings = SettingsFrom(Parsed(text), "app");
  INFO((settings.ok() ? "" : settings.error().ToString()));
  REQUIRE(settings.ok());
  return std::move(settings).value();
}

Error Refusal(std::string_view text) {
  auto settings = SettingsFrom(Parsed(text), "app");
  REQUIRE_FALSE(settings.ok());
  return settings.error();
}

bool Has(const Json& config, std::string_view path) {
  const size_t dot = path.find('.');
  const Json* const value = config.Find(path.substr(0, dot));
  if (value == nullptr || dot == std::string_view::npos) return value != nullptr;
  return Has(*value, path.substr(dot + 1));
}

TEST_CASE("what is said of an app comes back as it was said", "[app_config]") {
  const config::AppSettings settings = Settings(kAll);
  CHECK(settings.name == "app");
  CHECK(ConfigOf(settings).ToString() == kAll);
}

TEST_CASE("no key of an app is forgotten", "[app_config]") {
  const Json all = Parsed(kAll);
  for (const auto& key : config::AppLimitKeys()) {
    CAPTURE(key.path);
    CHECK(Has(*all.Find("limits"), key.path));
  }
  for (const auto& key : config::DeploymentKeys()) {
    CAPTURE(key.path);
    CHECK(Has(all, key.path));
  }
  for (const auto& key : config::IsolationKeys()) {
    CAPTURE(key.path);
    CHECK(Has(all, key.path));
  }
  for (const auto& key : config::TriggerKeys()) {
    CAPTURE(key.path);
    CHECK(Has(*all.Find("triggers"), key.path));
  }
  for (const auto& key : config::OutboundKeys()) {
    CAPTURE(key.path);
    CHECK(Has(*all.Find("outbound"), key.path));
  }
}

TEST_CASE("of an app of which nothing is said nothing is shown", "[app_config]") {
  CHECK(ConfigOf(Settings("{}")).ToString() == "{}");
  CHECK(ConfigOf(Settings(R"({"env":{},"hosts":[],"default":false})")).ToString() == "{}");
}

TEST_CASE("an app that may call nobody is so by a word", "[app_config]") {
  constexpr char kNone[] = R"({"outbound":"none"})";
  CHECK(ConfigOf(Settings(kNone)).ToString() == kNone);
}

TEST_CASE("values of an app's configuration are texts of any kind", "[app_config]") {
  constexpr char kEnv[] = R"({"env":{"A":"true","B":"# no comment","C":"line\nline","D":"'\"ü"}})";
  CHECK(ConfigOf(Settings(kEnv)).ToString() == kEnv);
}

TEST_CASE("what is wrong with an app's configuration is said of the key", "[app_config]") {
  CHECK(Refusal("[]").where == "config");
  CHECK(Refusal(R"({"entry":"other.ts"})").where == "config: entry");
  CHECK(Refusal(R"({"server":{}})").where == "config: server");
  CHECK(Refusal(R"({"limits":{"memory":"much","cpu":"2s","warn_at":80}})")
            .ToString()
            .find("memory") != std::string::npos);
  CHECK(Refusal(R"({"nonsense":1})").ToString().find("nonsense") != std::string::npos);
  // The text that was parsed is nobody's: no lines or columns of it.
  const Error error =
      Refusal(R"({"env":{"A":["x"]},"limits":{"memory":"much","cpu":"2s","warn_at":80}})");
  CHECK(error.where.find(':') == error.where.rfind(':'));
  CHECK(error.excerpt.empty());
  for (const Error& other : error.others) CHECK(other.excerpt.empty());
}

}  // namespace
}  // namespace nano::server

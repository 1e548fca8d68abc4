// What goes before what.
#include "server/settings.h"

#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <vector>

namespace nano::server {
namespace {

TEST_CASE("flags go before nano.yaml, nano.yaml before the defaults") {
  config::Config config;
  const Settings defaults = ResolveSettings({}, config, 6);
  CHECK(defaults.dist == "dist");
  CHECK(defaults.workers == 6);
  REQUIRE(defaults.listen.size() == 1);
  CHECK(defaults.listen[0].ToString() == "127.0.0.1:8080");
  CHECK(defaults.shutdown_timeout.count() == 10'000);
  CHECK(ResolveSettings({}, config, 0).workers == 1);

  config.build.out = "built";
  config.server.workers = 2;
  config.server.listen = {{"::1", 1}, {"", 2}};
  config.server.shutdown_timeout = std::chrono::milliseconds(5);
  config.server.limits.body_bytes = 7;
  const Settings file = ResolveSettings({}, config, 6);
  CHECK(file.dist == "built");
  CHECK(file.workers == 2);
  CHECK(file.listen.size() == 2);
  CHECK(file.shutdown_timeout.count() == 5);
  CHECK(file.limits.body_bytes == 7);

  ServeOptions options;
  options.dist = "given";
  options.workers = 9;
  options.listen = {{"10.0.0.1", 3}};
  const Settings flags = ResolveSettings(options, config, 6);
  CHECK(flags.dist == "given");
  CHECK(flags.workers == 9);
  REQUIRE(flags.listen.size() == 1);
  CHECK(flags.listen[0].ToString() == "10.0.0.1:3");
}

TEST_CASE("every bound of nano.yaml reaches the HTTP server") {
  const http::Limits defaults = ResolveSettings({}, {}, 1).limits;
  CHECK(defaults == http::Limits());
  for (const auto& key : config::HttpKeys()) {
    CAPTURE(key.path);
    config::Config config;
    key.value.set(config.server.limits, key.value.get(config.server.limits) + 1);
    CHECK_FALSE(ResolveSettings({}, config, 1).limits == defaults);
  }
}

TEST_CASE("what a running server does not take over is named") {
  config::ServerSettings running;
  CHECK(KeysForNextStart(running, running).empty());
  config::ServerSettings read = running;
  read.boot_timeout = read.health_timeout = read.drain_timeout = std::chrono::milliseconds(1);
  CHECK(KeysForNextStart(running, read).empty());  // They are of new versions of apps.
  read.listen = {{"::1", 1}};
  read.workers = 3;
  read.memory = 1 << 30;
  read.limits.body_bytes = 7;
  CHECK(KeysForNextStart(running, read) ==
        std::vector<std::string>{"server.listen", "server.workers", "server.memory",
                                 "server.limits.body_bytes"});
}

// Each key of the table, whatever it holds: a row that shows nothing would never be told.
TEST_CASE("a folder for the state and what the admin API is are told as well") {
  const config::ServerSettings running;
  const auto keys_with = [&running](const std::function<void(config::ServerSettings&)>& change) {
    config::ServerSettings read = running;
    change(read);
    return KeysForNextStart(running, read);
  };
  using Keys = std::vector<std::string>;
  CHECK(keys_with([](auto& read) { read.state.text = "kept"; }) == Keys{"server.state"});
  CHECK(keys_with([](auto& read) { read.health = {{"::1", 1}}; }) == Keys{"server.health"});
  const Keys admin{"server.admin"};
  CHECK(keys_with([](auto& read) { read.admin.listen.place = config::AdminAddress::Off(); }) ==
        admin);
  CHECK(keys_with([](auto& read) { read.admin.token.text = "${TOKEN}"; }) == admin);
  CHECK(keys_with([](auto& read) { read.admin.tokens = {{{"${A}", {}}, {"read"}, {}}}; }) == admin);
  CHECK(keys_with([](auto& read) { read.admin.certificate.text = "a.pem"; }) == admin);
  CHECK(keys_with([](auto& read) { read.admin.key.text = "a.pem"; }) == admin);
  CHECK(keys_with([](auto& read) { read.admin.client_ca.text = "a.pem"; }) == admin);
  CHECK(keys_with([](auto& read) { read.admin.hosts = {"admin.test"}; }) == admin);
  CHECK(keys_with([](auto& read) { read.admin.plain = true; }) == admin);
  CHECK(keys_with([](auto& read) { read.admin.max_upload = 4096; }) == admin);
  // Where a key stands is nothing.
  CHECK(keys_with([](auto& read) { read.admin.place.line = 7; }).empty());
}

}  // namespace
}  // namespace nano::server

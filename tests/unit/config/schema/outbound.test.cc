// `outbound` and `services`: what is read, what is refused with its place, and what becomes of them
// where several places of an app say some.
#include "config/schema/outbound.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "config/load.h"
#include "config/schema/file.h"
#include "tests/unit/temporary_directory.h"

using namespace nano;
using namespace nano::config;
using namespace std::chrono_literals;
using Catch::Contains;
using test::TemporaryDirectory;

namespace {

Result<FileFields> Parse(std::string text) {
  return ParseFile(std::make_shared<Source>(Source{"nano.yaml", std::move(text)}));
}

AppSettings Accepted(const std::string& text) {
  Result<FileFields> file = Parse(text);
  if (!file.ok()) FAIL(file.error().ToString());
  return std::move(file)->self;
}

std::string Texts(const std::vector<HostRule>& rules) {
  std::string all;
  for (const HostRule& rule : rules) all += (all.empty() ? "" : " ") + rule.text();
  return all;
}

std::string Texts(const std::vector<PlacedText>& texts) {
  std::string all;
  for (const PlacedText& text : texts) all += (all.empty() ? "" : " ") + text.text;
  return all;
}

}  // namespace

TEST_CASE("outbound: all that it can say") {
  const OutboundSettings all = Accepted(R"(
outbound:
  allow: ["*.example.com", 10.0.0.0/8:5432]
  deny: admin.example.com
  proxy:
    http: http://${USER}@proxy:3128
    https: https://proxy
    no_proxy: [.internal, "10.0.0.0/8 ::1", "${no_proxy:-}"]
  ca: ca.pem
  connections: 7
  timeouts: { connect: 1s, first_byte: 2s, idle: 3s, total: 4s }
)")
                                   .outbound;
  CHECK_FALSE(all.none);
  CHECK(Texts(all.allow) == "*.example.com 10.0.0.0/8:5432");
  CHECK(Texts(all.deny) == "admin.example.com");
  CHECK(all.proxy.http.text == "http://${USER}@proxy:3128");
  CHECK(all.proxy.http.place.ToString() == "nano.yaml:6:11");
  CHECK(all.proxy.https.text == "https://proxy");
  CHECK(Texts(all.proxy.no_proxy) == ".internal 10.0.0.0/8 ::1 ${no_proxy:-}");
  CHECK(all.ca.text == "ca.pem");
  CHECK(all.connections == 7);
  CHECK(all.timeouts.connect == 1s);
  CHECK(all.timeouts.first_byte == 2s);
  CHECK(all.timeouts.idle == 3s);
  CHECK(all.timeouts.total == 4s);

  CHECK(Accepted("outbound: none").outbound.none);
  CHECK_FALSE(Accepted("outbound:").outbound.none);
  const ProxySettings one = Accepted("outbound: {proxy: 'http://p:1'}").outbound.proxy;
  CHECK(one.http.text == "http://p:1");
  CHECK(one.https.text == "http://p:1");
  CHECK(Accepted("outbound: {proxy: none}").outbound.proxy.http.text.empty());
}

TEST_CASE("outbound: mistakes have their places") {
  struct Mistake {
    std::string text, where, message, hint;
  };
  for (const Mistake& mistake : std::vector<Mistake>{
           {"outbound: nobody", "1:11", "expected a map, or `none`", "outbound: none"},
           {"outbound: [none]", "1:11", "outbound: expected keys with values", ""},
           {"outbound: {alow: '*'}", "1:12", "unknown key 'alow'", "'allow'"},
           {"outbound: {allow: []}", "1:19", "a list of nobody", "\"*\""},
           {"outbound: {allow: ['*', 10.0.0.1/8]}", "1:25", "outbound.allow[1]", "zeros"},
           {"outbound: {deny: ['https://a.example/']}", "1:19", "not a host", "scheme"},
           {"outbound: {deny: 10.1}", "1:18", "neither a name nor", "all parts"},
           {"outbound: {allow: ['a:0']}", "1:20", "has a port that is none", "1 to 65535"},
           {"outbound: {proxy: 'http://${'}", "1:19", "outbound.proxy", ""},
           {"outbound: {proxy: {htp: a}}", "1:20", "unknown key 'htp'", "'http'"},
           {"outbound: {proxy: {no_proxy: ['a, b..c']}}", "1:31", "'b..c' names no host", ""},
           {"outbound: {ca: ''}", "1:16", "an empty path", "PEM"},
           {"outbound: {connections: 0}", "1:25", "outbound.connections", ""},
           {"outbound: {subrequests: 5}", "1:12", "outbound.subrequests: the key has moved",
            "limits: { subrequests"},
           {"outbound: {timeouts: {conect: 1s}}", "1:23", "unknown key 'conect'", "'connect'"},
           {"outbound: {timeouts: {connect: 0s}}", "1:32", "outbound.timeouts.connect", ""},
           {"outbound: {timeouts: {idle: 5}}", "1:29", "outbound.timeouts.idle", ""},
           {"services: {a-b: c}", "1:12", "not a name that a service", "Use letters"},
           {"services: {A: 'c d'}", "1:15", "cannot be an app's name", "Name an app"},
           {"services: [a]", "1:11", "services: expected keys with values", ""},
       }) {
    CAPTURE(mistake.text);
    const Result<FileFields> file = Parse(mistake.text);
    REQUIRE_FALSE(file.ok());
    CHECK(file.error().where == "nano.yaml:" + mistake.where);
    CHECK_THAT(file.error().message, Contains(mistake.message));
    CHECK_THAT(file.error().hint, Contains(mistake.hint));
  }
}

TEST_CASE("outbound: an app's own keys win over the defaults, one by one") {
  TemporaryDirectory root;
  const std::string path = root.Write("nano.yaml", R"(
defaults:
  services: { A: one, B: one }
  outbound:
    allow: [a.example, b.example]
    deny: [c.example]
    proxy: { http: "http://p:1", https: "http://p:2", no_proxy: [d.example] }
    connections: 3
    timeouts: { connect: 1s, idle: 2s }
apps:
  - path: one
    hosts: one.test
    services: { B: two, C: two }
    outbound:
      allow: [e.example]
      proxy: { https: none }
      timeouts: { idle: 9s }
  - { path: two, hosts: two.test, outbound: none }
  - { path: three, hosts: three.test, outbound: { proxy: none } }
  - { path: four, hosts: four.test }
)");
  const Result<Config> config = LoadConfig(path);
  if (!config.ok()) FAIL(config.error().ToString());
  const AppSettings& app = config->apps[0];
  CHECK(Texts(app.outbound.allow) == "e.example");
  CHECK(Texts(app.outbound.deny) == "c.example");
  CHECK(app.outbound.proxy.http.text == "http://p:1");
  CHECK(app.outbound.proxy.https.text == "");
  CHECK(Texts(app.outbound.proxy.no_proxy) == "d.example");
  CHECK(app.outbound.connections == 3);
  CHECK(app.outbound.timeouts.connect == 1s);
  CHECK(app.outbound.timeouts.idle == 9s);
  std::string services;
  for (const ServiceBinding& service : app.services) services += service.name + service.app + " ";
  CHECK(services == "Aone Btwo Ctwo ");
  CHECK(config->apps[1].outbound.none);
  CHECK(config->apps[2].outbound.proxy.http.text == "");
  CHECK(config->apps[2].outbound.proxy.https.text == "");
  CHECK(config->apps[3].outbound.connections == 3);
}

TEST_CASE("outbound: an app's own map wins over none") {
  TemporaryDirectory root;
  root.Write("three/nano.yaml", "hosts: three.test\noutbound: {allow: [a.example]}\n");
  const Result<Config> config = LoadConfig(root.Write("nano.yaml", R"(
defaults: { outbound: none }
apps:
  - { path: one, hosts: one.test }
  - { path: two, hosts: two.test, outbound: { connections: 3 } }
  - { path: three, outbound: none }
)"));
  if (!config.ok()) FAIL(config.error().ToString());
  CHECK(config->apps[0].outbound.none);
  CHECK_FALSE(config->apps[1].outbound.none);
  CHECK(config->apps[1].outbound.connections == 3);
  CHECK(config->apps[2].outbound.none);
}

TEST_CASE("services: one cannot have the name of a variable, wherever the two are said") {
  TemporaryDirectory root;
  const std::string variables = GENERATE("env", "build_env");
  const Result<Config> config =
      LoadConfig(root.Write("nano.yaml", "defaults: { " + variables + R"(: { ORDERS: x } }
apps:
  - path: one
    services: { ORDERS: orders }
)"));
  REQUIRE_FALSE(config.ok());
  CHECK_THAT(config.error().where, Contains("nano.yaml:4:25"));
  CHECK_THAT(config.error().message, Contains("both a service and a variable named 'ORDERS'"));
}

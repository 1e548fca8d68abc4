// One file: every key's value, and every kind of mistake with its place.
#include "config/schema/file.h"

#include <catch2/catch.hpp>
#include <string>

using namespace nano;
using namespace nano::config;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

Result<FileFields> Parse(std::string text) {
  return ParseFile(std::make_shared<Source>(Source{"nano.yaml", std::move(text)}));
}

FileFields Accepted(const std::string& text) {
  Result<FileFields> file = Parse(text);
  if (!file.ok()) FAIL(file.error().ToString());
  return std::move(file).value();
}

struct Mistake {
  std::string text;
  std::string where;    // Line and column.
  std::string message;  // Part of it.
  std::string hint = "";
};

void CheckRefused(const Mistake& mistake) {
  CAPTURE(mistake.text);
  const Result<FileFields> file = Parse(mistake.text);
  REQUIRE_FALSE(file.ok());
  const Error& error = file.error();
  CHECK(error.where == "nano.yaml:" + mistake.where);
  CHECK_THAT(error.message, Contains(mistake.message));
  CHECK_THAT(error.hint, Contains(mistake.hint));
  CHECK_THAT(error.excerpt, Contains("^"));
}

}  // namespace

TEST_CASE("an empty file has the defaults") {
  const FileFields file = Accepted("");
  REQUIRE(file.server.listen.size() == 1);
  CHECK(file.server.listen[0].ToString() == "127.0.0.1:8080");
  CHECK(file.server.workers == 0);
  CHECK(file.server.limits.header_bytes == 16384);
  CHECK(file.server.limits.body_bytes == 10485760);
  CHECK(file.server.limits.idle_timeout == 75s);
  CHECK(file.server.shutdown_timeout == 10s);
  CHECK(file.build.timeout == 60s);
  CHECK(file.build.keep == 5);
  CHECK_FALSE(file.apps.has_value());
  CHECK(file.self.stated.empty());
}

TEST_CASE("server settings are read") {
  const FileFields file = Accepted(R"(
server:
  listen: ["[::]:8080", 0, ":0"]
  workers: 4
  limits:
    header_bytes: 1KiB
    header_count: 7
    target_bytes: 2KiB
    body_bytes: 0
    idle_timeout: 1s
    header_timeout: 2s
    body_timeout: 3s
    write_timeout: 4s
    connections: 5
  shutdown_timeout: 0s
)");
  REQUIRE(file.server.listen.size() == 3);
  CHECK(file.server.listen[0] == Address{"::", 8080});
  CHECK(file.server.workers == 4);
  const HttpSettings& limits = file.server.limits;
  CHECK(limits.header_bytes == 1024);
  CHECK(limits.header_count == 7);
  CHECK(limits.target_bytes == 2048);
  CHECK(limits.body_bytes == 0);
  CHECK(limits.idle_timeout == 1s);
  CHECK(limits.header_timeout == 2s);
  CHECK(limits.body_timeout == 3s);
  CHECK(limits.write_timeout == 4s);
  CHECK(limits.connections == 5);
  CHECK(file.server.shutdown_timeout == 0s);
  // YAML's number is an address's port.
  CHECK(Accepted("server: {listen: 8080}").server.listen[0] == Address{"", 8080});
}

TEST_CASE("build settings and defaults are read") {
  const FileFields file = Accepted(R"(
build: { out: public/dist, timeout: 1500ms, keep: 2 }
defaults:
  env: { A: 1, B: true, C: "", D: 2024-01-01, E: "${X}" }
  limits: { memory: 128MiB }
  warmup: ["/"]
)");
  CHECK(file.build.out == "public/dist");
  CHECK(file.stated_build.Has("out"));
  CHECK(file.build.timeout == 1500ms);
  CHECK(file.build.keep == 2);
  REQUIRE(file.defaults.env.size() == 5);
  CHECK(file.defaults.env[0].value == "1");
  CHECK(file.defaults.env[1].value == "true");
  CHECK(file.defaults.env[2].value.empty());
  CHECK(file.defaults.env[3].value == "2024-01-01");
  CHECK(file.defaults.env[4].value == "${X}");
  CHECK(file.defaults.env[4].place.ToString() == "nano.yaml:4:50");
  CHECK(file.defaults.limits.memory == 128u << 20);
  CHECK(file.defaults.stated.Has("limits.memory"));
  CHECK(file.defaults.warmup.size() == 1);
}

TEST_CASE("apps are read") {
  const FileFields file = Accepted(R"(
apps:
  - name: shop
    path: apps/shop
    entry: src/index.ts
    hosts: [Shop.example.com, "*.shop.example.com", "::1"]
    default: true
    env: { TOKEN: "${SHOP_TOKEN}" }
    limits: { memory: 64MiB }
    warmup:
      - /
      - { path: "/users/1?x=2", method: PATCH, headers: { X-A: 1, x-b: "" }, body: "{}" }
  - path: ./other
    hosts: one.example.com
    warmup: []
)");
  REQUIRE(file.apps->size() == 2);
  const AppSettings& shop = (*file.apps)[0];
  CHECK(shop.name == "shop");
  CHECK(shop.path == "apps/shop");
  CHECK(shop.entry == "src/index.ts");
  CHECK(shop.hosts == std::vector<std::string>{"shop.example.com", "*.shop.example.com", "[::1]"});
  CHECK(shop.host_places[1].ToString() == "nano.yaml:6:31");
  CHECK(shop.is_default == true);
  CHECK(shop.limits.memory == 64u << 20);
  REQUIRE(shop.warmup.size() == 2);
  CHECK(shop.warmup[0].path == "/");
  CHECK(shop.warmup[0].method == "GET");
  const WarmupRequest& request = shop.warmup[1];
  CHECK(request.path == "/users/1?x=2");
  CHECK(request.method == "PATCH");
  REQUIRE(request.headers.size() == 2);
  CHECK(request.headers[0] == std::pair<std::string, std::string>("X-A", "1"));
  CHECK(request.headers[1] == std::pair<std::string, std::string>("x-b", ""));
  CHECK(request.body == "{}");
  const AppSettings& other = (*file.apps)[1];
  CHECK_FALSE(other.stated.Has("name"));
  CHECK(other.hosts == std::vector<std::string>{"one.example.com"});
  CHECK(other.warmup.empty());
  CHECK(other.stated.Has("warmup"));
}

TEST_CASE("a single app's keys stand at the top level") {
  const FileFields file =
      Accepted("name: shop\nhosts: [a.com]\nenv: {A: b}\nserver: {workers: 2}\n");
  CHECK(file.self.name == "shop");
  CHECK(file.self.env.size() == 1);
  CHECK(file.server.workers == 2);
  CHECK_FALSE(file.apps.has_value());
}

TEST_CASE("quoted texts may look like anything") {
  CHECK(Accepted("name: '404'").self.name == "404");
  CHECK(Accepted("name: !!str 404").self.name == "404");
  CHECK(Accepted("name: \"true\"").self.name == "true");
}

TEST_CASE("unknown keys are refused, with the word that was meant") {
  CheckRefused({"servr: {}", "1:1", "unknown key 'servr'", "Did you mean 'server'?"});
  CheckRefused({"server:\n  worker: 4\n", "2:3", "server: unknown key 'worker'", "'workers'"});
  CheckRefused(
      {"server:\n  limits: {body: 1}\n", "2:12", "server.limits: unknown key", "Known here"});
  CheckRefused({"build: {output: x}", "1:9", "build: unknown key 'output'", "Known here: out, "});
  CheckRefused({"defaults: {hosts: [a]}", "1:12", "defaults: unknown key 'hosts'"});
  CheckRefused({"apps:\n  - path: a\n    hostz: b\n", "3:5", "apps[0]: unknown key 'hostz'",
                "Did you mean 'hosts'?"});
  CheckRefused({"limits: {gpu: 1s}", "1:10", "limits: unknown key 'gpu'"});
  CheckRefused({"warmup: [{path: /, verb: GET}]", "1:20", "warmup[0]: unknown key 'verb'"});
  CheckRefused({"path: x", "1:1", "unknown key 'path'"});
}

TEST_CASE("wrong types are refused") {
  CheckRefused({"- a\n", "1:1", "expected keys with values, found a list"});
  CheckRefused({"hello", "1:1", "expected keys with values, found 'hello'"});
  CheckRefused({"server: 3", "1:9", "server: expected keys with values, found the number 3"});
  CheckRefused({"server: {workers: many}", "1:19", "expected a whole number, found 'many'"});
  CheckRefused({"server: {workers: 1.5}", "1:19", "expected a whole number, found the number 1.5"});
  CheckRefused({"server: {workers: '4'}", "1:19", "expected a whole number"});
  CheckRefused({"server: {workers: [4]}", "1:19", "expected a whole number, found a list"});
  CheckRefused({"server: {workers:}", "1:10", "expected a whole number, found nothing"});
  CheckRefused({"server: {listen: {a: b}}", "1:18", "expected a text, found a map"});
  CheckRefused({"server: {limits: {body_bytes: [1]}}", "1:31", "expected a size, found a list"});
  CheckRefused(
      {"server: {limits: {idle_timeout: ~}}", "1:19", "expected a duration, found nothing"});
  CheckRefused({"name: 404", "1:7", "name: expected a text, found the number 404", "\"404\""});
  CheckRefused({"name: true", "1:7", "expected a text, found the boolean true"});
  CheckRefused({"name:\n", "1:1", "expected a text, found nothing"});
  CheckRefused({"name: [a]", "1:7", "expected a text, found a list"});
  CheckRefused({"hosts: {a: b}", "1:8", "expected a text, found a map"});
  CheckRefused({"hosts: [[a]]", "1:9", "hosts[0]: expected a text, found a list"});
  CheckRefused({"default: yes", "1:10", "expected true or false, found the boolean yes"});
  CheckRefused({"default: 'true'", "1:10", "expected true or false"});
  CheckRefused({"env: [A]", "1:6", "env: expected keys with values"});
  CheckRefused({"env: {A: [b]}", "1:10", "env.A: expected a text, found a list"});
  CheckRefused({"env: {A: }", "1:7", "env.A: no value", "\"\""});
  CheckRefused({"warmup: /", "1:9", "expected a list, found '/'", "[\"/\", \"/users/1\"]"});
  CheckRefused({"warmup: [3]", "1:10", "expected a text, found the number 3"});
  CheckRefused({"warmup: [{path: /, headers: [a]}]", "1:29", "expected keys with values"});
  CheckRefused({"apps: {path: a}", "1:7", "expected a list, found a map", "`- path: apps/shop`"});
  CheckRefused({"apps: [a]", "1:8", "apps[0]: expected keys with values, found 'a'"});
  CheckRefused({"apps:\n", "1:1", "expected a list, found nothing"});
}

TEST_CASE("values out of range are refused") {
  CheckRefused({"server: {workers: 0}", "1:19", "0 is out of range", "1 to 1024"});
  CheckRefused({"server: {workers: -1}", "1:19", "expected a whole number"});
  CheckRefused({"server: {workers: 99999999999}", "1:19", "out of range"});
  CheckRefused({"server: {limits: {header_bytes: 10}}", "1:33", "too small", "256B to 1024GiB"});
  CheckRefused({"server: {limits: {body_bytes: 2048GiB}}", "1:31", "too large"});
  CheckRefused({"server: {limits: {body_timeout: 0s}}", "1:33", "too small", "1ms to 24h"});
  CheckRefused({"server: {limits: {body_timeout: 1441m}}", "1:33", "too large"});
  CheckRefused({"server: {limits: {header_count: 0}}", "1:33", "out of range"});
  CheckRefused({"limits: {memory: 1MiB}", "1:18", "too small", "4MiB"});
}

TEST_CASE("malformed values are refused") {
  CheckRefused({"server: {limits: {body_bytes: 10Mb}}", "1:31", "'10Mb' is not a size"});
  CheckRefused({"server: {limits: {body_timeout: 30}}", "1:33", "'30' has no unit", "75s"});
  CheckRefused({"server: {listen: example.com:80}", "1:18", "not an IP address"});
  CheckRefused({"server: {listen: [':80', ':80']}", "1:26", ":80 is listed twice"});
  CheckRefused({"server: {listen: []}", "1:18", "no address"});
  CheckRefused({"build: {out: ''}", "1:14", "an empty path"});
  CheckRefused({"build: {timeout: 0s}", "1:18", "too small"});
  CheckRefused({"apps: []", "1:7", "no app"});
  CheckRefused({"apps:\n  - name: a\n", "2:5", "apps[0]: no `path`"});
  CheckRefused({"apps: [{path: ''}]", "1:15", "an empty path"});
  CheckRefused({"name: a b", "1:7", "cannot be an app's name"});
  CheckRefused({"name: .a", "1:7", "cannot be an app's name"});
  CheckRefused({"name: ../a", "1:7", "cannot be an app's name"});
  CheckRefused({"name: " + std::string(64, 'a'), "1:7", "cannot be an app's name"});
  CheckRefused({"entry: /etc/passwd", "1:8", "relative to the app's directory"});
  CheckRefused({"hosts: ['*']", "1:9", "alone is not a host pattern", "default: true"});
  CheckRefused({"hosts: [a.com, 'b.com:80']", "1:16", "hosts[1]: 'b.com:80' has a port"});
  CheckRefused({"hosts: [a.com, A.com]", "1:16", "host 'a.com' is listed twice"});
  CheckRefused({"env: {1A: b}", "1:7", "not the name of a variable"});
  CheckRefused({"env: {A-B: b}", "1:7", "not the name of a variable"});
  CheckRefused({"env: {A: '${B'}", "1:10", "env.A: '${' without '}'"});
  CheckRefused({"env: {A: '${B C}'}", "1:10", "'B C' is not the name of a variable"});
}

TEST_CASE("malformed warm-up requests are refused") {
  CheckRefused({"warmup: [users]", "1:10", "not the path of a request"});
  CheckRefused({"warmup: [http://a/]", "1:10", "not the path of a request"});
  CheckRefused({"warmup: ['/a b']", "1:10", "not the path of a request"});
  CheckRefused({"warmup: ['/a#b']", "1:10", "not the path of a request"});
  CheckRefused({"warmup: [/\xC3\xA9]", "1:10", "not the path of a request", "encode"});
  CheckRefused({"warmup: [{method: POST}]", "1:10", "warmup[0]: no `path`"});
  CheckRefused({"warmup: [{path: /, body: x}]", "1:26", "a GET request has no body", "POST"});
  CheckRefused(
      {"warmup: [{path: /, method: HEAD, body: x}]", "1:40", "a HEAD request has no body"});
  CheckRefused({"warmup: [{path: /, method: 'A B'}]", "1:28", "is not a method"});
  CheckRefused({"warmup: [{path: /, method: CONNECT}]", "1:28", "is not a method"});
  CheckRefused({"warmup: [{path: /, headers: {'a b': c}}]", "1:30", "not the name of a header"});
  CheckRefused({"warmup: [{path: /, headers: {a: \"b\\nc\"}}]", "1:33", "a line break"});
}

TEST_CASE("apps and the keys of a single app exclude each other") {
  CheckRefused({"name: a\napps: [{path: b}]\n", "1:7", "beside `apps`", "defaults"});
  CheckRefused({"apps: [{path: b}]\nenv: {A: b}\n", "2:6", "beside `apps`"});
}

TEST_CASE("the first mistake in the file is the one that is reported") {
  CheckRefused({"server: {workers: x}\nbuild: {timeout: y}\n", "1:19", "server.workers"});
}

TEST_CASE("all that is wrong in a file is told at once, each with its place") {
  const Result<FileFields> file = Parse(R"(
server: { workers: many, listen: [localhost] }
apps:
  - path: a
    hostz: [a.com]
    limits: { memory: 1 }
  - path: 7
    warmup: [{ path: x, method: "BAD METHOD" }]
  - hosts: ["*"]
)");
  REQUIRE_FALSE(file.ok());
  std::vector<std::string> places{file.error().where};
  CHECK_FALSE(file.error().excerpt.empty());
  for (const Error& other : file.error().others) {
    places.push_back(other.where);
    CHECK_FALSE(other.excerpt.empty());
  }
  // What follows from a mistake is not another: no "no address", no "no `path`" for `path: 7`.
  CHECK(places == std::vector<std::string>{"nano.yaml:2:20", "nano.yaml:2:35", "nano.yaml:5:5",
                                           "nano.yaml:6:23", "nano.yaml:7:11", "nano.yaml:8:22",
                                           "nano.yaml:8:33", "nano.yaml:9:13", "nano.yaml:9:5"});
  CHECK_THAT(file.error().ToString(), Contains("nano.yaml:9:13: "));
}

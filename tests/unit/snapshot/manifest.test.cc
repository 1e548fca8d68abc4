// The manifest: stable text, and a reader that lets nothing pass.
#include "snapshot/manifest.h"

#include <catch2/catch.hpp>
#include <string>

using namespace nano;
using namespace nano::snapshot;
using Catch::Contains;

namespace {

const std::string kDigest(64, 'c');

config::AppLimits Limited(uint64_t memory) {
  config::AppLimits limits = config::Unlimited();
  limits.memory = memory;
  return limits;
}

Manifest Example() {
  return {"26.10.0",
          "14.6.202.34-node.34",
          {{"blog", {}, true, std::string(64, 'd'), 4096},
           {"shop",
            {"shop.example.com", "*.shop.example.com"},
            false,
            kDigest,
            524288,
            Limited(134217728)}}};
}

std::string Replaced(const std::string& from, const std::string& to) {
  std::string text = EncodeManifest(Example());
  const size_t at = text.find(from);
  if (at == std::string::npos) FAIL("not in the example: " << from);
  return text.replace(at, from.size(), to);
}

void CheckRefused(const std::string& text, const std::string& message) {
  CAPTURE(text);
  const Result<Manifest> manifest = DecodeManifest(text, "m.json");
  REQUIRE_FALSE(manifest.ok());
  CHECK_THAT(manifest.error().where, Catch::StartsWith("m.json"));
  CHECK_THAT(manifest.error().message, Contains(message));
  CHECK_FALSE(manifest.error().hint.empty());
}

}  // namespace

TEST_CASE("a manifest's text is stable") {
  const std::string text = EncodeManifest(
      {"26.10.0", "14.6", {{"shop", {"a.com"}, true, kDigest, 5, Limited(134217728)}}});
  CHECK(text == R"({
  "format": 1,
  "engine": {
    "release": "26.10.0",
    "v8": "14.6"
  },
  "apps": [
    {
      "name": "shop",
      "hosts": [
        "a.com"
      ],
      "default": true,
      "snapshot": "snapshots/)" +
                    kDigest + R"(.snap",
      "digest": ")" +
                    kDigest + R"(",
      "bytes": 5,
      "limits": {
        "memory": 134217728
      }
    }
  ]
}
)");
  Manifest reversed = Example();
  std::swap(reversed.apps[0], reversed.apps[1]);
  CHECK(EncodeManifest(reversed) == EncodeManifest(Example()));
}

TEST_CASE("a manifest comes back as it was written") {
  const Result<Manifest> manifest = DecodeManifest(EncodeManifest(Example()), "m.json");
  if (!manifest.ok()) FAIL(manifest.error().ToString());
  CHECK(*manifest == Example());
  CHECK(DecodeManifest(EncodeManifest({}), "m.json")->apps.empty());
}

TEST_CASE("the lists that an app came by come back") {
  Manifest manifest = Example();
  manifest.apps[0].lists = {"multi", "multi/inner"};
  const std::string text = EncodeManifest(manifest);
  CHECK_THAT(text, Contains("\"lists\""));
  CHECK(*DecodeManifest(text, "manifest.json") == manifest);
}

TEST_CASE("the names of an app's variables come back, and values have no place") {
  Manifest manifest = Example();
  manifest.apps[0].required_env = {"TOKEN", "KEY"};
  manifest.apps[0].optional_env = {"GREETING"};
  const std::string text = EncodeManifest(manifest);
  CHECK(*DecodeManifest(text, "m.json") == manifest);
  std::string wrong = text;
  wrong.replace(wrong.find("\"optional\""), 10, "\"values\"");
  CheckRefused(wrong, "apps[0].env: unknown key 'values'");
}

TEST_CASE("whom an app calls by name, and that it may not call everybody, come back") {
  Manifest manifest = Example();
  CHECK_THAT(EncodeManifest(manifest), !Contains("services") && !Contains("restricted"));
  manifest.apps[0].services = {"ORDERS"};
  manifest.apps[0].deployment = {.health = "/up", .drain_timeout = std::chrono::seconds(60)};
  CHECK_THAT(EncodeManifest(manifest), Contains("\"drain_timeout\": 60000"));
  CHECK(DecodeManifest(EncodeManifest(manifest), "m.json").value() == manifest);
  // Of what is not the default, nothing may be lost.
  CHECK_THAT(EncodeManifest(manifest), !Contains("\"idle\""));
  manifest.apps[0].deployment = {.idle = std::chrono::milliseconds(0)};
  CHECK_THAT(EncodeManifest(manifest), Contains("\"idle\": 0"));
  CHECK(DecodeManifest(EncodeManifest(manifest), "m.json").value() == manifest);
  manifest.apps[0].deployment = {};
  manifest.apps[0].restricted = true;
  const std::string text = EncodeManifest(manifest);
  CHECK(*DecodeManifest(text, "m.json") == manifest);
  std::string wrong = text;
  wrong.replace(wrong.find("\"restricted\": true"), 18, "\"restricted\": \"no\"");
  CheckRefused(wrong, "apps[0].restricted: expected true or false");
}

TEST_CASE("when an app is called comes back") {
  Manifest manifest = Example();
  CHECK_THAT(EncodeManifest(manifest), !Contains("crons"));
  for (const char* text : {"*/5 * * * *", "0 0 L * *"}) {
    auto cron = config::CronExpression::Parse(text);
    REQUIRE(cron.ok());
    manifest.apps[0].triggers.crons.push_back(std::move(cron).value());
  }
  const std::string text = EncodeManifest(manifest);
  CHECK(DecodeManifest(text, "m.json").value() == manifest);
  std::string wrong = text;
  wrong.replace(wrong.find("0 0 L * *"), 9, "0 0 L * 0");
  CheckRefused(wrong, "apps[0].crons: '0' is no day of the week");
}

TEST_CASE("texts that are no JSON are refused with line and column") {
  CheckRefused("", "not JSON");
  CheckRefused("{", "not JSON");
  CheckRefused("{}x", "not JSON");
  CheckRefused("\xFF", "not JSON");
  const Result<Manifest> manifest = DecodeManifest("{\n  \"format\": 1,\n  oops\n}\n", "m.json");
  REQUIRE_FALSE(manifest.ok());
  CHECK(manifest.error().where == "m.json:3:3");
  CHECK_THAT(manifest.error().message, Contains("not JSON: invalid literal"));
  CheckRefused(std::string(200'000, '['), "not JSON");
}

TEST_CASE("other versions and other files are refused") {
  CheckRefused("[]", "expected an object");
  CheckRefused("null", "expected an object");
  CheckRefused("{\"name\": \"a web app\"}", "not a NANO manifest");
  CheckRefused(Replaced("\"format\": 1", "\"format\": 2"),
               "has format version 2, this program reads 1");
  CheckRefused(Replaced("\"format\": 1", "\"format\": -1"), "format: expected a whole number");
  CheckRefused(Replaced("\"format\": 1", "\"format\": \"1\""), "format: expected a whole number");
  CheckRefused("{\"format\": 7, \"later\": {}}", "has format version 7");
}

TEST_CASE("missing, unknown and repeated keys are refused") {
  CheckRefused("{\"format\": 1, \"apps\": []}", "no 'engine'");
  CheckRefused(Replaced("\"bytes\": 4096,", ""), "apps[0]: no 'bytes'");
  CheckRefused(Replaced("\"bytes\"", "\"size\""), "apps[0]: unknown key 'size'");
  CheckRefused(Replaced("\"format\": 1", "\"format\": 1, \"env\": {}"), "unknown key 'env'");
  CheckRefused(Replaced("\"format\": 1", "\"format\": 1, \"format\": 1"),
               "the name 'format' repeats");
  CheckRefused(Replaced("\"name\": \"shop\"", "\"name\": \"shop\", \"name\": \"x\""),
               "the name 'name' repeats");
  CheckRefused(Replaced("\"memory\"", "\"disk\""), "apps[1].limits.disk: unknown limit");
}

TEST_CASE("wrong types and values are refused") {
  CheckRefused(Replaced("\"26.10.0\"", "26"), "engine.release: expected a string");
  CheckRefused(Replaced("\"name\": \"shop\"", "\"name\": 3"), "apps[1].name: expected a string");
  CheckRefused(Replaced("\"name\": \"shop\"", "\"name\": \"\""), "apps[1].name: an empty name");
  CheckRefused(Replaced("\"hosts\": []", "\"hosts\": {}"), "apps[0].hosts: expected an array");
  CheckRefused(Replaced("\"hosts\": []", "\"hosts\": [1]"), "apps[0].hosts: expected a string");
  CheckRefused(Replaced("\"hosts\": []", "\"hosts\": [\"A.com\"]"), "\"A.com\" is not a host");
  CheckRefused(Replaced("\"hosts\": []", "\"hosts\": [\"\"]"), "\"\" is not a host");
  CheckRefused(Replaced("\"hosts\": []", "\"hosts\": [\"a b\"]"), "\"a b\" is not a host");
  CheckRefused(Replaced("\"default\": true", "\"default\": 1"), "apps[0].default: expected true");
  CheckRefused(Replaced("4096", "-4096"), "apps[0].bytes: expected a whole number");
  CheckRefused(Replaced("4096", "4096.5"), "apps[0].bytes: expected a whole number");
  CheckRefused(Replaced("4096", "99999999999999999999"), "apps[0].bytes: expected a whole number");
  CheckRefused(Replaced("134217728", "0"), "apps[1].limits.memory: expected 1 or more");
  CheckRefused(Replaced("\"apps\": [", "\"apps\": [3,"), "apps[0]: expected an object");
}

TEST_CASE("a snapshot's path can only be the digest's") {
  const std::string path = "snapshots/" + kDigest + ".snap";
  for (const std::string& other : std::vector<std::string>{
           "../" + path, "/etc/passwd", "snapshots/../x.snap", "./" + path, path + "/",
           "snapshots/" + std::string(64, 'e') + ".snap", std::string()}) {
    CheckRefused(Replaced(path, other), "apps[1].snapshot: expected 'snapshots/ccc");
  }
  CheckRefused(Replaced("\"digest\": \"" + kDigest, "\"digest\": \"../" + std::string(61, 'c')),
               "apps[1].digest: expected 64 hexadecimal digits");
}

TEST_CASE("apps that share what must be unique are refused") {
  CheckRefused(Replaced("\"name\": \"shop\"", "\"name\": \"blog\""), "two apps are named 'blog'");
  CheckRefused(Replaced("\"hosts\": []", "\"hosts\": [\"shop.example.com\"]"),
               "host 'shop.example.com' is listed twice");
  CheckRefused(Replaced("\"default\": false", "\"default\": true"),
               "'blog' and 'shop' are both default");
}

TEST_CASE("NANO's manifests are told from other ones") {
  CHECK(LooksLikeManifest(EncodeManifest(Example())));
  CHECK(LooksLikeManifest(Replaced("\"format\": 1", "\"format\": 2")));
  CHECK_FALSE(LooksLikeManifest(""));
  CHECK_FALSE(LooksLikeManifest("{"));
  CHECK_FALSE(LooksLikeManifest("[]"));
  CHECK_FALSE(LooksLikeManifest("{\"name\": \"My web app\", \"icons\": []}"));
  CHECK_FALSE(LooksLikeManifest("{\"format\": 1, \"apps\": []}"));
}

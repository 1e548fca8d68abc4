// Tests of what is said of the difference between two releases.
#include "server/deploy/release_diff.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

namespace nano::server {
namespace {

ServedApp AppOf(const std::string& name, const std::string& digest, AppVersion::Env env = {}) {
  auto version = std::make_shared<AppVersion>();
  version->name = name;
  version->digest = digest;
  version->bytes = 2'000;
  version->env = std::move(env);
  return {.version = version, .hosts = {name + ".test"}};
}

std::shared_ptr<const Release> ReleaseOf(std::vector<ServedApp> apps) {
  return *Release::Make(1, std::move(apps));
}

// With one change to the version.
template <typename Change>
ServedApp With(const ServedApp& app, Change change) {
  auto version = std::make_shared<AppVersion>(*app.version);
  change(*version);
  ServedApp changed = app;
  changed.version = version;
  return changed;
}

template <typename Change>
ServedApp OnTerms(ServedApp app, Change change) {
  change(app.terms);
  return app;
}

TEST_CASE("apps are added, removed, changed and unchanged", "[release_diff]") {
  ServedApp leaving = AppOf("leaving", "dddddddddddddddd");
  leaving.leaving = true;
  const auto base = ReleaseOf({AppOf("code", "aaaaaaaaaaaaaaaa"), AppOf("gone", "bbbbbbbbbbbbbbbb"),
                               AppOf("same", "cccccccccccccccc"), leaving});
  const auto found = CompareReleases(
      base.get(), {AppOf("code", "ffffffffffffffff"), AppOf("leaving", "dddddddddddddddd"),
                   AppOf("new", "eeeeeeeeeeeeeeee"), AppOf("same", "cccccccccccccccc")});
  REQUIRE(found.size() == 5);
  using Kind = AppDifference::Kind;
  CHECK(found[0].app == "code");
  CHECK(found[0].kind == Kind::kCode);
  CHECK(Describe(found[0]).starts_with("code changed: aaaaaaaaaaaa → ffffffffffff, "));
  CHECK(found[1].app == "gone");
  CHECK(Describe(found[1]) == "removed");
  CHECK(found[2].app == "leaving");  // It was as good as gone.
  CHECK(found[2].kind == Kind::kAdded);
  CHECK(found[3].app == "new");
  CHECK(Describe(found[3]).starts_with("added: eeeeeeeeeeee, "));
  CHECK(found[4].app == "same");
  CHECK(Describe(found[4]) == "unchanged");
  // Of those that are the very same nothing is said.
  CHECK(CompareReleases(base.get(), base->apps()).empty());
}

TEST_CASE("of a configuration the keys are said, and the values of all but variables",
          "[release_diff]") {
  const ServedApp app =
      With(AppOf("app", "aaaaaaaaaaaaaaaa", {{"A", "one"}, {"B", "gone"}, {"TOKEN", "hidden"}}),
           [](AppVersion& version) { version.secrets = {"TOKEN"}; });
  struct Row {
    ServedApp now;
    std::string said;
  };
  ServedApp other_host = app;
  other_host.hosts = {"other.test"};
  ServedApp is_default = app;
  is_default.is_default = true;
  const Row rows[] = {
      {app, "unchanged"},
      {other_host, "configuration changed: hosts app.test → other.test"},
      {is_default, "configuration changed: default (none) → true"},
      {With(app,
            [](AppVersion& v) {
              v.env = {{"A", "two"}, {"C", "new"}, {"TOKEN", "hidden"}};
            }),
       "configuration changed: env.A, env.B, env.C"},
      {With(app, [](AppVersion& v) { v.env[2].second = "changed"; }),
       "configuration changed: secrets"},
      {With(app, [](AppVersion& v) { v.secrets.clear(); }),
       "configuration changed: env.TOKEN, secrets"},
      {With(app,
            [](AppVersion& v) {
              v.services = {{"X", "y"}};
            }),
       "configuration changed: services.X (none) → y"},
      {OnTerms(app, [](AppTerms& t) { t.limits.memory += 1; }),
       "configuration changed: limits.memory 128MiB → 134217729B"},
      {With(app, [](AppVersion& v) { v.deployment.health = "/up"; }),
       "configuration changed: health (none) → /up"},
      {OnTerms(app, [](AppTerms& t) { t.drain_timeout += std::chrono::seconds(1); }),
       "configuration changed: drain_timeout 30s → 31s"},
      {OnTerms(app, [](AppTerms& t) { t.idle += std::chrono::seconds(1); }),
       "configuration changed: idle 0s → 1s"},
  };
  // A snapshot that is whole again has the digest that it had.
  const auto damaged = ReleaseOf({With(app, [](AppVersion& v) { v.refusal = "truncated"; })});
  const auto mended = CompareReleases(damaged.get(), {app});
  REQUIRE(mended.size() == 1);
  CHECK(Describe(mended[0]).starts_with("could not be served, and can be now: "));
  const auto base = ReleaseOf({app});
  for (const Row& row : rows) {
    CAPTURE(row.said);
    const auto found = CompareReleases(base.get(), {row.now});
    if (row.now == app) {
      CHECK(found.empty());
      continue;
    }
    REQUIRE(found.size() == 1);
    CHECK(Describe(found[0]) == row.said);
    CHECK(Describe(found[0]).find("hidden") == std::string::npos);
  }
}

TEST_CASE("without a release all apps are new", "[release_diff]") {
  const auto found = CompareReleases(nullptr, {AppOf("a", "aaaaaaaaaaaaaaaa")});
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == AppDifference::Kind::kAdded);
}

}  // namespace
}  // namespace nano::server

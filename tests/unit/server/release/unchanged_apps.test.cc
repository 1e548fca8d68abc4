// What a change of one app costs among many: the others are not looked at.
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/release/release_loader.h"
#include "tests/unit/server/test_dist.h"

namespace nano::server {
namespace {

// A dist with one app, and as many as there are to be beside it that came through the API.
class Many {
 public:
  explicit Many(int count) {
    dist_.Add("files", {"files.test"});
    for (int i = 0; i < count; ++i) {
      const std::string name = "app" + std::to_string(i);
      const std::string file = dist_.Add(name, {name + ".test"});
      files_[name] = file;
    }
    ServedFiles all = *ReadServedFiles(dist_.path(), {});
    for (const ServedFiles::App& app : all.apps) {
      if (app.entry.name == "files") continue;
      state.Put(
          StoredApp{.name = app.entry.name,
                    .code = StoredApp::Code{{app.entry.digest, app.entry.bytes}, ""},
                    .settings = {{{"hosts"}, Json(Json::Array{app.entry.name + ".test"}), ""}}});
      paths_[app.entry.digest] = files_[app.entry.name];
    }
    std::erase_if(all.apps, [](const auto& app) { return app.entry.name != "files"; });
    files = std::make_unique<const ServedFiles>(std::move(all));
  }

  // The next release, with `next` as the state. Counts the snapshots that were asked for.
  std::shared_ptr<const Release> Compose(const StoredState& next, const Release* base,
                                         const StoredState* before) {
    asked = 0;
    const ReleaseChanges changes{
        .state = next, .before = before, .snapshot_path = [this](const std::string& digest) {
          ++asked;
          return paths_.at(digest);
        }};
    Result<LoadedRelease> loaded = ComposeRelease(*files, changes, base, ids);
    if (!loaded.ok()) FAIL(loaded.error().ToString());
    CHECK(loaded->state == next);
    auto release = Release::Make(base == nullptr ? 1 : base->number() + 1, std::move(loaded->apps));
    if (!release.ok()) FAIL(release.error().ToString());
    return std::move(release).value();
  }

  StoredApp Entry(const std::string& name) const { return *state.Find(name); }

  std::unique_ptr<const ServedFiles> files;
  StoredState state;
  VersionIds ids;
  int asked = 0;

 private:
  TestDist dist_;
  std::map<std::string, std::string> files_, paths_;
};

size_t ChangesBetween(const Release& before, const Release& after) {
  size_t changes = 0;
  ForEachChange(&before, after, [&changes](const ServedApp*, const ServedApp*) { ++changes; });
  return changes;
}

TEST_CASE("of many apps the one that is changed is made anew, and the others are not looked at",
          "[release]") {
  Many many(20);
  const auto first = many.Compose(many.state, nullptr, nullptr);
  REQUIRE(first->apps().size() == 21);
  CHECK(many.asked == 20);

  StoredState next = many.state;
  StoredApp entry = many.Entry("app7");
  NoteSettings(entry, *Json::Parse(R"({"env":{"A":"1"}})"), nullptr);
  next.Put(entry);
  const auto second = many.Compose(next, first.get(), &many.state);
  CHECK(many.asked == 1);
  CHECK(ChangesBetween(*first, *second) == 1);
  CHECK(second->Find("app7")->version->env.size() == 1);
  CHECK(second->Find("app8")->version == first->Find("app8")->version);

  // Of other files, or who knows what, all are made anew, and are the same.
  const auto again = many.Compose(next, second.get(), nullptr);
  CHECK(many.asked == 20);
  CHECK(ChangesBetween(*second, *again) == 0);
}

TEST_CASE("other limits are no other version, but for what isolates are booted with", "[release]") {
  Many many(1);
  const auto first = many.Compose(many.state, nullptr, nullptr);
  const std::shared_ptr<const AppVersion> version = first->Find("app0")->version;
  const auto with = [&](const std::string& limits) {
    StoredState next = many.state;
    StoredApp entry = many.Entry("app0");
    NoteSettings(entry, *Json::Parse(limits), nullptr);
    next.Put(entry);
    return many.Compose(next, first.get(), &many.state);
  };
  for (const config::Key<config::AppLimits>& key : config::AppLimitKeys()) {
    CAPTURE(key.path);
    const uint64_t was = key.value.get(first->Find("app0")->terms.limits);
    config::AppLimits other;
    key.value.set(other,
                  key.path == "warn_at" || key.path == "log_line" ? was / 2 : was + (1 << 20));
    const std::string text = key.value.type == config::Type::kCount
                                 ? std::to_string(std::min<uint64_t>(key.value.get(other), 65'000))
                                 : '"' + key.value.show(other) + '"';
    const auto next = with(R"({"limits":{")" + key.path + R"(":)" + text + "}}");
    const ServedApp& app = *next->Find("app0");
    CHECK(key.value.get(app.terms.limits) != was);
    CHECK(ChangesBetween(*first, *next) == 1);
    CHECK((app.version == version) == (!key.path.ends_with("memory")));
  }
  const auto next = with(R"({"idle":"7s","drain_timeout":"8s"})");
  CHECK(next->Find("app0")->version == version);
  CHECK(next->Find("app0")->terms.idle == std::chrono::seconds(7));
  CHECK(next->Find("app0")->terms.drain_timeout == std::chrono::seconds(8));
}

TEST_CASE("an app that calls others is looked at when they change", "[release]") {
  Many many(3);
  StoredApp caller = many.Entry("app0");
  NoteSettings(caller, *Json::Parse(R"({"services":{"OTHER":"app1"}})"), nullptr);
  many.state.Put(caller);
  const auto first = many.Compose(many.state, nullptr, nullptr);
  StoredState next = many.state;
  next.Remove("app1");
  const ReleaseChanges changes{.state = next,
                               .before = &many.state,
                               .snapshot_path = [](const std::string&) { return std::string(); }};
  const auto loaded = ComposeRelease(*many.files, changes, first.get(), many.ids);
  REQUIRE_FALSE(loaded.ok());
  CHECK(loaded.error().message.find("services.OTHER: there is no app 'app1'") != std::string::npos);
}

TEST_CASE("the versions of a release are shared with the one before, and hosts that are the same",
          "[release]") {
  Many many(3);
  const auto first = many.Compose(many.state, nullptr, nullptr);
  std::vector<ServedApp> apps = first->apps();
  auto version = std::make_shared<AppVersion>(*apps[1].version);
  version->id = 1'000;
  apps[1].version = version;
  const auto swapped = *Release::Make(2, apps, first.get());
  CHECK(&swapped->hosts() == &first->hosts());
  apps[1].hosts = {"other.test"};
  const auto moved = *Release::Make(3, apps, swapped.get());
  CHECK(&moved->hosts() != &first->hosts());
  CHECK(moved->apps()[*moved->hosts().Find("other.test")].name() == apps[1].name());
  CHECK_FALSE(moved->hosts().Find("app1.test").has_value());
  apps.erase(apps.begin());
  const auto fewer = *Release::Make(4, apps, moved.get());
  CHECK(fewer->apps()[*fewer->hosts().Find("other.test")].name() == apps[0].name());
  CHECK(fewer->FindVersion(1'000) == version);
  apps[0].leaving = true;
  const auto leaving = *Release::Make(5, apps, fewer.get());
  CHECK(leaving->FindVersion(1'000) == nullptr);
  CHECK(leaving->FindAnyVersion(1'000) == version);
}

}  // namespace
}  // namespace nano::server

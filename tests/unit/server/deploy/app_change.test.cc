// Tests of what a change makes of what is kept of changes.
#include "server/deploy/app_change.h"

#include <catch2/catch.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace nano::server {
namespace {

const std::string kOld(64, 'a');
const std::string kNow(64, 'b');
const std::string kNext(64, 'c');

// An app of the files, "app", that is served with kNow, after kOld.
class Served {
 public:
  using Changed = std::variant<StoredApp, Outcome>;

  Served() {
    auto version = std::make_shared<AppVersion>();
    version->name = "app";
    version->digest = kNow;
    version->bytes = 2;
    std::vector<ServedApp> apps;
    apps.push_back({.version = version, .hosts = {"app.test"}});
    auto other = std::make_shared<AppVersion>();
    other->id = 1;
    other->name = "other";
    apps.push_back({.version = other, .hosts = {"other.test"}});
    release_ = *Release::Make(1, std::move(apps));
  }

  // The other one has been removed.
  void IsLast() {
    std::vector<ServedApp> apps = release_->apps();
    apps.back().leaving = true;
    release_ = *Release::Make(2, std::move(apps));
  }

  template <typename Action>
  Changed Apply(Action action, const std::string& app = "app",
                std::optional<StoredSnapshot> uploaded = std::nullopt) {
    AppChange change{.app = app};
    change.action = std::move(action);
    return ApplyChange(change, {.release = *release_,
                                .stored = app == "app" && stored ? &*stored : nullptr,
                                .files = app == "app" && in_files ? &files : nullptr,
                                .kept = {{.digest = kNow, .bytes = 2, .current = true},
                                         {.digest = kOld, .bytes = 1, .previous = true}},
                                .uploaded = std::move(uploaded)});
  }

  std::optional<StoredApp> stored;  // Of "app".
  bool in_files = true;
  const FileApp files{.name = "app", .digest = kNow, .config = Json(Json::Object())};

 private:
  std::shared_ptr<const Release> release_;
};

Outcome::Kind KindOf(const Served::Changed& changed) {
  REQUIRE(std::holds_alternative<Outcome>(changed));
  return std::get<Outcome>(changed).kind;
}

StoredApp EntryIn(Served::Changed changed) {
  REQUIRE(std::holds_alternative<StoredApp>(changed));
  return std::get<StoredApp>(std::move(changed));
}

TEST_CASE("what there is not cannot be changed", "[app_change]") {
  Served served;
  using Kind = Outcome::Kind;
  CHECK(KindOf(served.Apply(RemoveApp{}, "none")) == Kind::kNotFound);
  CHECK(KindOf(served.Apply(RollBack{"previous"}, "none")) == Kind::kNotFound);
  CHECK(KindOf(served.Apply(SetCanary{"previous", 1}, "none")) == Kind::kNotFound);
  CHECK(KindOf(served.Apply(EndCanary{}, "none")) == Kind::kNotFound);
  CHECK(KindOf(served.Apply(PromoteCanary{}, "none")) == Kind::kNotFound);
  CHECK(KindOf(served.Apply(PutApp{}, "none")) == Kind::kInvalid);
}

TEST_CASE("a rollback names a version by its digest, its first digits or as the previous one",
          "[app_change]") {
  for (const std::string& name :
       {kOld, std::string("aaaa"), std::string("AAAAAA"), std::string("previous")}) {
    CAPTURE(name);
    Served served;
    const StoredApp entry = EntryIn(served.Apply(RollBack{name}));
    REQUIRE(entry.code.has_value());
    CHECK(entry.code->snapshot == StoredSnapshot{kOld, 1});
    CHECK(entry.code->basis == kNow);
  }
  Served served;
  CHECK(KindOf(served.Apply(RollBack{"aaa"})) == Outcome::Kind::kInvalid);
  CHECK(KindOf(served.Apply(RollBack{"dddddd"})) == Outcome::Kind::kNotFound);
  CHECK(KindOf(served.Apply(RollBack{kNow})) == Outcome::Kind::kUnchanged);
}

TEST_CASE("a version that is none, or several, is told with those there are", "[app_change]") {
  const std::string one = "1234" + std::string(60, 'a');
  const std::string other = "1234" + std::string(59, 'a') + "b";
  const std::string third = "12" + std::string(62, 'c');
  const std::vector<KeptVersion> kept = {
      {.digest = one}, {.digest = other, .current = true}, {.digest = third}};
  const auto told = [](const std::string& name, const std::vector<KeptVersion>& versions) {
    return std::get<Outcome>(FindVersion(name, versions)).message;
  };
  CHECK(std::get<KeptVersion>(FindVersion(one, kept)).digest == one);
  CHECK(std::get<KeptVersion>(FindVersion("12CC", kept)).digest == third);
  // As many digits as tell them apart.
  CHECK(told("1234", kept) ==
        "'1234' are the first digits of several versions: " + one + ", " + other + " (current)");
  CHECK(told("9999", kept) ==
        "no version '9999' is kept; there are " + one + ", " + other + " (current), 12cccccccccc");
  CHECK(told("9999", {}) == "no version '9999' is kept; there are none");
  CHECK_THAT(told("123", kept), Catch::StartsWith("'123' names no version: it takes at least 4 "));
  CHECK_THAT(told("previous", kept), Catch::Contains("12cccccccccc"));
}

TEST_CASE("back to the files' version needs no code of its own", "[app_change]") {
  Served served;
  served.stored = StoredApp{.name = "app", .code = StoredApp::Code{{kOld, 1}, kNow}};
  const StoredApp entry = EntryIn(served.Apply(PutApp{}, "app", StoredSnapshot{kNow, 2}));
  CHECK_FALSE(entry.code.has_value());
}

TEST_CASE("an upload counts instead of the files, which it remembers", "[app_change]") {
  Served served;
  const StoredApp entry = EntryIn(served.Apply(PutApp{}, "app", StoredSnapshot{kNext, 3}));
  CHECK(entry.code->snapshot == StoredSnapshot{kNext, 3});
  CHECK(entry.code->basis == kNow);
  CHECK(entry.previous == StoredSnapshot{kNow, 2});
  const StoredApp made = EntryIn(served.Apply(PutApp{}, "new", StoredSnapshot{kNext, 3}));
  CHECK(made.name == "new");
  CHECK(made.code->basis.empty());
  CHECK_FALSE(made.previous.has_value());
}

TEST_CASE("a configuration that is given as a whole leaves secrets alone", "[app_change]") {
  const auto config = [](const char* text) { return *Json::Parse(text); };
  for (const bool has_variables : {true, false}) {
    CAPTURE(has_variables);
    Served served;
    served.stored = StoredApp{.name = "app"};
    NoteSecret(*served.stored, "TOKEN", "s3cret", &served.files);
    NoteSecret(*served.stored, "OTHER", "s3cret", &served.files);
    if (has_variables) NoteSettings(*served.stored, config(R"({"env":{"A":"1"}})"), &served.files);
    StoredApp entry = EntryIn(served.Apply(PutApp{.config = config(R"({"hosts":["app.test"]})")}));
    CHECK(entry.secrets.size() == 2);
    const Json now = ConfigWith(entry, served.files.config);
    CHECK((now.Find("env") == nullptr || now.Find("env")->object()->empty()));
    // One that is set openly, or taken away, is none any more.
    served.stored = entry;
    entry = EntryIn(served.Apply(PutApp{.config = config(R"({"env":{"TOKEN":"open"}})"),
                                        .secrets = {{"OTHER", std::nullopt}}}));
    CHECK(entry.secrets.empty());
    CHECK(ConfigWith(entry, served.files.config) == config(R"({"env":{"TOKEN":"open"}})"));
  }
}

TEST_CASE("a removal is kept only of what the files have", "[app_change]") {
  Served served;
  CHECK(EntryIn(served.Apply(RemoveApp{})).removed);
  served.in_files = false;
  served.stored = StoredApp{.name = "app", .code = StoredApp::Code{{kNow, 2}, ""}};
  CHECK(EntryIn(served.Apply(RemoveApp{})).empty());
  // A server without apps would not start again.
  served.IsLast();
  const auto last = served.Apply(RemoveApp{});
  CHECK(KindOf(last) == Outcome::Kind::kInvalid);
  CHECK_THAT(std::get<Outcome>(last).message, Catch::StartsWith("it is the only app"));
}

TEST_CASE("a canary is another version than the current one, and can become it", "[app_change]") {
  Served served;
  using Kind = Outcome::Kind;
  CHECK(KindOf(served.Apply(SetCanary{kNow, 10})) == Kind::kInvalid);
  CHECK(KindOf(served.Apply(SetCanary{kOld, 101})) == Kind::kInvalid);
  CHECK(KindOf(served.Apply(PromoteCanary{})) == Kind::kInvalid);
  CHECK(KindOf(served.Apply(EndCanary{})) == Kind::kUnchanged);
  StoredApp entry = EntryIn(served.Apply(SetCanary{"previous", 10}));
  CHECK(entry.canary->snapshot == StoredSnapshot{kOld, 1});
  CHECK(entry.canary->percent == 10);
  served.stored = entry;
  CHECK_FALSE(EntryIn(served.Apply(EndCanary{})).canary.has_value());
  const StoredApp promoted = EntryIn(served.Apply(PromoteCanary{}));
  CHECK_FALSE(promoted.canary.has_value());
  CHECK(promoted.code->snapshot == StoredSnapshot{kOld, 1});
  CHECK(promoted.previous == StoredSnapshot{kNow, 2});
}

}  // namespace
}  // namespace nano::server

// What holds for all rows: each number is read at its bounds and refused beyond them, and has a
// default within; each key of an app is merged.
#include "config/schema/key.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "config/schema/file.h"

using namespace nano;
using namespace nano::config;

namespace {

// A file with one value: "server: {limits: {body_bytes: 1}}".
std::string FileWith(std::string path, const std::string& value) {
  std::string text = value;
  for (size_t dot; (dot = path.rfind('.')) != std::string::npos; path.resize(dot)) {
    text = "{" + path.substr(dot + 1) + ": " + text + "}";
  }
  return path + ": " + text + "\n";
}

Result<FileFields> Parse(const std::string& text) {
  return ParseFile(std::make_shared<Source>(Source{"nano.yaml", text}));
}

// The table's settings are at `prefix` in a file, and at `member` in what is read of it.
template <typename S>
void CheckNumbers(const Table<S>& table, const std::string& prefix, S FileFields::*member) {
  for (const Key<S>& key : table) {
    if (!key.value.set) continue;
    CAPTURE(key.path);
    const auto [min, max] = key.value.bounds;
    const auto read = [&](uint64_t number) -> Result<uint64_t> {
      S settings;
      key.value.set(settings, number);
      const FileFields file = TRY(Parse(FileWith(prefix + key.path, key.value.show(settings))));
      return key.value.get(file.*member);
    };
    for (const uint64_t number : {min, max}) {
      const Result<uint64_t> got = read(number);
      REQUIRE(got.ok());
      CHECK(*got == number);
    }
    CHECK_FALSE(read(max + 1).ok());
    if (min > 0) CHECK_FALSE(read(min - 1).ok());
    const uint64_t by_default = key.value.get(S());
    CHECK((key.value.bounds.Hold(by_default) || !key.value.unset.empty()));
  }
}

}  // namespace

TEST_CASE("every number is read at its bounds, refused beyond, and has a default within") {
  CheckNumbers(ServerKeys(), "server.", &FileFields::server);
  CheckNumbers(BuildKeys(), "build.", &FileFields::build);
  CheckNumbers(AppKeys(AppScope::kDefaults), "defaults.", &FileFields::defaults);
  CheckNumbers(AppKeys(AppScope::kFile), "", &FileFields::self);
}

TEST_CASE("every number of an app is merged where it is stated, and only there") {
  for (const Key<AppSettings>& key : AppKeys(AppScope::kEntry)) {
    if (!key.value.set) continue;
    CAPTURE(key.path);
    AppSettings under;
    AppSettings over;
    key.value.set(under, key.value.bounds.min);
    key.value.set(over, key.value.bounds.min + 1);
    CHECK(key.value.get(Overlay(under, over)) == key.value.bounds.min);
    over.stated.Add(key.path, {});
    const AppSettings merged = Overlay(under, over);
    CHECK(key.value.get(merged) == key.value.bounds.min + 1);
    CHECK(merged.stated.Has(key.path));
  }
}

// What is written about keys agrees with the tables: nano.yaml, and docs/configuration.md, which
// NANO_UPDATE_DOCS=1 writes.
#include "tests/unit/config/schema/reference.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "base/file.h"
#include "config/schema/file.h"

namespace nano::config::testing {
namespace {

std::string Contents(const std::string& path) {
  Result<std::string> text = ReadFile(std::string(NANO_SOURCE_DIR) + "/" + path);
  if (!text.ok()) FAIL(text.error().ToString());
  return std::move(text).value();
}

// A key that all apps may have in common, in the other one of its two places.
std::string OtherPlace(const std::string& path) {
  constexpr std::string_view kDefaults = "defaults.";
  constexpr std::string_view kApps = "apps[].";
  if (path.starts_with(kDefaults)) return std::string(kApps) + path.substr(kDefaults.size());
  if (path.starts_with(kApps)) return std::string(kDefaults) + path.substr(kApps.size());
  return {};
}

// What is wrong with a documented example; empty: nothing.
std::vector<std::string> Disagreements(std::string_view example) {
  const std::vector<Described> rows = DescribedKeys();
  const std::vector<WrittenKey> written = WrittenKeys(example);
  const auto find = [&](const std::string& path) {
    return std::find_if(written.begin(), written.end(),
                        [&](const WrittenKey& key) { return key.path == path; });
  };
  std::vector<std::string> wrong;
  for (const Described& row : rows) {
    const auto found = find(row.path);
    if (found == written.end()) {
      if (find(OtherPlace(row.path)) == written.end()) {
        wrong.push_back("nano.yaml does not show " + row.path);
      }
    } else if (found->read_by != row.read_by) {
      wrong.push_back("nano.yaml:" + std::to_string(found->line) + ": " + row.path + " is [" +
                      row.read_by + "], not [" + found->read_by + "]");
    }
  }
  for (const WrittenKey& key : written) {
    const bool known = std::any_of(rows.begin(), rows.end(), [&](const Described& row) {
      return row.path == key.path || row.path.starts_with(key.path + ".") ||
             row.path.starts_with(key.path + "[].");
    });
    if (!known) {
      wrong.push_back("nano.yaml:" + std::to_string(key.line) + ": there is no key " + key.path);
    }
  }
  return wrong;
}

template <typename S>
void CheckSame(const Table<S>& table, const S& shown, const S& defaults) {
  for (const Key<S>& key : table) {
    CAPTURE(key.path);
    CHECK(key.value.show(shown) == key.value.show(defaults));
  }
}

TEST_CASE("nano.yaml shows every key there is, and no other, with who reads it", "[reference]") {
  for (const std::string& wrong : Disagreements(Contents("nano.yaml"))) FAIL_CHECK(wrong);
}

TEST_CASE("what nano.yaml leaves out, makes up or mistakes is found", "[reference]") {
  const std::string example = Contents("nano.yaml");
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string text = example;
    const size_t at = text.find(from);
    if (at == std::string::npos) FAIL("not in nano.yaml: " << from);
    std::string all;
    for (const std::string& wrong : Disagreements(text.replace(at, from.size(), to))) {
      all += wrong + "\n";
    }
    return all;
  };
  using Catch::Contains;
  CHECK_THAT(changed("    header_count: 100\n", ""), Contains("show server.limits.header_count"));
  CHECK_THAT(changed("    # entry: index.ts\n", ""), Contains("does not show apps[].entry"));
  CHECK_THAT(changed("        method: POST\n", ""), Contains("show apps[].warmup[].method"));
  CHECK_THAT(changed("  # workers: 4\n", "  # workers: 4\n  # threads: 4\n"),
             Contains("there is no key server.threads"));
  CHECK_THAT(changed("# [both] Unique;", "# [serve] Unique;"),
             Contains("apps[].name is [both], not [serve]"));
  CHECK_THAT(changed("# [serve] How to serve.", "# How to serve."),
             Contains("server.listen is [serve], not []"));
}

TEST_CASE("nano.yaml holds every default that it shows", "[reference]") {
  const auto file = ParseFile(std::make_shared<Source>(Source{"nano.yaml", Contents("nano.yaml")}));
  if (!file.ok()) FAIL(file.error().ToString());
  CheckSame(ServerKeys(), file->server, ServerSettings());
  CheckSame(BuildKeys(), file->build, BuildSettings());
  CheckSame(AppLimitKeys(), file->defaults.limits, AppLimits());
  REQUIRE(file->apps.has_value());
  CheckSame(OutboundKeys(), file->apps->front().outbound, OutboundSettings());
}

TEST_CASE("docs/configuration.md is made from the tables", "[reference]") {
  const std::string path = std::string(NANO_SOURCE_DIR) + "/docs/configuration.md";
  const std::string page = ReferencePage();
  if (std::getenv("NANO_UPDATE_DOCS") != nullptr) REQUIRE(WriteFileAtomically(path, page).ok());
  INFO("NANO_UPDATE_DOCS=1 nano-tests-config \"[reference]\" writes it.");
  for (const Described& row : DescribedKeys()) {
    // "apps[].warmup[].path" stands as "path" in a table of its own.
    const std::string name =
        row.path.substr(row.path.rfind("[].") == std::string::npos ? 0 : row.path.rfind("[].") + 3);
    if (row.path.starts_with("defaults.")) continue;
    if (Contents("docs/configuration.md").find("| `" + name + "` |") == std::string::npos) {
      FAIL_CHECK("docs/configuration.md does not have " + row.path);
    }
  }
  CHECK(Contents("docs/configuration.md") == page);
}

}  // namespace
}  // namespace nano::config::testing

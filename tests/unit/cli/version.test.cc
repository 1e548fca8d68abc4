// One version, however it is asked for.
#include "cli/version.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/version.h"

using namespace nano;

TEST_CASE("package.json has the version of CMakeLists.txt") {
  std::ifstream file(NANO_SOURCE_DIR "/package.json");
  const auto package = nlohmann::json::parse(file);
  CHECK(package.at("version") == std::string(Version()));
}

TEST_CASE("both programs name their version and their engine in one form") {
  const std::string rest =
      " " + std::string(Version()) + R"( \(V8 \d+\.\d+\.[^ ]+, engine \d+\.\d+\.\d+\))";
  CHECK_THAT(cli::VersionLine("nano"), Catch::Matches("nano" + rest));
  CHECK_THAT(cli::VersionLine("nanoc"), Catch::Matches("nanoc" + rest));
}

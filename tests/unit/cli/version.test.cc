// One version, however it is asked for.
#include "cli/version.h"

#include <catch2/catch.hpp>

#include "base/file.h"
#include "base/json_fields.h"
#include "base/version.h"

using namespace nano;

TEST_CASE("package.json has the version of CMakeLists.txt") {
  const std::string text = ReadFile(NANO_SOURCE_DIR "/package.json").value();
  CHECK(TextOf(Json::Parse(text).value(), "version") == Version());
}

TEST_CASE("both programs name their version and their engine in one form") {
  const std::string rest =
      " " + std::string(Version()) + R"( \(V8 \d+\.\d+\.[^ ]+, engine \d+\.\d+\.\d+\))";
  CHECK_THAT(cli::VersionLine("nano"), Catch::Matches("nano" + rest));
  CHECK_THAT(cli::VersionLine("nanoc"), Catch::Matches("nanoc" + rest));
}

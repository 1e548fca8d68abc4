// Random and mutated configurations: whatever the bytes, the answer is a Config or an Error with a
// message. Bounded, and seeded, so that a failure comes back.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "config/schema/file.h"
#include "tests/unit/mutation.h"

using namespace nano;
using namespace nano::config;
using nano::testing::Below;
using nano::testing::Mutated;
using nano::testing::Random;

namespace {

// What YAML gives a meaning to, and words of the schema.
const std::vector<std::string>& Pieces() {
  static const std::vector<std::string> pieces = {":",
                                                  ": ",
                                                  "- ",
                                                  "\n",
                                                  "\n  ",
                                                  "\n    ",
                                                  "[",
                                                  "]",
                                                  "{",
                                                  "}",
                                                  ",",
                                                  "'",
                                                  "\"",
                                                  "\\",
                                                  "|",
                                                  "|+2",
                                                  ">-",
                                                  "&a ",
                                                  "*a",
                                                  "!!str ",
                                                  "!x ",
                                                  "%YAML 1.2\n",
                                                  "---",
                                                  "...",
                                                  "#",
                                                  " #",
                                                  "? ",
                                                  "<<: ",
                                                  "~",
                                                  "null",
                                                  "true",
                                                  "-1",
                                                  "1e999",
                                                  "0x",
                                                  "\t",
                                                  "\r",
                                                  "\r\n",
                                                  "\xEF\xBB\xBF",
                                                  "\xFF",
                                                  "\x80",
                                                  "\xE2\x80\xA8",
                                                  "\\x00",
                                                  "\\uD800",
                                                  "\\U00110000",
                                                  "server:",
                                                  "apps:",
                                                  "path: ",
                                                  "name: ",
                                                  "hosts: ",
                                                  "env: ",
                                                  "${",
                                                  "}",
                                                  "warmup: ",
                                                  "limits: ",
                                                  "memory: ",
                                                  "64MiB",
                                                  "listen: ",
                                                  "[::1]:80",
                                                  "*.a.com",
                                                  "99999999999999999999",
                                                  "`",
                                                  "@"};
  return pieces;
}

std::string Soup(Random& random) {
  std::string text;
  for (size_t i = Below(random, 60); i > 0; --i) text += Pieces()[Below(random, Pieces().size())];
  return text;
}

// True if it was accepted.
bool Try(const std::string& text) {
  const Result<FileFields> file = ParseFile(std::make_shared<Source>(Source{"f.yaml", text}));
  if (file.ok()) return true;
  if (file.error().message.empty() || !file.error().where.starts_with("f.yaml")) {
    FAIL("an error without message or place for: " << text);
  }
  return false;
}

}  // namespace

TEST_CASE("random texts are a configuration or an error") {
  Random random(1);
  for (int i = 0; i < 20'000; ++i) Try(Soup(random));
  for (int i = 0; i < 5'000; ++i) {
    std::string bytes(Below(random, 100), '\0');
    for (char& c : bytes) c = static_cast<char>(Below(random, 256));
    Try(bytes);
  }
}

TEST_CASE("mutations of the documented example are a configuration or an error") {
  std::ifstream stream(std::string(NANO_SOURCE_DIR) + "/nano.yaml");
  std::ostringstream text;
  text << stream.rdbuf();
  std::string example = text.str();
  REQUIRE(Try(example));
  // Without its comments, mutations hit what has a meaning.
  std::string bare;
  std::istringstream lines(example);
  for (std::string line; std::getline(lines, line);) {
    line.resize(std::min(line.find('#'), line.size()));
    if (line.find_first_not_of(' ') != std::string::npos) bare += line + "\n";
  }
  REQUIRE(Try(bare));
  Random random(2);
  int accepted = 0;
  constexpr int kRuns = 4'000;
  for (int i = 0; i < kRuns; ++i)
    accepted += Try(Mutated(random, bare, Pieces(), 4, 40, 200)) ? 1 : 0;
  // Mutations that are all refused, or all accepted, would test little.
  CHECK(accepted > 0);
  CHECK(accepted < kRuns);
}

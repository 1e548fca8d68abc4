// Times and lists in words.
#include "cli/nano/ctl/words.h"

#include <catch2/catch.hpp>

namespace nano::cli::ctl {
namespace {

TEST_CASE("times are read as the server writes them, and as nothing else") {
  CHECK(ParseTime("1970-01-01T00:00:01.500Z") == 1500);
  CHECK(ParseTime("2026-01-31T14:03:07.123Z") == 1'769'868'187'123);
  CHECK(ParseTime("") == 0);
  CHECK(ParseTime("2026-01-31") == 0);
  CHECK(ParseTime("2026-01-31T14:03:07.123+01:00") == 0);
}

TEST_CASE("how long ago it was is said in one unit") {
  const auto age = [](int64_t seconds) {
    return AgeAt("1970-01-01T00:00:01.000Z", 1000 + seconds * 1000);
  };
  CHECK(age(0) == "0 s");
  CHECK(age(-5) == "0 s");
  CHECK(age(119) == "119 s");
  CHECK(age(120) == "2 min");
  CHECK(age(7199) == "119 min");
  CHECK(age(7200) == "2 h");
  CHECK(age(172'800) == "2 d");
  CHECK(AgeAt("", 1).empty());
}

TEST_CASE("texts of several lines are indented, and cannot steer a terminal") {
  CHECK(Indented("a\nb", "  ") == "  a\n  b\n");
  CHECK(Indented("", "  ").empty());
  CHECK(Indented("\x1b[2Ja", "> ").find('\x1b') == std::string::npos);
  CHECK(FirstLine("a\nb") == "a …");
  CHECK(FirstLine("a\n") == "a");
  CHECK(Counted(1, "stream", "streams") == "1 stream");
  CHECK(Counted(0, "stream", "streams") == "0 streams");
  CHECK(Joined({"a", "b"}) == "a, b");
}

}  // namespace
}  // namespace nano::cli::ctl

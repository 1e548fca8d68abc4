// The words that are suggested for misspelt ones.
#include "config/yaml/suggest.h"

#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <vector>

using namespace nano;
using namespace nano::config;

TEST_CASE("the nearest word is suggested, if any is near") {
  const std::vector<std::string_view> words = {"hosts", "path", "entry", "env", "limits"};
  CHECK(Nearest("hostz", words) == "hosts");
  CHECK(Nearest("host", words) == "hosts");
  CHECK(Nearest("Path", words) == "path");
  CHECK(Nearest("apth", words) == "path");
  CHECK(Nearest("limit", words) == "limits");
  CHECK(Nearest("xyz", words).empty());
  CHECK(Nearest("", words).empty());
  CHECK(Nearest(std::string(10'000, 'h'), words).empty());
  CHECK(Suggest("hostz", words) == "Did you mean 'hosts'?");
  CHECK(Suggest("xyz", words) == "Known here: hosts, path, entry, env, limits.");
}

// The codes that a call to another server can fail with: docs/outbound.md says of each what to do,
// and of no others.
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/layers/sources.h"

namespace nano::layers {
namespace {

std::set<std::string> Matches(const std::string& file, const std::regex& pattern) {
  std::ifstream stream(Root() / file);
  const std::string text((std::istreambuf_iterator<char>(stream)), {});
  std::set<std::string> all;
  for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match) {
    all.insert((*match)[1]);
  }
  return all;
}

}  // namespace

TEST_CASE("the codes of calls that fail are those that are documented") {
  const std::string code = "(ERR_[A-Z_]+|EAI_[A-Z]+|E[A-Z]{5,})";
  std::vector<std::string> files =
      FilesBelow({"http/client", "net/tls", "runtime/outbound", "server/outbound"}, {".cc"});
  for (std::string& file : FilesBelow({"runtime/web/fetch"}, {".ts"})) files.push_back(file);
  std::set<std::string> made;
  for (const std::string& file : files) made.merge(Matches(file, std::regex("\"" + code + "\"")));
  CHECK(made.size() > 15);
  const std::set<std::string> told =
      Matches("docs/outbound.md", std::regex("`" + code + "`(?=[^\n]*\\|)"));
  for (const std::string& name : made) {
    if (!told.contains(name)) FAIL_CHECK("docs/outbound.md does not say what to do about " << name);
  }
  for (const std::string& name : told) {
    if (!made.contains(name)) FAIL_CHECK("docs/outbound.md has " << name << ", which nobody makes");
  }
}

}  // namespace nano::layers

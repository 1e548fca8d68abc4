// Sources that nobody builds: each .cc file of a layer is to be named in a CMakeLists.txt there,
// for the lists are written by hand.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>

namespace {

namespace fs = std::filesystem;

// The words of a text that end in ".cc".
std::set<std::string> SourcesIn(std::istream& text) {
  std::set<std::string> sources;
  for (std::string word; text >> word;) {
    if (word.ends_with(')')) word.pop_back();
    if (word.ends_with(".cc")) sources.insert(word);
  }
  return sources;
}

struct Sources {
  std::set<fs::path> files;   // That there are.
  std::set<fs::path> listed;  // By the lists.
};

Sources SourcesBelow(const fs::path& layer) {
  Sources sources;
  for (const auto& entry : fs::recursive_directory_iterator(layer)) {
    if (entry.path().extension() == ".cc") sources.files.insert(entry.path());
    if (entry.path().filename() != "CMakeLists.txt") continue;
    std::ifstream text(entry.path());
    for (const std::string& source : SourcesIn(text)) {
      sources.listed.insert((entry.path().parent_path() / source).lexically_normal());
    }
  }
  return sources;
}

}  // namespace

TEST_CASE("every source of a layer is in its list") {
  const fs::path root = NANO_SOURCE_DIR;
  // Compiled for each program anew: cmake/EngineProgram.cmake names them.
  const std::set<fs::path> elsewhere = {root / "runtime/engine/entry.cc",
                                        root / "runtime/engine/launcher.cc"};
  size_t count = 0;
  for (const char* layer :
       {"base", "config", "net", "http", "runtime", "snapshot", "compiler", "server", "cli"}) {
    const Sources sources = SourcesBelow(root / layer);
    count += sources.files.size();
    for (const fs::path& file : sources.files) {
      if (sources.listed.contains(file) || elsewhere.contains(file)) continue;
      FAIL_CHECK(file.string() + " is in no list: name it in " + layer + "/CMakeLists.txt");
    }
  }
  CHECK(count > 100);
}

TEST_CASE("lists are read however they are written") {
  std::istringstream text("add_library(x STATIC\n  a.cc\n  b/c.cc)\nadd(y SOURCES d.cc OTHER e)");
  CHECK(SourcesIn(text) == std::set<std::string>{"a.cc", "b/c.cc", "d.cc"});
}

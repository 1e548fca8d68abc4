// The rules that hold for folders of any depth: no circles of includes between them, and unit tests
// that lie where their sources do. Both are computed from the tree, whatever folders there are.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/unit/layers/folder_graph.h"
#include "tests/unit/layers/sources.h"

namespace nano::layers {
namespace {

namespace fs = std::filesystem;

// Folders at the top that are not the programs' sources.
bool HasSources(const fs::path& folder) {
  const std::string name = folder.filename().string();
  return fs::exists(folder / "CMakeLists.txt") && name != "tests" && name != "build";
}

// The folders that C++ sources lie in, at the top.
std::vector<std::string> SourceFolders() {
  std::vector<std::string> folders;
  for (const auto& entry : fs::directory_iterator(Root())) {
    if (entry.is_directory() && HasSources(entry.path())) {
      folders.push_back(entry.path().filename().string());
    }
  }
  return folders;
}

std::string Told(const std::vector<Include>& circle) {
  std::string text;
  for (const Include& include : circle) text += "\n  " + include.Place();
  return text;
}

std::vector<Include> CircleIn(const std::vector<Include>& includes, size_t depth) {
  return FolderGraph(includes, depth).Circle();
}

}  // namespace

TEST_CASE("no folders include each other in a circle") {
  const std::vector<Include> includes = IncludesOf(FilesBelow(SourceFolders(), {".h", ".cc"}));
  REQUIRE(includes.size() > 500);
  // A circle of deep folders may be none of those above them, and the other way round.
  for (size_t depth = 1; depth <= 4; ++depth) {
    const FolderGraph graph(includes, depth);
    REQUIRE(graph.size() > 4);
    INFO("Folders of " << depth << " levels; break one of these:" << Told(graph.Circle()));
    CHECK(graph.Circle().empty());
  }
}

TEST_CASE("circles are found, and only they are") {
  const Include up{"a/x/one.cc", 1, "a/y/two.h", true};
  const Include down{"a/y/two.h", 1, "a/x/three.h", true};
  const Include far{"a/y/two.cc", 1, "b/z/four.h", true};
  const Include back{"b/z/four.cc", 1, "a/x/one.h", true};
  const Include top{"a/x/one.cc", 2, "a/top.h", true};
  const Include library{"b/z/four.cc", 2, "a/x/foreign.h", false};
  CHECK(CircleIn({up, far, top, library}, 2).empty());
  CHECK(CircleIn({up, down}, 2).size() == 2);
  CHECK(CircleIn({up, down}, 1).empty());
  CHECK(CircleIn({up, far, back}, 2).size() == 3);
  CHECK(CircleIn({far, back}, 1).size() == 2);
  // What leads into a circle is not told.
  const Include into{"c/five.cc", 1, "a/x/one.h", true};
  CHECK(CircleIn({into, up, down}, 2).size() == 2);
  CHECK(Told(CircleIn({up, down}, 2)) ==
        "\n  a/x/one.cc:1: #include \"a/y/two.h\n  a/y/two.h:1: #include \"a/x/three.h");
}

TEST_CASE("a file's folder, down to a depth") {
  CHECK(FolderAt("runtime/native/url/ada.h", 1) == "runtime");
  CHECK(FolderAt("runtime/native/url/ada.h", 2) == "runtime/native");
  CHECK(FolderAt("runtime/native/url/ada.h", 3) == "runtime/native/url");
  CHECK(FolderAt("runtime/native/url/ada.h", 4) == "runtime/native/url");
  CHECK(FolderAt("runtime/image.h", 2) == "runtime");
}

TEST_CASE("unit tests lie in folders of the names that their sources' folders have") {
  const fs::path units = Root() / "tests/unit";
  size_t folders = 0;
  for (const auto& entry : fs::recursive_directory_iterator(units)) {
    if (!entry.is_directory()) continue;
    const std::string folder = fs::relative(entry.path(), units).string();
    if (folder == "layers") continue;  // The tests of the whole.
    ++folders;
    if (!fs::is_directory(Root() / folder)) {
      FAIL_CHECK("tests/unit/" + folder + "/ tests nothing: there is no " + folder + "/");
    }
  }
  CHECK(folders > 5);
}

}  // namespace nano::layers

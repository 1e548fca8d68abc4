// Paths and names of files.
#include "assets/asset_path.h"

#include <catch2/catch.hpp>
#include <string>

namespace nano::assets {
namespace {

TEST_CASE("paths are normalized as the URL Standard's parser does it", "[assets]") {
  struct Case {
    const char* target;
    const char* path;
  };
  const Case cases[] = {
      {"/", "/"},
      {"", "/"},
      {"/a/b", "/a/b"},
      {"/a/b?c/../d#e", "/a/b"},
      {"/a/./b", "/a/b"},
      {"/a/../b", "/b"},
      {"/../../etc/passwd", "/etc/passwd"},
      {"/a/..", "/"},
      {"/a/.", "/a/"},
      {"/a/%2e%2E/b", "/b"},
      {"/a/.%2e/b", "/b"},
      {"/a/%2e", "/a/"},
      {"/a/...", "/a/..."},
      {"/a\\..\\b", "/b"},
      {"\\\\evil/", "//evil/"},
      {"//evil.example/x", "//evil.example/x"},
      {"/a//../b", "/a/b"},
      {"/a b\"c", "/a%20b%22c"},
      {"/\xC3\xBC", "/%C3%BC"},
      {"/[x]", "/[x]"},
      {"/%zz%", "/%zz%"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.target);
    CHECK(NormalizePath(one.target) == one.path);
  }
}

TEST_CASE("paths are decoded segment by segment, and names encoded", "[assets]") {
  CHECK(DecodePath("/a/b.html") == "/a/b.html");
  CHECK(DecodePath("/") == "/");
  CHECK(DecodePath("/a/") == "/a/");
  CHECK(DecodePath("//a///b") == "/a/b");
  CHECK(DecodePath("/%5Bx%5D") == "/[x]");
  CHECK(DecodePath("/%C3%BC") == "/\xC3\xBC");
  CHECK(DecodePath("/%C3/ok%20") == "/%C3/ok ");           // Not UTF-8: as it is.
  CHECK(DecodePath("/a%2Fb") == std::string("/a\0b", 4));  // No slash between segments.
  CHECK(DecodePath("/%2e%2e/x") == "/../x");               // Of one that was not normalized.
  CHECK(EncodePath("/[x]") == "/%5Bx%5D");
  CHECK(EncodePath("/\xC3\xBC b") == "/%C3%BC%20b");
  CHECK(EncodePath("/%5Bx") == "/%255Bx");
}

TEST_CASE("plain paths are their own names", "[assets]") {
  for (const char* plain : {"/", "/index.html", "/a/b-c_d~e!f*g'h(i).js", "/a/"}) {
    CAPTURE(plain);
    REQUIRE(IsPlain(plain));
    CHECK(NormalizePath(plain) == plain);
    CHECK(DecodePath(plain) == plain);
    CHECK(EncodePath(plain) == plain);
  }
  for (const char* other :
       {"", "a", "//a", "/a//b", "/a/../b", "/./a", "/.well-known", "/a%20", "/a?b", "/[a]"}) {
    CAPTURE(other);
    CHECK_FALSE(IsPlain(other));
  }
}

}  // namespace
}  // namespace nano::assets

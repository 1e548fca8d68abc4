// Which file a path means, under each setting.
#include "assets/html_handling.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace nano::assets {
namespace {

using config::HtmlHandling;
using config::NotFoundHandling;
using Kind = Resolution::Kind;

Resolution Of(const std::vector<std::string>& files, const std::string& path, HtmlHandling html,
              NotFoundHandling not_found = NotFoundHandling::kNone) {
  return Resolve(path, html, not_found, [&files](std::string_view name) {
    return std::find(files.begin(), files.end(), name) != files.end();
  });
}

// "200 /file", "307 /path", "404".
std::string Text(const Resolution& resolution) {
  switch (resolution.kind) {
    case Kind::kFile:
      return "200 " + resolution.name;
    case Kind::kRedirect:
      return "307 " + resolution.name;
    case Kind::kNotFound:
      return "404 " + resolution.name;
    case Kind::kFallback:
      return "fallback " + resolution.name;
    case Kind::kNothing:
      break;
  }
  return "404";
}

struct Case {
  const char* path;
  const char* automatic;
  const char* force;
  const char* drop;
  const char* none;
};

void Check(const std::vector<std::string>& files, const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    CAPTURE(files, one.path);
    CHECK(Text(Of(files, one.path, HtmlHandling::kAutoTrailingSlash)) == one.automatic);
    CHECK(Text(Of(files, one.path, HtmlHandling::kForceTrailingSlash)) == one.force);
    CHECK(Text(Of(files, one.path, HtmlHandling::kDropTrailingSlash)) == one.drop);
    CHECK(Text(Of(files, one.path, HtmlHandling::kNone)) == one.none);
  }
}

TEST_CASE("a folder's page", "[assets]") {
  Check({"/docs/index.html"},
        {{"/docs", "307 /docs/", "307 /docs/", "200 /docs/index.html", "404"},
         {"/docs/", "200 /docs/index.html", "200 /docs/index.html", "307 /docs", "404"},
         {"/docs/index", "307 /docs/", "307 /docs/", "307 /docs", "404"},
         {"/docs/index.html", "307 /docs/", "307 /docs/", "307 /docs", "200 /docs/index.html"},
         {"/docs.html", "307 /docs/", "307 /docs/", "307 /docs", "404"},
         {"/docs/x", "404", "404", "404", "404"}});
}

TEST_CASE("a file's page", "[assets]") {
  Check({"/about.html"},
        {{"/about", "200 /about.html", "307 /about/", "200 /about.html", "404"},
         {"/about/", "307 /about", "200 /about.html", "307 /about", "404"},
         {"/about.html", "307 /about", "307 /about/", "307 /about", "200 /about.html"},
         {"/about/index", "307 /about", "307 /about/", "307 /about", "404"},
         {"/about/index.html", "307 /about", "307 /about/", "307 /about", "404"}});
}

TEST_CASE("the root's page", "[assets]") {
  Check({"/index.html"}, {{"/", "200 /index.html", "200 /index.html", "200 /index.html", "404"},
                          {"/index", "307 /", "307 /", "307 /", "404"},
                          {"/index.html", "307 /", "307 /", "307 /", "200 /index.html"}});
}

TEST_CASE("both forms of a page", "[assets]") {
  Check({"/both.html", "/both/index.html"},
        {{"/both", "200 /both.html", "307 /both/", "200 /both.html", "404"},
         {"/both/", "200 /both/index.html", "200 /both/index.html", "307 /both", "404"},
         {"/both.html", "307 /both", "200 /both.html", "307 /both", "200 /both.html"},
         {"/both/index", "307 /both/", "307 /both/", "307 /both", "404"},
         {"/both/index.html", "307 /both/", "307 /both/", "200 /both/index.html",
          "200 /both/index.html"}});
}

TEST_CASE("files of the very name come first", "[assets]") {
  Check({"/bin", "/bin.html", "/x/index"},
        {{"/bin", "200 /bin", "200 /bin", "200 /bin", "200 /bin"},
         {"/bin.html", "200 /bin.html", "307 /bin/", "200 /bin.html", "200 /bin.html"},
         {"/x/index", "200 /x/index", "200 /x/index", "200 /x/index", "200 /x/index"},
         {"/nothing", "404", "404", "404", "404"}});
}

TEST_CASE("where there is no file", "[assets]") {
  const auto with = [](const std::vector<std::string>& files, const std::string& path,
                       NotFoundHandling how) {
    return Text(Of(files, path, HtmlHandling::kAutoTrailingSlash, how));
  };
  const std::vector<std::string> files = {"/404.html", "/a/404.html", "/index.html"};
  CHECK(with(files, "/x", NotFoundHandling::k404Page) == "404 /404.html");
  CHECK(with(files, "/x/y/z", NotFoundHandling::k404Page) == "404 /404.html");
  CHECK(with(files, "/a/b", NotFoundHandling::k404Page) == "404 /a/404.html");
  CHECK(with(files, "/a/b/c/", NotFoundHandling::k404Page) == "404 /a/404.html");
  CHECK(with({}, "/a/b", NotFoundHandling::k404Page) == "404");
  CHECK(with(files, "/a/b", NotFoundHandling::kSinglePageApplication) == "fallback /index.html");
  CHECK(with({}, "/a/b", NotFoundHandling::kSinglePageApplication) == "404");
  CHECK(with(files, "/a/b", NotFoundHandling::kNone) == "404");
}

}  // namespace
}  // namespace nano::assets

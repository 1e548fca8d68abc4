// `_redirects` and `_headers`, and the patterns in them.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "assets/header_rules.h"
#include "assets/redirects.h"
#include "assets/rule_pattern.h"

namespace nano::assets {
namespace {

// "name=value ..." of what matched, or "no".
std::string Matched(const std::string& pattern, const std::string& subject) {
  Result<RulePattern> parsed = RulePattern::Parse(pattern);
  if (!parsed.ok()) return parsed.error().message;
  const std::optional<Captures> captures = parsed->Match(subject);
  if (!captures) return "no";
  std::string text;
  for (const auto& [name, value] : *captures)
    text += std::string(name) + "=" + std::string(value) + " ";
  return text;
}

TEST_CASE("patterns match whole paths", "[assets]") {
  CHECK(Matched("/a", "/a").empty());
  CHECK(Matched("/a", "/a/") == "no");
  CHECK(Matched("/*", "/").starts_with("splat= "));
  CHECK(Matched("/blog/*", "/blog/2024/x") == "splat=2024/x ");
  CHECK(Matched("/blog/*", "/blog") == "no");
  CHECK(Matched("/*.js", "/a/b.js") == "splat=a/b ");
  CHECK(Matched("/users/:id", "/users/7") == "id=7 ");
  CHECK(Matched("/users/:id", "/users/7/edit") == "no");
  CHECK(Matched("/users/:id", "/users/") == "no");
  CHECK(Matched("/:a/:b_2", "/x/y") == "a=x b_2=y ");
  CHECK(Matched("/:id/:id_2", "/x/y") == "id=x id_2=y ");
  CHECK(Matched("/:a-:b", "/x-y-z") == "a=x-y b=z ");
  CHECK(Matched("/:a.html", "/x.html") == "a=x ");
  CHECK(Matched("/x:1", "/x:1").empty());
  CHECK(Matched("https://:sub.example.com/*", "https://www.example.com/p") == "sub=www splat=p ");
  CHECK(Matched("https://:sub.example.com/*", "https://a.b.example.com/p") == "no");
  CHECK(Matched("/*/*", "/a/b") == "there can be only one `*`");
  CHECK(Matched("/:a/:a", "/a/b") == "there are two `:a`");
}

TEST_CASE("no pattern takes long", "[assets]") {
  std::string pattern = "/";
  for (char c = 'a'; c <= 'z'; ++c) pattern += std::string(":") + c + "-";
  CHECK(Matched(pattern + "!", "/" + std::string(4000, '-')) == "no");
}

TEST_CASE("globs of run_worker_first", "[assets]") {
  CHECK(MatchesGlob("/api/*", "/api/x"));
  CHECK_FALSE(MatchesGlob("/api/*", "/api"));
  CHECK(MatchesGlob("/*/edit", "/a/b/edit"));
  CHECK(MatchesGlob("*", "/x"));
  CHECK(MatchesGlob("/a*b*c", "/a-b-b-c"));
  CHECK_FALSE(MatchesGlob("/a*b*c", "/a-c"));
}

std::string Found(const Redirects& redirects, const std::string& path) {
  const std::optional<Destination> found = redirects.Find(path);
  return found ? std::to_string(found->status) + " " + found->to : "none";
}

TEST_CASE("redirects", "[assets]") {
  std::vector<Error> warnings;
  const Redirects redirects = Redirects::Parse(
      "# Comment\n"
      "/old /new\r\n"
      "  /gone   https://other.example/x?y#z  301 # moved\n"
      "/blog/* /posts/:splat 308\n"
      "/later /first 307\n"
      "/users/:id /people/:id?from=users 303\n"
      "/home/* /app.html 200\n"
      "/fragment /x#part\n",
      "_redirects", config::HtmlHandling::kAutoTrailingSlash, warnings);
  CHECK(warnings.empty());
  CHECK(Found(redirects, "/old") == "302 /new");
  CHECK(Found(redirects, "/gone") == "301 https://other.example/x?y#z");
  CHECK(Found(redirects, "/blog/a/b") == "308 /posts/a/b");
  CHECK(Found(redirects, "/blog//evil.example") == "308 /posts/evil.example");
  CHECK(Found(redirects, "/later") == "307 /first");
  CHECK(Found(redirects, "/users/7") == "303 /people/7?from=users");
  CHECK(Found(redirects, "/home/x/y") == "200 /app.html");
  CHECK(Found(redirects, "/fragment") == "302 /x#part");
  CHECK(Found(redirects, "/other") == "none");
}

TEST_CASE("redirects that are none are told", "[assets]") {
  const char* lines[] = {
      "/one",         "/a /b 302 4",
      "/a /b 404",    "https://here.example/a /b",
      "/a b",         "/a ftp://b/",
      "/a/*/* /b",    "/* /index.html",
      "/x/ /x/index", "/a https://b.example/ 200",
  };
  for (const char* line : lines) {
    CAPTURE(line);
    std::vector<Error> warnings;
    const Redirects redirects = Redirects::Parse(
        std::string("\n") + line, "_redirects", config::HtmlHandling::kAutoTrailingSlash, warnings);
    CHECK(redirects.empty());
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0].where == "_redirects:2");
  }
  std::vector<Error> warnings;
  (void)Redirects::Parse("/a /b\n/a /c\n" + std::string(3000, 'x'), "_redirects",
                         config::HtmlHandling::kNone, warnings);
  CHECK(warnings.size() == 2);
}

std::string Fields(const HeaderRules& rules, const std::string& path) {
  FieldList fields = {{"content-type", "text/html"}, {"cache-control", "own"}};
  rules.Apply("shop.example", path, fields);
  std::string text;
  for (const auto& [name, value] : fields) text += name + ": " + value + "\n";
  return text;
}

TEST_CASE("header rules", "[assets]") {
  std::vector<Error> warnings;
  const HeaderRules rules = HeaderRules::Parse(
      "# Comment\n"
      "/*\n"
      "  X-Frame-Options: DENY\n"
      "  X-Many: 1\n"
      "  X-Many: 2\n"
      "/static/*\n"
      "  Cache-Control: public\n"
      "  X-Many: 3\n"
      "  X-Path: :splat\n"
      "/static/raw\n"
      "  ! X-Frame-Options\n"
      "https://shop.example/only\n"
      "  X-Here: yes\n",
      "_headers", warnings);
  CHECK(warnings.empty());
  CHECK(Fields(rules, "/x") ==
        "content-type: text/html\ncache-control: own\nx-frame-options: DENY\nx-many: 1, 2\n");
  CHECK(Fields(rules, "/static/raw") ==
        "content-type: text/html\ncache-control: public\nx-many: 1, 2, 3\nx-path: raw\n");
  CHECK(Fields(rules, "/only").ends_with("x-here: yes\n"));
}

TEST_CASE("header rules that are none are told", "[assets]") {
  const char* texts[] = {
      "X-Early: 1",
      "/a",
      "/a\n  no colon",
      "/a\n  : value",
      "/a\n  name:",
      "/a\n  two words: x",
      "/*/*\n X: 1",
      "/a\n Content-Length: 1",
      "https://a:8080/\n X: 1",
      "/a\n x: \x01y",
  };
  for (const char* text : texts) {
    CAPTURE(text);
    std::vector<Error> warnings;
    CHECK(HeaderRules::Parse(text, "_headers", warnings).empty());
    CHECK_FALSE(warnings.empty());
  }
}

}  // namespace
}  // namespace nano::assets

// Requests to a site, and what it answers.
#include "assets/site.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

namespace nano::assets {
namespace {

using config::HtmlHandling;
using config::NotFoundHandling;

constexpr int64_t kModified = 784'111'777;  // Sun, 06 Nov 1994 08:49:37 GMT
constexpr int64_t kNow = 1'700'000'000;

class TestSite {
 public:
  explicit TestSite(const SiteRules& rules) {
    bytes_ =
        snapshot::EncodeAssetPack(
            {{.name = "/index.html", .media_type = "text/html; charset=utf-8", .contents = "home"},
             {.name = "/about.html", .media_type = "text/html; charset=utf-8", .contents = "about"},
             {.name = "/404.html", .media_type = "text/html; charset=utf-8", .contents = "missing"},
             {.name = "/[x].txt",
              .media_type = "text/plain; charset=utf-8",
              .contents = "brackets"},
             {.name = "/a%2Fb", .media_type = "", .contents = "escape"},
             {.name = "/raw", .media_type = "", .contents = "0123456789"},
             {.name = "/app.1a2b3c4d.js",
              .media_type = "text/javascript; charset=utf-8",
              .has_hash = true,
              .contents = "identity",
              .coded = {"br", {}, "gz"}}},
            EncodeRules(rules))
            .value();
    pack_ = std::make_unique<snapshot::AssetPack>(snapshot::AssetPack::Read(bytes_).value());
    site_ = Site::Make(*pack_, kModified).value();
  }

  // The status, or 0 for what is the app's; the rest is in `answer`.
  int Ask(std::string_view target, std::string_view fields = {}, std::string_view method = "GET",
          Company company = Company::kNobody) {
    const http::RequestHead head{.method = method,
                                 .scheme = "http",
                                 .authority = "shop.example:8080",
                                 .target = target,
                                 .headers = fields};
    return site_->Answer(head, company, kNow, answer) ? answer.status : 0;
  }

  const Site* site() const { return site_.get(); }

  std::string Field(std::string_view name) const {
    const std::string wanted = "\r\n" + std::string(name) + ": ";
    const std::string all = "\r\n" + answer.fields;
    const size_t at = all.find(wanted);
    if (at == std::string::npos) return "none";
    return all.substr(at + wanted.size(), all.find("\r\n", at + 2) - at - wanted.size());
  }

  std::string Body() const {
    std::string body;
    const auto add = [&](const snapshot::AssetBytes& bytes) {
      if (bytes.size > 0) body += pack_->BytesOf(bytes);
    };
    for (const auto& part : answer.parts) {
      body += part.head;
      add(part.bytes);
    }
    add(answer.bytes);
    body += answer.text;
    CHECK(body.size() == answer.length());
    return body;
  }

  SiteAnswer answer;

 private:
  std::string bytes_;
  std::unique_ptr<snapshot::AssetPack> pack_;
  std::unique_ptr<const Site> site_;
};

TEST_CASE("files are served with what describes them", "[site]") {
  TestSite site({});
  CHECK(site.Ask("/") == 200);
  CHECK(site.Body() == "home");
  CHECK(site.Field("content-type") == "text/html; charset=utf-8");
  CHECK(site.Field("cache-control") == "public, max-age=0, must-revalidate");
  CHECK(site.Field("last-modified") == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(site.Field("accept-ranges") == "bytes");
  CHECK(site.Field("vary") == "none");
  CHECK(site.Field("etag").size() == 34);
  CHECK(site.Ask("/about?q=1") == 200);
  CHECK(site.Ask("/about.html?q=1") == 307);
  CHECK(site.Field("location") == "/about?q=1");
  CHECK(site.Ask("/raw") == 200);
  CHECK(site.Field("content-type") == "none");
  CHECK(site.Ask("/raw", "authorization\nBasic x\n") == 200);
  CHECK(site.Field("cache-control") == "none");
  CHECK(site.Ask("/x/../raw") == 200);
  CHECK(site.Ask("/nothing") == 404);
  CHECK(site.Body() == "Not Found\n");
  CHECK(site.Ask("/raw", "", "POST") == 405);
  CHECK(site.Field("allow") == "GET, HEAD");
  CHECK(site.Ask("/nothing", "", "POST") == 404);
}

TEST_CASE("a name that is not plain has one path", "[site]") {
  TestSite site({});
  CHECK(site.Ask("/%5Bx%5D.txt") == 200);
  CHECK(site.Body() == "brackets");
  for (const char* other : {"/[x].txt?q", "/%5bx%5d.txt?q", "//%5Bx%5D.txt?q"}) {
    CAPTURE(other);
    CHECK(site.Ask(other) == 307);
    CHECK(site.Field("location") == "/%5Bx%5D.txt?q");
  }
  CHECK(site.Ask("/%255Bx%255D.txt") == 404);
}

TEST_CASE("an encoded slash leads to no file, and nowhere else", "[site]") {
  TestSite site({});
  CHECK(site.Ask("/a%252Fb") == 200);
  CHECK(site.Body() == "escape");
  CHECK(site.Ask("/a%2Fb") == 404);
  TestSite application({.not_found = NotFoundHandling::kSinglePageApplication});
  TestSite page({.not_found = NotFoundHandling::k404Page});
  for (const char* path :
       {"/a%2Fb", "/repo/a%2fb", "/docs%2findex.html", "/x/..%2fabout", "/[y]"}) {
    CAPTURE(path);
    CHECK(application.Ask(path) == 200);
    CHECK(application.Body() == "home");
    CHECK(page.Ask(path) == 404);
    CHECK(page.Body() == "missing");
  }
}

TEST_CASE("hashed names are kept for ever, and codings are negotiated", "[site]") {
  TestSite site({});
  CHECK(site.Ask("/app.1a2b3c4d.js") == 200);
  CHECK(site.Body() == "identity");
  CHECK(site.Field("cache-control") == "public, max-age=31536000, immutable");
  CHECK(site.Field("vary") == "accept-encoding");
  CHECK(site.Field("content-encoding") == "none");
  const std::string tag = site.Field("etag");
  CHECK(site.Ask("/app.1a2b3c4d.js", "accept-encoding\ngzip, br\n") == 200);
  CHECK(site.Body() == "br");
  CHECK(site.Field("content-encoding") == "br");
  CHECK(site.Field("etag") == tag.substr(0, tag.size() - 1) + "-br\"");
  CHECK(site.Ask("/app.1a2b3c4d.js", "accept-encoding\nzstd, gzip\n") == 200);
  CHECK(site.Body() == "gz");
}

TEST_CASE("a file that the client has is not sent again", "[site]") {
  TestSite site({});
  REQUIRE(site.Ask("/app.1a2b3c4d.js") == 200);
  const std::string tag = site.Field("etag");
  CHECK(site.Ask("/app.1a2b3c4d.js", "if-none-match\n" + tag + "\n") == 304);
  CHECK(site.Body().empty());
  CHECK(site.Field("etag") == tag);
  CHECK(site.Field("vary") == "accept-encoding");
  CHECK(site.Field("cache-control") == "public, max-age=31536000, immutable");
  CHECK(site.Field("content-type") == "none");
  CHECK(site.Ask("/app.1a2b3c4d.js", "accept-encoding\nbr\nif-none-match\n" + tag + "\n") == 200);
  CHECK(site.Ask("/raw", "if-modified-since\nSun, 06 Nov 1994 08:49:37 GMT\n") == 304);
  CHECK(site.Ask("/raw", "if-modified-since\nSun, 06 Nov 1994 08:49:36 GMT\n") == 200);
  CHECK(site.Ask("/raw", "if-match\n\"x\"\n") == 412);
  CHECK(site.Field("cache-control") == "none");
  CHECK(site.Body().empty());
}

TEST_CASE("ranges of files", "[site]") {
  TestSite site({});
  CHECK(site.Ask("/raw", "range\nbytes=2-4\n") == 206);
  CHECK(site.Body() == "234");
  CHECK(site.Field("content-range") == "bytes 2-4/10");
  CHECK(site.Field("cache-control") == "public, max-age=0, must-revalidate");
  CHECK(site.Ask("/raw", "authorization\nBasic x\nrange\nbytes=2-4\n") == 206);
  CHECK(site.Field("cache-control") == "none");
  CHECK(site.Ask("/raw", "range\nbytes=2-4\n", "HEAD") == 200);
  CHECK(site.Ask("/raw", "range\nbytes=10-\n") == 416);
  CHECK(site.Field("content-range") == "bytes */10");
  CHECK(site.Field("cache-control") == "none");
  CHECK(site.Body().empty());
  CHECK(site.Ask("/raw", "range\nbytes=2-4\nif-range\n\"x\"\n") == 200);
  CHECK(site.Body() == "0123456789");
  REQUIRE(site.Ask("/raw") == 200);
  CHECK(site.Ask("/raw", "range\nbytes=2-4\nif-range\n" + site.Field("etag") + "\n") == 206);
  CHECK(site.Ask("/app.1a2b3c4d.js", "range\nbytes=0-0,2-3\n") == 206);
  // As the whole has them: RFC 9110, section 15.3.7.
  CHECK(site.Field("cache-control") == "public, max-age=31536000, immutable");
  CHECK(site.Field("vary") == "accept-encoding");
  CHECK(site.Field("etag") != "none");
  const std::string type = site.Field("content-type");
  REQUIRE(type.starts_with("multipart/byteranges; boundary="));
  const std::string boundary = type.substr(type.find('=') + 1);
  const auto part = [&](const char* range, const char* bytes) {
    return "\r\n--" + boundary +
           "\r\ncontent-type: text/javascript; charset=utf-8\r\ncontent-range: bytes " + range +
           "/8\r\n\r\n" + bytes;
  };
  CHECK(site.Body() == part("0-0", "i") + part("2-3", "en") + "\r\n--" + boundary + "--\r\n");
}

TEST_CASE("where there is no file, the app's code is asked", "[site]") {
  constexpr std::string_view kNavigation = "sec-fetch-mode\nnavigate\n";
  TestSite plain({});
  CHECK(plain.Ask("/raw", "", "GET", Company::kCode) == 200);
  CHECK(plain.Ask("/api", "", "GET", Company::kCode) == 0);
  CHECK(plain.Ask("/api", kNavigation, "GET", Company::kCode) == 0);
  TestSite application({.not_found = NotFoundHandling::kSinglePageApplication});
  CHECK(application.Ask("/api", "", "GET", Company::kCode) == 0);
  CHECK(application.Ask("/some/page", kNavigation, "GET", Company::kCode) == 200);
  CHECK(application.Body() == "home");
  CHECK(application.Ask("/some/page") == 200);
  TestSite page({.not_found = NotFoundHandling::k404Page});
  CHECK(page.Ask("/some/page", kNavigation, "GET", Company::kCode) == 404);
  CHECK(page.Ask("/some/page", "if-none-match\n*\nrange\nbytes=0-1\n") == 404);
  CHECK(page.Body() == "missing");
}

TEST_CASE("the app's code can come first", "[site]") {
  TestSite always({.worker_first = true});
  CHECK(always.Ask("/raw", "", "GET", Company::kCode) == 0);
  CHECK(always.Ask("/raw") == 200);
  TestSite some({.worker_first_paths = {"/r*", "!/raw", "/api/*"}});
  CHECK(some.Ask("/raw", "", "GET", Company::kCode) == 200);
  CHECK(some.Ask("/rest", "", "GET", Company::kCode) == 0);
  CHECK(some.Ask("/about", "", "GET", Company::kCode) == 200);
  CHECK(some.Ask("/api/x", "", "GET", Company::kCode) == 0);
  TestSite alone({.worker_first_paths = {"/*", "!/files/*"}});
  CHECK(alone.Ask("/files/none", "", "GET", Company::kCode) == 404);
  CHECK(alone.Ask("/x/../files/none", "", "GET", Company::kCode) == 404);
}

TEST_CASE("what is not read is the code's, if there is some", "[site]") {
  TestSite site({.not_found = NotFoundHandling::kSinglePageApplication});
  CHECK(site.Ask("/raw", "", "POST", Company::kCode) == 0);
  CHECK(site.Ask("/form", "sec-fetch-mode\nnavigate\n", "POST", Company::kCode) == 0);
  CHECK(site.Ask("/raw", "", "POST") == 405);
  TestSite files({.worker_first_paths = {"/*", "!/raw"}});
  CHECK(files.Ask("/raw", "", "POST", Company::kCode) == 405);
}

TEST_CASE("what pages of the site before need is found, and no page of it", "[site]") {
  const std::string bytes =
      snapshot::EncodeAssetPack(
          {{.name = "/index.html", .media_type = "text/html; charset=utf-8", .contents = "new"}},
          EncodeRules({.not_found = NotFoundHandling::kSinglePageApplication}))
          .value();
  const snapshot::AssetPack pack = snapshot::AssetPack::Read(bytes).value();
  const std::unique_ptr<const Site> now = Site::Make(pack, kModified).value();
  TestSite before({});
  const Site* const sites[] = {before.site()};
  const auto ask = [&](std::string_view target, Company company) {
    const http::RequestHead head{.method = "GET",
                                 .scheme = "http",
                                 .authority = "shop.example",
                                 .target = target,
                                 .headers = {}};
    return now->Answer(head, company, kNow, before.answer, sites) ? before.answer.status : 0;
  };
  for (const Company company : {Company::kNobody, Company::kCode}) {
    CHECK(ask("/app.1a2b3c4d.js", company) == 200);
    CHECK(before.answer.site == before.site());
    CHECK(before.Body() == "identity");
    CHECK(before.Field("cache-control") == "public, max-age=31536000, immutable");
  }
  CHECK(ask("/", Company::kNobody) == 200);
  CHECK(before.answer.site == now.get());
  CHECK(ask("/about.html", Company::kCode) == 0);
  CHECK(ask("/about.html", Company::kNobody) == 200);
  CHECK(before.answer.site == now.get());
}

TEST_CASE("redirects and header rules are applied", "[site]") {
  TestSite site(
      {.redirects = "/old /about 301\n/with /raw?own=1\n/app/* /raw 200\n/lost/* /nowhere "
                    "200\n/out https://other.example/#x\n",
       .headers = "/*\n  X-Frame-Options: DENY\n/raw\n  Cache-Control: no-store\n  ! ETag\n"});
  CHECK(site.Ask("/old?q=1") == 301);
  CHECK(site.Field("location") == "/about?q=1");
  CHECK(site.Field("x-frame-options") == "DENY");
  CHECK(site.Ask("/with?q=1") == 302);
  CHECK(site.Field("location") == "/raw?own=1");
  CHECK(site.Ask("/out?q") == 302);
  CHECK(site.Field("location") == "https://other.example/?q#x");
  CHECK(site.Ask("/app/deep/path") == 200);
  CHECK(site.Body() == "0123456789");
  CHECK(site.Ask("/lost/x", "", "GET", Company::kCode) == 404);
  CHECK(site.Ask("/raw") == 200);
  CHECK(site.Field("cache-control") == "no-store");
  CHECK(site.Field("etag") == "none");
}

}  // namespace
}  // namespace nano::assets

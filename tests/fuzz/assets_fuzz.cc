// Fuzzes requests to an app's files, and the rules by which they are answered: whatever comes, an
// answer has bytes of the files alone, and fields that are some.
//
// An input is a byte for the settings, one for the method and who is there, a target, a line feed,
// header fields as pairs of lines, and behind a zero each the texts of `_redirects` and `_headers`.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "assets/site.h"
#include "base/check.h"
#include "base/lines.h"
#include "runtime/entry.h"
#include "tests/fuzz/driver.h"

namespace {

using nano::assets::Company;
using nano::assets::Site;
using nano::assets::SiteAnswer;
using nano::assets::SiteRules;
using nano::config::HtmlHandling;
using nano::config::NotFoundHandling;

std::string_view TakeUntilZero(std::string_view& text) {
  const size_t end = std::min(text.find('\0'), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

std::string Packed(const SiteRules& rules) {
  const std::string html = "text/html; charset=utf-8";
  auto pack = nano::snapshot::EncodeAssetPack(
      {{.name = "/index.html", .media_type = html, .contents = "home"},
       {.name = "/about.html", .media_type = html, .contents = "about"},
       {.name = "/docs/index.html", .media_type = html, .contents = "docs"},
       {.name = "/docs/404.html", .media_type = html, .contents = "none"},
       {.name = "/[x] y.txt", .media_type = "text/plain", .contents = "brackets"},
       {.name = "/empty", .media_type = "", .contents = ""},
       {.name = "/app-1a2b3c4d.js",
        .media_type = "text/javascript",
        .has_hash = true,
        .contents = "0123456789012345678901234567890123456789",
        .coded = {"br", "zstd", "gzip"}}},
      nano::assets::EncodeRules(rules));
  NANO_CHECK(pack.ok());
  return std::move(pack).value();
}

// "name: value\r\n" repeated, in which nothing else is hidden.
void CheckFields(std::string_view fields) {
  while (!fields.empty()) {
    const size_t colon = fields.find(": ");
    const size_t end = fields.find("\r\n");
    NANO_CHECK(colon != std::string_view::npos && colon > 0 && colon < end);
    const std::string_view line = fields.substr(0, end);
    NANO_CHECK(line.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
    NANO_CHECK(!line.starts_with("content-length:") && !line.starts_with("transfer-encoding:"));
    fields.remove_prefix(end + 2);
  }
}

void CheckBytes(const nano::snapshot::AssetPack& pack, const nano::snapshot::AssetBytes& bytes) {
  NANO_CHECK(bytes.offset <= pack.bytes().size());
  NANO_CHECK(bytes.size <= pack.bytes().size() - bytes.offset);
}

void CheckAnswer(const Site& site, const SiteAnswer& answer) {
  NANO_CHECK(answer.status >= 200 && answer.status < 500 && answer.site == &site);
  CheckFields(answer.fields);
  CheckBytes(site.pack(), answer.bytes);
  uint64_t all = 0;
  for (const SiteAnswer::Part& part : answer.parts) {
    CheckBytes(site.pack(), part.bytes);
    all += part.bytes.size;
  }
  NANO_CHECK(all <= 40);  // No more than the whole, however often it is asked for.
  NANO_CHECK(answer.parts.empty() || answer.status == 206);
  if (answer.status == 304 || answer.status == 412) NANO_CHECK(answer.length() == 0);
}

nano::fuzz::Material Material() {
  const std::string rules = std::string("\0", 1) +
                            "/old /about 301\n/a/* /docs/:splat 200\n/u/:id /x?u=:id\n" +
                            std::string("\0", 1) + "/*\n  X-A: b\n/docs/*\n  ! ETag\n";
  return {
      .seeds = {std::string("\0\0", 2) + "/about?q=1\nif-none-match\n\"x\", *\n",
                std::string("\x11\x01", 2) +
                    "/docs/../app-1a2b3c4d.js\naccept-encoding\n"
                    "br;q=0.5, gzip\nrange\nbytes=0-1,5-6,-3\n" +
                    rules,
                std::string("\x2a\x03", 2) +
                    "/%5Bx%5D%20y.txt\nif-modified-since\n"
                    "Sun, 06 Nov 1994 08:49:37 GMT\n" +
                    rules},
      .tokens = {"/",
                 "//",
                 "..",
                 "%2e",
                 "%2F",
                 "%5c",
                 "\\",
                 "?",
                 "#",
                 "%",
                 "%00",
                 "*",
                 ":splat",
                 ":id",
                 "/index.html",
                 "/docs/",
                 ".html",
                 "bytes=",
                 "-",
                 ",",
                 "\n",
                 "range\n",
                 "if-range\n",
                 "if-match\n",
                 "accept-encoding\n",
                 "W/",
                 "\"",
                 "sec-fetch-mode\n",
                 "navigate\n",
                 " 200",
                 " 301",
                 "https://",
                 "! ",
                 ": ",
                 "\r"},
  };
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data) + 2, size - 2);
  std::string_view request = TakeUntilZero(rest);
  SiteRules rules{.html = static_cast<HtmlHandling>(data[0] & 3),
                  .not_found = static_cast<NotFoundHandling>((data[0] >> 2) % 3)};
  if ((data[0] & 0x80) != 0) rules.worker_first_paths = {"/docs/*", "!/docs/x*"};
  rules.redirects = TakeUntilZero(rest);
  rules.headers = TakeUntilZero(rest);
  const std::string bytes = Packed(rules);
  const auto pack = nano::snapshot::AssetPack::Read(bytes);
  NANO_CHECK(pack.ok());
  const auto site = Site::Make(*pack, 784'111'777);
  NANO_CHECK(site.ok());

  // The parser of requests gives no other targets than these, and no fields without names.
  const std::string target(nano::TakeLine(request));
  if (target.empty() || target.front() != '/') return 0;
  std::string fields;
  while (!request.empty()) {
    const std::string_view name = nano::TakeLine(request);
    const std::string_view value = nano::TakeLine(request);
    if (!name.empty()) fields.append(name).append("\n").append(value).append("\n");
  }
  constexpr std::string_view kMethods[] = {"GET", "HEAD", "POST", "OPTIONS"};
  const nano::http::RequestHead head{.method = kMethods[data[1] & 3],
                                     .scheme = "http",
                                     .authority = "a.test:8080",
                                     .target = target,
                                     .headers = fields};
  const Company company = (data[1] & 4) != 0 ? Company::kCode : Company::kNobody;
  SiteAnswer answer;
  const bool answered = (*site)->Answer(head, company, 1'700'000'000, answer);
  NANO_CHECK(answered || company == Company::kCode);
  if (answered) CheckAnswer(**site, answer);
  return 0;
}

int NanoMain(int argc, char** argv) { return nano::fuzz::Drive(argc, argv, Material()); }

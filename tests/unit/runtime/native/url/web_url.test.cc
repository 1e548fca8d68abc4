// What a person writes for a URL, and what an app's request has for it.
#include "runtime/web_url.h"

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

namespace nano::runtime {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

TEST_CASE("a URL of the web is what a request has of it, without its fragment") {
  for (const auto& [written, url] : Pairs{
           {"https://shop.test", "https://shop.test/"},
           {"https://shop.test#top", "https://shop.test/"},
           {"https://shop.test?a=b#c", "https://shop.test/?a=b"},
           {"HTTPS://SHOP.test:443/A", "https://shop.test/A"},
           {"http://shop.test:80/a", "http://shop.test/a"},
           {"http://shop.test:443/a", "http://shop.test:443/a"},
           {"https://shop.test/a/../b/./c", "https://shop.test/b/c"},
           {"https://shop.test/\u00e4?\u00e4", "https://shop.test/%C3%A4?%C3%A4"},
           {"https://b\u00fccher.test/", "https://xn--bcher-kva.test/"},
           {"https://[2001:DB8:0::1]/", "https://[2001:db8::1]/"},
           {"https://shop.test/a%2fb@c", "https://shop.test/a%2fb@c"},
           {" https://shop.test/a b ", "https://shop.test/a%20b"},
       }) {
    CAPTURE(written);
    CHECK(WebUrl(written) == url);
    CHECK(WebUrl(url) == url);
  }
  for (const char* written :
       {"", "/a.css", "shop.test/a", "ftp://shop.test/", "data:,a", "https://", "https://a b/",
        "https://shop.test:x/", "https://shop.test:99999/", "https://me@shop.test/",
        "https://:key@shop.test/", "https://[::1/"}) {
    CAPTURE(written);
    CHECK_FALSE(WebUrl(written));
  }
}

TEST_CASE("what URLs of the web begin with is no more than was written") {
  for (const auto& [written, prefix] : Pairs{
           {"https://shop.test/img/", "https://shop.test/img/"},
           {"HTTPS://SHOP.test:443/Im", "https://shop.test/Im"},
           {"https://shop.test?a=", "https://shop.test/?a="},
           {"https://shop.test/\u00e4", "https://shop.test/%C3%A4"},
           {"https://shop.test/a/../b", "https://shop.test/b"},
           {"https://shop.test/a/..", "https://shop.test/a/.."},
           {"https://shop.test/a/.", "https://shop.test/a/."},
           {"https://shop.test/a%", "https://shop.test/a%"},
           {"https://shop.test/a%2", "https://shop.test/a%2"},
           {"https://shop.test/a ", "https://shop.test/a%20"},
       }) {
    CAPTURE(written);
    CHECK(WebUrlPrefix(written) == prefix);
  }
  for (const char* written : {"", "/img/", "https:", "https://", "https://shop.te", "ftp://a/",
                              "https://shop.test/#a", "https://me@shop.test/", "https://a b/c"}) {
    CAPTURE(written);
    CHECK_FALSE(WebUrlPrefix(written));
  }
}

}  // namespace
}  // namespace nano::runtime

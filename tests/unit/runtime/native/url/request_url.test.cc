// RequestUrl: what the fast way takes, and that it agrees with the general one. Also the layout of
// ada's C structs, which runtime/native/url/ada.h declares by itself.
#include "runtime/native/url/request_url.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <optional>
#include <random>
#include <string>

#include "runtime/native/url/ada.h"
#include "runtime/native/url/serialised_url.h"

namespace nano::runtime {
namespace {

using internal::ParseRequestUrl;

// Where components are told without ada, they are ada's, of the same text.
void ExpectAdasComponents(const std::string& text) {
  const std::optional<ada_url_components> told = ComponentsOfSerialised(text);
  if (!told) return;
  INFO(text);
  const AdaUrl url = ParseUrl(text);
  REQUIRE(ada_is_valid(url.get()));
  CHECK(HrefOf(url) == text);
  CHECK(std::memcmp(&*told, ada_get_components(url.get()), sizeof *told) == 0);
}

TEST_CASE("RequestUrl joins what is serialised already") {
  CHECK(RequestUrl("http", "a.localhost:8080", "/users/1?x=2") ==
        "http://a.localhost:8080/users/1?x=2");
  CHECK(RequestUrl("https", "example.com", "/") == "https://example.com/");
  CHECK(RequestUrl("http", "127.0.0.1:8080", "/a%20b") == "http://127.0.0.1:8080/a%20b");
  CHECK(RequestUrl("http", "example.com", "//two//slashes/") ==
        "http://example.com//two//slashes/");
}

TEST_CASE("RequestUrl serialises as the URL Standard does") {
  CHECK(RequestUrl("http", "EXAMPLE.com:80", "/") == "http://example.com/");
  CHECK(RequestUrl("https", "example.com:443", "/") == "https://example.com/");
  CHECK(RequestUrl("http", "example.com:443", "/") == "http://example.com:443/");
  CHECK(RequestUrl("http", "example.com:0080", "/") == "http://example.com/");
  CHECK(RequestUrl("http", "0x7f.1", "/") == "http://127.0.0.1/");
  CHECK(RequestUrl("http", "127.1:81", "/") == "http://127.0.0.1:81/");
  CHECK(RequestUrl("http", "[0:0::1]:81", "/") == "http://[::1]:81/");
  CHECK(RequestUrl("http",
                   "b\xc3\xbc"
                   "cher.example",
                   "/") == "http://xn--bcher-kva.example/");
  CHECK(RequestUrl("http", "a", "/x/../y/./z") == "http://a/y/z");
  CHECK(RequestUrl("http", "a", "/x/%2E%2e/y") == "http://a/y");
  CHECK(RequestUrl("http", "a", "/x\\y") == "http://a/x/y");
  CHECK(RequestUrl("http", "a", "/<\">") == "http://a/%3C%22%3E");
  CHECK(RequestUrl("http", "a", "/?it's") == "http://a/?it%27s");
  CHECK(RequestUrl("http", "a", "/it's") == "http://a/it's");
  CHECK(RequestUrl("http", "a", "/\xff") == "http://a/%FF");
  CHECK(RequestUrl("http", "a", "/p#f") == "http://a/p#f");
  CHECK(RequestUrl("http", "a", "*") == "http://a/");
}

TEST_CASE("RequestUrl refuses what is no URL, or not the one it seems") {
  for (const char* authority :
       {"", "a b", "a@b", "user:pass@a", "a/b", "a\\b", "a?b", "a#b", "a\tb", "a:99999", "a:x",
        "[::1", "256.0.0.1", "1.2.3.4.5", ":80", "a%00b", "a\x7f", "%zz"}) {
    INFO(authority);
    CHECK(RequestUrl("http", authority, "/") == "");
  }
  CHECK(RequestUrl("http", "a", "") == "");
  CHECK(RequestUrl("http", "a", "b") == "");
  CHECK(RequestUrl("http", "a", "@b/") == "");
  CHECK(RequestUrl("http", "a", "http://b/") == "");
}

TEST_CASE("RequestUrl's fast way is taken for ordinary requests") {
  CHECK(IsSerialisedAuthority("http", "hello.localhost:8080"));
  CHECK(IsSerialisedAuthority("http", "127.0.0.1:8080"));
  CHECK(IsSerialisedAuthority("https", "xn.example.com"));
  CHECK(IsSerialisedTarget("/api/v1/users/42/posts?sort=desc&q=%C3%BC&a[]=1|2"));
  CHECK_FALSE(IsSerialisedAuthority("http", "a.xn--bcher-kva"));
  CHECK_FALSE(IsSerialisedAuthority("http", "a.0"));
  CHECK_FALSE(IsSerialisedAuthority("http", "127.0.0.01"));
  CHECK_FALSE(IsSerialisedAuthority("http", "127.0.0.1."));
  CHECK_FALSE(IsSerialisedTarget("/.well-known"));
}

TEST_CASE("the components of ordinary URLs are told without a parser") {
  for (const char* url : {"http://127.0.0.1:8080/json", "https://example.com/",
                          "http://a.test/?x=/:", "https://a.test:80/users/1?x=http://b.test:1/"}) {
    INFO(url);
    CHECK(ComponentsOfSerialised(url).has_value());
    ExpectAdasComponents(url);
  }
  for (const char* url :
       {"", "http", "http:", "http:/", "http://", "http:///", "http://a.test", "HTTP://a.test/",
        "http://a.test:80/", "http://u@a.test/", "http://a.test/#", "ftp://a.test/", "http:a.test/",
        "http:\\\\a.test/", "http://a.test/../", " http://a.test/", "http://[::1]/"}) {
    INFO(url);
    CHECK_FALSE(ComponentsOfSerialised(url).has_value());
  }
}

TEST_CASE("RequestUrl's two ways agree") {
  // Pieces that matter to the parser, put together at random; the seed is fixed.
  const std::string hosts[] = {"a", "b-c", "0", "1",   "127", "255", "256", "0x7f", "xn--", "x",
                               "é", "A",   "_", "a--", "-",   "08",  "1e1", "0x",   "%41",  "com"};
  const std::string ports[] = {"", ":", ":80", ":443", ":8080", ":0", ":00080", ":65535", ":65536"};
  const std::string paths[] = {"/",  "a", ".", "..", "%2e", "%2E", "?",  "'", "#",
                               "\\", "|", "^", "`",  "{",   "~",   "\"", "%", "%zz",
                               "&",  "=", "é", " ",  "<",   ":",   "@",  ";"};
  std::mt19937 random(42);
  const auto pick = [&random](const auto& list) { return list[random() % std::size(list)]; };
  int fast = 0;
  for (int round = 0; round < 200000; ++round) {
    std::string authority = pick(hosts);
    for (uint32_t labels = random() % 4; labels > 0; --labels) authority += "." + pick(hosts);
    if (random() % 8 == 0) authority += ".";
    authority += pick(ports);
    std::string target = "/";
    for (uint32_t parts = random() % 6; parts > 0; --parts) target += pick(paths);
    const std::string scheme = random() % 2 == 0 ? "http" : "https";
    if (IsSerialisedAuthority(scheme, authority) && IsSerialisedTarget(target)) ++fast;
    ExpectAdasComponents(scheme + "://" + authority + target);
    const std::string url = RequestUrl(scheme, authority, target);
    if (url != ParseRequestUrl(scheme, authority, target)) {
      INFO(authority << " " << target);
      CHECK(url == ParseRequestUrl(scheme, authority, target));
    }
  }
  CHECK(fast > 1000);
}

TEST_CASE("ada's components lie where the declaration says") {
  const AdaUrl url = ParseUrl("https://user:pass@example.com:1234/foo/bar?baz#quux");
  REQUIRE(ada_is_valid(url.get()));
  CHECK(HrefOf(url) == "https://user:pass@example.com:1234/foo/bar?baz#quux");
  const ada_url_components* components = ada_get_components(url.get());
  CHECK(components->protocol_end == 6);
  CHECK(components->username_end == 12);
  CHECK(components->host_start == 17);
  CHECK(components->host_end == 29);
  CHECK(components->port == 1234);
  CHECK(components->pathname_start == 34);
  CHECK(components->search_start == 42);
  CHECK(components->hash_start == 46);

  const AdaUrl bare = ParseUrl("http://a");
  CHECK(ada_get_components(bare.get())->port == 0xffffffff);
  CHECK(ada_get_components(bare.get())->search_start == 0xffffffff);
  CHECK(ada_get_components(bare.get())->hash_start == 0xffffffff);
}

TEST_CASE("ada's setters change what their names say") {
  const AdaUrl url = ParseUrl("../x", "http://example.com/a/b");
  REQUIRE(ada_is_valid(url.get()));
  CHECK(ada_set_protocol(url.get(), "https", 5));
  CHECK(ada_set_username(url.get(), "u", 1));
  CHECK(ada_set_password(url.get(), "p", 1));
  CHECK(ada_set_host(url.get(), "h:1", 3));
  CHECK(ada_set_hostname(url.get(), "n", 1));
  CHECK(ada_set_port(url.get(), "2", 1));
  CHECK(ada_set_pathname(url.get(), "path", 4));
  ada_set_search(url.get(), "s", 1);
  ada_set_hash(url.get(), "f", 1);
  CHECK(HrefOf(url) == "https://u:p@n:2/path?s#f");
  CHECK_FALSE(ada_set_host(url.get(), "a b", 3));
  CHECK(HrefOf(url) == "https://u:p@n:2/path?s#f");
  CHECK(ada_can_parse("http://a", 8));
  CHECK_FALSE(ada_can_parse("a", 1));
  CHECK(ada_can_parse_with_base("a", 1, "http://a", 8));
  CHECK_FALSE(ada_is_valid(ParseUrl("a").get()));
}

}  // namespace
TEST_CASE("a builder gives what the function gives, whatever came before") {
  RequestUrlBuilder builder;
  const char* schemes[] = {"http", "https"};
  const char* authorities[] = {"a.test", "a.test:8080", "A.test", "a.test:80",
                               "a",      "a.tes",       "",       "a@b"};
  const char* targets[] = {"/", "/x?y=1", "/a/../b", "*", "", "/%2e%2e/c", "/x y"};
  for (int round = 0; round < 2; ++round) {
    for (const char* scheme : schemes) {
      for (const char* authority : authorities) {
        for (const char* target : targets) {
          INFO(scheme << " " << authority << " " << target);
          CHECK(builder.Build(scheme, authority, target) == RequestUrl(scheme, authority, target));
          CHECK(builder.Build("http", "a.test", "/") == "http://a.test/");
          CHECK(builder.Build(scheme, authority, target) == RequestUrl(scheme, authority, target));
          CHECK(builder.Build(scheme, authority, target) == RequestUrl(scheme, authority, target));
        }
      }
    }
  }
}

}  // namespace nano::runtime

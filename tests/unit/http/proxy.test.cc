// Which proxy a request goes through: one table, as the variables of the environment have it.
#include "http/client/proxy.h"

#include <catch2/catch.hpp>

namespace nano::http {
namespace {

TEST_CASE("proxy: an app does not say who asks it") {
  const Proxy open, known{.authorization = "Basic x"};
  const std::string fields = "a: b\r\nproxy-authorization: Basic y\r\nproxy-authorize: c\r\n";
  CHECK(FieldsForProxy(fields, open) == "a: b\r\nproxy-authorize: c\r\n");
  CHECK(FieldsForProxy(fields, known) ==
        "a: b\r\nproxy-authorize: c\r\nproxy-authorization: Basic x\r\n");
  CHECK(FieldsForProxy("Proxy-Authorization: Basic y\r\n", open).empty());
  CHECK(FieldsForProxy("", open).empty());
}

TEST_CASE("proxy: the URL of one") {
  struct Case {
    const char *url, *text, *authorization;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"http://proxy.example:3128", "http://proxy.example:3128", ""},
           {"HTTP://Proxy.Example:3128/", "http://proxy.example:3128", ""},
           {"proxy.example:3128", "http://proxy.example:3128", ""},
           {"proxy.example", "http://proxy.example:80", ""},
           {"https://proxy.example", "https://proxy.example:443", ""},
           {"http://[::1]:8080", "http://[::1]:8080", ""},
           {"http://192.0.2.1", "http://192.0.2.1:80", ""},
           {"http://user:pass@p:1", "http://p:1", "Basic dXNlcjpwYXNz"},
           {"http://user@p:1", "http://p:1", "Basic dXNlcjo="},
           {"http://user:a@b@p:1", "http://p:1", "Basic dXNlcjphQGI="},
           {"http://us%40er:p%3Aa%2ss@p:1", "http://p:1", "Basic dXNAZXI6cDphJTJzcw=="},
       }) {
    INFO(c.url);
    const Result<Proxy> proxy = ParseProxy(c.url);
    REQUIRE(proxy.ok());
    CHECK(proxy.value().ToString() == c.text);
    CHECK(proxy.value().authorization == c.authorization);
  }
  for (const char* url :
       {"", "http://", "socks5://p:1", "http://p:0", "http://p:65536", "http://p:x", "http://[::1",
        "http://[x]:1", "http://a b:1", "http://:1", "http://secret:word@p:x",
        // Credentials that would be taken for the scheme, or for the host and its port.
        "secret:word://@p:1", "http://user:1/word@p:1", "http://user:1?word@p:1",
        "user:1#word@p"}) {
    INFO(url);
    const Result<Proxy> proxy = ParseProxy(url);
    REQUIRE_FALSE(proxy.ok());
    CHECK(proxy.error().ToString().find("word") == std::string::npos);
  }
}

TEST_CASE("proxy: who goes without") {
  struct Case {
    const char *no_proxy, *host;
    uint16_t port;
    bool direct;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"", "a.example", 80, false},
           {"*", "a.example", 80, true},
           {"example.com", "example.com", 80, true},
           {"example.com", "a.example.com", 80, true},
           {"example.com", "notexample.com", 80, false},
           {"example.com", "example.com.evil", 80, false},
           {".example.com", "example.com", 80, true},
           {".example.com", "a.b.example.com", 80, true},
           {"*.example.com", "example.com", 80, false},
           {"*.example.com", "a.example.com", 80, true},
           {"Example.COM.", "example.com", 80, true},
           {"example.com", "example.com.", 80, true},
           {"example.com:8080", "example.com", 80, false},
           {"example.com:8080", "example.com", 8080, true},
           {"10.0.0.0/8", "10.1.2.3", 80, true},
           {"10.0.0.0/8", "11.1.2.3", 80, false},
           {"10.0.0.0/8:5432", "10.1.2.3", 5432, true},
           {"10.0.0.0/8:5432", "10.1.2.3", 80, false},
           {"10.0.0.0/8", "::ffff:10.1.2.3", 80, true},
           {"10.0.0.1", "10.0.0.1", 80, true},
           {"::1", "::1", 80, true},
           {"[::1]:8080", "::1", 8080, true},
           {"[::1]:8080", "::1", 80, false},
           {"[2001:db8::]/32", "2001:db8::1", 80, true},
           {"2001:db8::/32", "2001:db8::1", 80, true},
           {"a.example, b.example\tc.example,,", "b.example", 80, true},
           {"a.example, b.example\tc.example,,", "c.example", 80, true},
           {"a.example, b.example\tc.example,,", "d.example", 80, false},
       }) {
    INFO(c.no_proxy << " " << c.host << " " << c.port);
    auto direct = HostRule::ParseList(c.no_proxy, HostRule::Bare::kWithBelow);
    REQUIRE(direct.ok());
    const ProxyRules rules(*ParseProxy("http://p:1"), *ParseProxy("http://q:2"), *direct);
    CHECK((rules.For(false, c.host, c.port) == nullptr) == c.direct);
    CHECK((rules.For(true, c.host, c.port) == nullptr) == c.direct);
  }
}

TEST_CASE("proxy: one for each scheme") {
  const ProxyRules rules(*ParseProxy("http://p:1"), std::nullopt, {});
  CHECK(rules.For(false, "a", 80)->port == 1);
  CHECK(rules.For(true, "a", 443) == nullptr);
  CHECK_FALSE(rules.empty());
  CHECK(ProxyRules().empty());
}

}  // namespace
}  // namespace nano::http

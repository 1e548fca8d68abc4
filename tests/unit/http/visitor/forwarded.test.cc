// Tests of what proxies write of their clients: the examples of RFC 7239, and what is none of it.
#include "http/visitor/forwarded.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace nano::http {
namespace {

std::string Text(const ForwardedNode& node) {
  std::string text = node.address ? node.address->ToString() : "?";
  if (!node.scheme.empty()) text.append(" ").append(node.scheme);
  return text;
}

std::vector<std::string> Texts(ForwardedNodes nodes) {
  std::vector<std::string> texts;
  while (const auto node = nodes.Next()) texts.push_back(Text(*node));
  return texts;
}

std::vector<std::string> NodesIn(const std::string& field, const std::vector<std::string>& values) {
  std::string block = "host\na.test\n";
  for (const std::string& value : values) block.append(field).append("\n" + value + "\n");
  return Texts(ForwardedNodes(block + "accept\n*/*\n", field));
}

using Nodes = std::vector<std::string>;

}  // namespace

TEST_CASE("an address of a forwarded field may have a port") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"192.0.2.43", "192.0.2.43"},
      {"192.0.2.43:47011", "192.0.2.43"},
      {"192.0.2.43:_gazonk", "192.0.2.43"},
      {"2001:db8:cafe::17", "2001:db8:cafe::17"},
      {"[2001:db8:cafe::17]", "2001:db8:cafe::17"},
      {"[2001:db8:cafe::17]:4711", "2001:db8:cafe::17"},
      {"[2001:DB8::A]:_p.q-r", "2001:db8::a"},
      {"::ffff:10.0.0.1", "10.0.0.1"},
      {"[::ffff:10.0.0.1]:1", "10.0.0.1"},
      {"::", "::"},
  };
  for (const auto& [text, address] : cases) {
    CAPTURE(text);
    const auto read = AddressOfNode(text);
    REQUIRE(read);
    CHECK(read->ToString() == address);
  }
  for (const char* text : {"",
                           "unknown",
                           "_hidden",
                           "_SEVKISEK",
                           "localhost",
                           "a.test:80",
                           "192.0.2",
                           "192.0.2.256",
                           "192.0.2.43:",
                           "192.0.2.43:x",
                           "192.0.2.43:123456",
                           "192.0.2.43:_",
                           "192.0.2.43:_~",
                           "192.0.2.43 ",
                           "[192.0.2.43]",
                           "[2001:db8::1",
                           "[2001:db8::1]x",
                           "[2001:db8::1]:",
                           "2001:db8::1]:80",
                           "2001:db8::1:2:3:4:5:6:7",
                           "[]",
                           "[]:1",
                           ":80",
                           "fe80::1%eth0",
                           "\"192.0.2.43\"",
                           "0x7f.1",
                           "010.0.0.1"}) {
    CAPTURE(text);
    CHECK_FALSE(AddressOfNode(text));
  }
}

TEST_CASE("X-Forwarded-For is read from the right, over all of its lines") {
  const std::string field = "x-forwarded-for";
  CHECK(NodesIn(field, {}) == Nodes{});
  CHECK(NodesIn(field, {""}) == Nodes{});
  CHECK(NodesIn(field, {"203.0.113.7"}) == Nodes{"203.0.113.7"});
  CHECK(NodesIn(field, {"203.0.113.7, 198.51.100.2,\t10.0.0.1:80"}) ==
        Nodes{"10.0.0.1", "198.51.100.2", "203.0.113.7"});
  CHECK(NodesIn(field, {"203.0.113.7", "198.51.100.2, 10.0.0.1"}) ==
        Nodes{"10.0.0.1", "198.51.100.2", "203.0.113.7"});
  // Empty members of a list are none (RFC 9110, section 5.6.1).
  CHECK(NodesIn(field, {",, 203.0.113.7 , ,10.0.0.1,", ","}) == Nodes{"10.0.0.1", "203.0.113.7"});
  // What is malformed hides what is left of it.
  CHECK(NodesIn(field, {"203.0.113.7, unknown, 10.0.0.1"}) == Nodes{"10.0.0.1", "?"});
  CHECK(NodesIn(field, {"203.0.113.7", "<script>"}) == Nodes{"?"});
  CHECK(NodesIn(field, {"203.0.113.7 10.0.0.1"}) == Nodes{"?"});
}

TEST_CASE("Forwarded is read as RFC 7239 has it") {
  const std::string field = "forwarded";
  // Its examples: sections 4, 6.3, 7.1, 7.4 and 7.5.
  CHECK(NodesIn(field, {"for=\"_gazonk\""}) == Nodes{"?"});
  CHECK(NodesIn(field, {"For=\"[2001:db8:cafe::17]:4711\""}) == Nodes{"2001:db8:cafe::17"});
  CHECK(NodesIn(field, {"for=192.0.2.60;proto=http;by=203.0.113.43"}) == Nodes{"192.0.2.60 http"});
  CHECK(NodesIn(field, {"for=192.0.2.43, for=198.51.100.17"}) ==
        Nodes{"198.51.100.17", "192.0.2.43"});
  CHECK(NodesIn(field, {"for=_hidden, for=_SEVKISEK"}) == Nodes{"?"});
  CHECK(NodesIn(field, {"for=192.0.2.43, for=\"[2001:db8:cafe::17]\", for=unknown"}) == Nodes{"?"});
  CHECK(NodesIn(field, {"for=192.0.2.43,for=\"[2001:db8:cafe::17]\"", "for=198.51.100.17"}) ==
        Nodes{"198.51.100.17", "2001:db8:cafe::17", "192.0.2.43"});
  CHECK(NodesIn(field, {"for=192.0.2.43,for=198.51.100.17;by=203.0.113.60;proto=http;"
                        "host=example.com"}) == Nodes{"198.51.100.17 http", "192.0.2.43"});

  CHECK(NodesIn(field, {"for=\"192.0.2.43:80\";PROTO=HTTPS"}) == Nodes{"192.0.2.43 https"});
  CHECK(NodesIn(field, {"for=\"1\\92.0.2.43\" ; proto=\"https\""}) == Nodes{"192.0.2.43 https"});
  CHECK(NodesIn(field, {"for=192.0.2.43;secret=\"a,b;for=1.1.1.1\""}) == Nodes{"192.0.2.43"});
  CHECK(NodesIn(field, {", for=192.0.2.43;; ,"}) == Nodes{"192.0.2.43"});
  CHECK(NodesIn(field, {"proto=https"}) == Nodes{"? https"});
  CHECK(NodesIn(field, {"for=192.0.2.43;proto=gopher"}) == Nodes{"192.0.2.43"});
}

TEST_CASE("a quote that a client leaves open does not swallow what a proxy has written") {
  const std::string field = "forwarded";
  // As a proxy appends: to the value, or as another line.
  CHECK(NodesIn(field, {"for=\"1.1.1.1, for=192.0.2.43"}) == Nodes{"192.0.2.43", "?"});
  CHECK(NodesIn(field, {"for=\"x, for=192.0.2.43;proto=https"}) == Nodes{"192.0.2.43 https", "?"});
  CHECK(NodesIn(field, {"for=\", for=\"[2001:db8::1]\""}) == Nodes{"2001:db8::1", "?"});
  CHECK(NodesIn(field, {"for=1.1.1.1;x=\"\\, for=\"[2001:db8::1]\""}) == Nodes{"2001:db8::1", "?"});
  CHECK(NodesIn(field, {"for=\"1.1.1.1", "for=192.0.2.43"}) == Nodes{"192.0.2.43", "?"});
  // Nor does anything else that is none.
  for (const char* junk : {"for", "<script>", "for=1.1.1.1 proto=https", "for=1.1.1.1;for=1.1.1.1",
                           "\"", "\\", "\xff", ";;="}) {
    CAPTURE(junk);
    CHECK(NodesIn(field, {std::string(junk) + ", for=192.0.2.43;proto=http"}) ==
          Nodes{"192.0.2.43 http", "?"});
  }
}

TEST_CASE("a comma in a proxy's own quotes begins no element, whatever the client has put there") {
  const std::string field = "forwarded";
  const std::string left = "for=1.1.1.1, for=192.0.2.43;host=";
  const Nodes all = {"192.0.2.43", "1.1.1.1"};
  for (const char* host :
       {"\"a,b\"", "\", ,\"", "\"a,for=9.9.9.9\"", "\"a,for=9.9.9.9;x=\\\"\"",
        "\"a,for=9.9.9.9;x=\\\"\\\"\"", "\",for=9.9.9.9;x=\";by=b", "\",for=9.9.9.9;x=\";by=\"b\"",
        "\",for=9.9.9.9;x=\\\"b;y=\";by=\",c\""}) {
    CAPTURE(host);
    CHECK(NodesIn(field, {left + host}) == all);
  }
  CHECK(NodesIn(field, {"for=192.0.2.43;host=\"" + std::string(16, ',') + "\""}) ==
        Nodes{"192.0.2.43"});
  CHECK(NodesIn(field, {"for=192.0.2.43;host=\"" + std::string(17, ',') + "\""}) == Nodes{"?"});
}

TEST_CASE("what is no element of Forwarded hides all that is left of it") {
  const std::string field = "forwarded";
  for (const char* value :
       {"for", "for=", "=192.0.2.43", "for = 192.0.2.43", "for=192.0.2.43 proto=http",
        "for=192.0.2.43;for=1.1.1.1", "for=unknown;for=1.1.1.1", "for=1.1.1.1;proto=x;proto=http",
        ";", "for=[2001:db8::1]", "for=192.0.2.43:80", "for=192.0.2.43;\"", "for=\"192.0.2.43\"x",
        "for=192.0.2.43/8", "\xff", "for=\xc3\xa4", "for=\"192.0.2.43\\"}) {
    CAPTURE(value);
    CHECK(NodesIn(field, {value}) == Nodes{"?"});
    CHECK(NodesIn(field, {std::string("for=1.1.1.1,") + value}) == Nodes{"?"});
  }
}

TEST_CASE("a field of one address has one") {
  const std::string field = "x-real-ip";
  CHECK(NodesIn(field, {}) == Nodes{});
  CHECK(NodesIn(field, {"203.0.113.7"}) == Nodes{"203.0.113.7"});
  CHECK(NodesIn(field, {"2001:db8::1"}) == Nodes{"2001:db8::1"});
  CHECK(NodesIn(field, {"203.0.113.7, 10.0.0.1"}) == Nodes{"?"});
  CHECK(NodesIn(field, {"203.0.113.7", "10.0.0.1"}) == Nodes{"?"});
  CHECK(NodesIn(field, {"me"}) == Nodes{"?"});
}

TEST_CASE("X-Forwarded-Proto is read from the right") {
  const auto scheme = [](const std::string& value, size_t place) {
    return std::string(ForwardedScheme("x-forwarded-proto\n" + value + "\n", place));
  };
  CHECK(ForwardedScheme("host\na\n", 0).empty());
  CHECK(scheme("https", 0) == "https");
  CHECK(scheme("HTTPS , http,,wss", 0) == "https");
  CHECK(scheme("HTTPS , http,,wss", 1) == "http");
  CHECK(scheme("HTTPS , http,,wss", 2) == "https");
  CHECK(scheme("HTTPS , http,,wss", 3) == "https");
  CHECK(scheme("ftp, https", 0) == "https");
  CHECK(scheme("ftp, https", 1).empty());
  CHECK(ForwardedScheme("x-forwarded-proto\nhttp\nx-forwarded-proto\nhttps\n", 1) == "http");
}

}  // namespace nano::http

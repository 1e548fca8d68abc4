// Tests of who the client is behind proxies, whatever it and they write.
#include "http/visitor/trusted_proxies.h"

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

namespace nano::http {
namespace {

TrustedProxies Trusting(const std::vector<std::string>& networks,
                        const std::string& field = "x-forwarded-for") {
  TrustedProxies::Rules rules{.field = field};
  for (const std::string& text : networks) {
    const auto network = Network::Parse(text);
    REQUIRE(network);
    rules.networks.push_back(*network);
  }
  return TrustedProxies(std::move(rules));
}

const std::vector<std::string> kInside = {"10.0.0.0/8", "fd00::/8", "127.0.0.1"};

struct Case {
  std::string field, value, address, path;
};

}  // namespace

TEST_CASE("peers are trusted by their networks, however their addresses are written") {
  const TrustedProxies proxies = Trusting(kInside);
  for (const char* peer :
       {"10.0.0.1", "10.255.255.255", "::ffff:10.0.0.1", "fd00::1", "127.0.0.1"}) {
    CAPTURE(peer);
    CHECK(proxies.Trusts(peer));
  }
  for (const char* peer : {"11.0.0.1", "192.0.2.1", "2001:db8::1", "::1", "", "unix:0", "10.0.0"}) {
    CAPTURE(peer);
    CHECK_FALSE(proxies.Trusts(peer));
  }
  CHECK_FALSE(proxies.empty());
  CHECK(Trusting({}).empty());
  CHECK_FALSE(Trusting({}).Trusts("10.0.0.1"));
}

TEST_CASE("the client is the rightmost address that is not trusted") {
  const std::string xff = "x-forwarded-for";
  const std::vector<Case> cases = {
      {xff, "203.0.113.7", "203.0.113.7", "203.0.113.7"},
      {xff, "203.0.113.7, 10.0.0.2", "203.0.113.7", "203.0.113.7, 10.0.0.2"},
      {xff, "203.0.113.7, 10.0.0.2, fd00::3", "203.0.113.7", "203.0.113.7, 10.0.0.2, fd00::3"},
      {xff, "203.0.113.7, ::ffff:10.0.0.2", "203.0.113.7", "203.0.113.7, 10.0.0.2"},
      {xff, "[2001:db8::1]:4711, 10.0.0.2:80", "2001:db8::1", "2001:db8::1, 10.0.0.2"},
      // What the client itself has sent stands further left.
      {xff, "1.1.1.1, 203.0.113.7, 10.0.0.2", "203.0.113.7", "203.0.113.7, 10.0.0.2"},
      {xff, "10.0.0.9, 203.0.113.7", "203.0.113.7", "203.0.113.7"},
      {xff, "<script>, 203.0.113.7", "203.0.113.7", "203.0.113.7"},
      // All of them are ours.
      {xff, "10.0.0.4, 10.0.0.3", "10.0.0.4", "10.0.0.4, 10.0.0.3"},
      // The last one that is known.
      {xff, "203.0.113.7, unknown, 10.0.0.3", "10.0.0.3", "10.0.0.3"},
      {xff, "unknown", "10.0.0.1", ""},
      {xff, "203.0.113.7, ,, 999.1.1.1", "10.0.0.1", ""},
      {xff, "", "10.0.0.1", ""},
      {"forwarded", "for=1.1.1.1, for=\"[2001:db8::7]\";proto=https, for=10.0.0.2", "2001:db8::7",
       "2001:db8::7, 10.0.0.2"},
      {"forwarded", "for=203.0.113.7, for=_hidden", "10.0.0.1", ""},
      {"forwarded", "for=\"203.0.113.7", "10.0.0.1", ""},
      // Nobody hides behind what it has sent.
      {"forwarded", "for=\"x, for=203.0.113.7;proto=https", "203.0.113.7", "203.0.113.7"},
      {"forwarded", "\"x, for=203.0.113.7, for=10.0.0.2", "203.0.113.7", "203.0.113.7, 10.0.0.2"},
      // Of one address, whatever it is.
      {"cf-connecting-ip", "203.0.113.7", "203.0.113.7", "203.0.113.7"},
      {"cf-connecting-ip", "10.0.0.9", "10.0.0.9", "10.0.0.9"},
      {"x-real-ip", "203.0.113.7, 10.0.0.2", "10.0.0.1", ""},
      {"x-real-ip", "nobody", "10.0.0.1", ""},
  };
  for (const auto& [field, value, address, path] : cases) {
    CAPTURE(field, value);
    const auto found =
        Trusting(kInside, field).Find("10.0.0.1", "host\na\n" + field + "\n" + value + "\n");
    CHECK(found->address == address);
    CHECK(found->path == path);
    CHECK(found->cf.empty());
  }
}

TEST_CASE("lines of a field are one list, of however many addresses") {
  std::string block;
  std::string path;
  for (int i = 0; i < 500; ++i) {
    const std::string proxy = "10.1." + std::to_string(i / 250) + "." + std::to_string(i % 250);
    block += "x-forwarded-for\n" + (i == 0 ? "1.1.1.1, 203.0.113.7, " + proxy : proxy) + "\n";
    path += ", " + proxy;
  }
  const auto found = Trusting(kInside).Find("10.0.0.1", block);
  CHECK(found->address == "203.0.113.7");
  CHECK(found->path == "203.0.113.7" + path);
}

TEST_CASE("the scheme comes from where the client's address does") {
  const TrustedProxies forwarded = Trusting(kInside, "forwarded");
  CHECK(forwarded.Find("10.0.0.1", "forwarded\nfor=\"x, for=203.0.113.7;proto=https\n")->scheme ==
        "https");
  CHECK(forwarded.Find("10.0.0.1", "forwarded\nfor=_x;proto=https, for=10.0.0.2;proto=http\n")
            ->scheme == "http");
}

TEST_CASE("the scheme is what the client's proxy says") {
  const auto scheme = [](const std::string& xff, const std::string& proto) {
    return Trusting(kInside)
        .Find("10.0.0.1", "x-forwarded-for\n" + xff + "\nx-forwarded-proto\n" + proto + "\n")
        ->scheme;
  };
  CHECK(scheme("203.0.113.7", "https") == "https");
  CHECK(scheme("203.0.113.7", "http") == "http");
  CHECK(scheme("203.0.113.7", "gopher").empty());
  CHECK(scheme("203.0.113.7", "").empty());
  // Set once, and passed on.
  CHECK(scheme("203.0.113.7, 10.0.0.2", "https") == "https");
  // Appended to by each: as far left as the client stands.
  CHECK(scheme("203.0.113.7, 10.0.0.2", "https, http") == "https");
  CHECK(scheme("203.0.113.7", "https, http") == "http");
  CHECK(scheme("1.1.1.1, 203.0.113.7, 10.0.0.2", "https, http, http") == "http");
  CHECK(scheme("unknown", "https") == "https");

  const TrustedProxies forwarded = Trusting(kInside, "forwarded");
  CHECK(forwarded.Find("10.0.0.1", "forwarded\nfor=203.0.113.7;proto=https, for=10.0.0.2\n")
            ->scheme == "https");
  CHECK(forwarded.Find("10.0.0.1", "forwarded\nfor=203.0.113.7, for=10.0.0.2;proto=https\n")
            ->scheme.empty());
  CHECK(forwarded.Find("10.0.0.1", "forwarded\nproto=https\n")->scheme == "https");
  CHECK(forwarded.Find("10.0.0.1", "x-forwarded-proto\nhttps\n")->scheme.empty());
}

}  // namespace nano::http

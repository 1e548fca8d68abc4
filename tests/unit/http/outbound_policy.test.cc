// Whom an app may call: tables of rules, hosts and addresses.
#include "http/client/outbound_policy.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace nano::http {
namespace {

std::vector<HostRule> Rules(const std::string& text) {
  Result<std::vector<HostRule>> rules = HostRule::ParseList(text, HostRule::Bare::kExact);
  if (!rules.ok()) FAIL(rules.error().ToString());
  return std::move(rules).value();
}

// What is said, by its beginning: "" (it may be), "deny", "allow", "special", "nobody".
std::string Kind(const std::optional<std::string>& refusal) {
  if (!refusal) return "";
  if (refusal->starts_with("outbound.deny")) return "deny";
  if (refusal->starts_with("no rule of outbound.allow")) return "allow";
  if (refusal->starts_with("the app may call nobody")) return "nobody";
  return refusal->starts_with("it is") || refusal->starts_with("it leads to") ? "special"
                                                                              : *refusal;
}

struct Case {
  const char *allow, *deny, *host, *address;
  uint16_t port;
  const char *by_host, *by_address;
};

void Check(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    INFO("allow " << c.allow << ", deny " << c.deny << ": " << c.host << ":" << c.port << " at "
                  << c.address);
    const OutboundPolicy policy(Rules(c.allow), Rules(c.deny));
    CHECK(Kind(policy.RefuseHost(c.host, c.port)) == c.by_host);
    const auto address = IpAddress::Parse(c.address);
    REQUIRE(address.has_value());
    CHECK(Kind(policy.RefuseAddress(c.host, c.port, *address)) == c.by_address);
  }
}

}  // namespace

TEST_CASE("outbound policy: names, networks and ports") {
  Check({
      {"", "", "a.example", "192.0.2.1", 80, "", ""},
      {"", "", "a.example", "127.0.0.1", 80, "", ""},
      {"", "", "a.example", "10.0.0.1", 80, "", ""},
      {"a.example", "", "a.example", "10.0.0.1", 80, "", ""},
      {"a.example", "", "b.a.example", "10.0.0.1", 80, "allow", "allow"},
      {"*.a.example", "", "b.a.example", "10.0.0.1", 80, "", ""},
      {"*.a.example", "", "a.example", "10.0.0.1", 80, "allow", "allow"},
      {"a.example:443", "", "a.example", "10.0.0.1", 80, "allow", "allow"},
      {"a.example:443", "", "a.example", "10.0.0.1", 443, "", ""},
      {"a.example.", "", "a.example", "10.0.0.1", 443, "", ""},
      {"a.example", "", "a.example.", "10.0.0.1", 443, "", ""},
      {"*", "", "a.example", "192.0.2.1", 80, "", ""},
      {"*:80", "", "a.example", "192.0.2.1", 443, "allow", "allow"},
      // A name may turn out to be in the network, or not.
      {"10.0.0.0/8", "", "a.example", "10.1.2.3", 80, "", ""},
      {"10.0.0.0/8", "", "a.example", "11.1.2.3", 80, "", "allow"},
      {"10.0.0.0/8:5432", "", "a.example", "10.1.2.3", 80, "allow", "allow"},
      {"10.0.0.0/8:5432", "", "a.example", "10.1.2.3", 5432, "", ""},
      {"10.0.0.0/8", "", "10.1.2.3", "10.1.2.3", 80, "", ""},
      {"10.0.0.0/8", "", "11.1.2.3", "11.1.2.3", 80, "allow", "allow"},
      {"a.example 10.0.0.0/8", "", "b.example", "10.1.2.3", 80, "", ""},
      {"::1", "", "::1", "::1", 80, "", ""},
      // Each of the lists has a say: deny's is the last.
      {"a.example", "a.example", "a.example", "192.0.2.1", 80, "deny", "deny"},
      {"*", "10.0.0.0/8", "a.example", "10.0.0.1", 80, "", "deny"},
      {"a.example", "10.0.0.0/8", "a.example", "10.0.0.1", 80, "", "deny"},
      {"10.0.0.1", "10.0.0.0/8", "10.0.0.1", "10.0.0.1", 80, "deny", "deny"},
      {"", "*", "a.example", "192.0.2.1", 80, "deny", "deny"},
      {"", "*:25", "a.example", "192.0.2.1", 25, "deny", "deny"},
      {"", "*:25", "a.example", "192.0.2.1", 80, "", ""},
      {"", "*.internal", "db.internal", "192.0.2.1", 80, "deny", "deny"},
      {"", "100.64.0.0/10", "a.example", "100.127.0.1", 80, "", "deny"},
  });
}

TEST_CASE("outbound policy: a network has its addresses however they are spelt") {
  for (const char* address :
       {"10.0.0.1", "::ffff:10.0.0.1", "::10.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::10.0.0.1",
        "2002:a00:1::1", "2001:0:1:2:3:4:f5ff:fffe", "2001:db8::5efe:10.0.0.1"}) {
    Check({{"", "10.0.0.0/8", address, address, 80, "deny", "deny"},
           {"10.0.0.0/8", "", address, address, 80, "", ""},
           {"192.168.0.0/16", "", address, address, 80, "allow", "allow"}});
  }
  // Connecting to them reaches this machine.
  Check({{"", "127.0.0.0/8", "a.example", "0.0.0.0", 80, "", "deny"},
         {"", "127.0.0.0/8", "a.example", "::ffff:0.0.0.0", 80, "", "deny"},
         {"", "127.0.0.0/8", "a.example", "64:ff9b::", 80, "", "deny"},
         {"", "::1", "a.example", "::", 80, "", "deny"},
         {"127.0.0.1", "", "0.0.0.0", "0.0.0.0", 80, "", ""},
         {"10.0.0.0/8", "", "0.0.0.0", "0.0.0.0", 80, "allow", "allow"}});
}

TEST_CASE("outbound policy: special addresses are opened by themselves only") {
  for (const char* address : {"169.254.169.254",
                              "169.254.170.2",
                              "fe80::1",
                              "febf::1",
                              "100.100.100.200",
                              "fd00:ec2::254",
                              "fd00:ec2::23",
                              "168.63.129.16",
                              "fd20:ce::254",
                              "fd00:a9fe:a9fe::1",
                              "192.0.0.192",
                              "fd00:c1::a9fe:a9fe",
                              "fd00:42::42",
                              "100.96.0.96",
                              "::ffff:169.254.169.254",
                              "::169.254.169.254",
                              "64:ff9b::a9fe:a9fe",
                              "64:ff9b:1::a9fe:a9fe",
                              "2002:a9fe:a9fe::1",
                              "2001:0:1:2:3:4:5601:5601",
                              "2001:db8::5efe:169.254.169.254",
                              "64:ff9b::100.100.100.200"}) {
    for (const char* allow : {"", "*", "a.example", "*.example", "::/0", "0.0.0.0/0 ::/0",
                              "169.0.0.0/8", "100.64.0.0/10", "fd00::/8", "64:ff9b::/96"}) {
      INFO("allow " << allow << ": " << address);
      const OutboundPolicy policy(Rules(allow), {});
      CHECK(Kind(policy.RefuseAddress("a.example", 80, *IpAddress::Parse(address))) == "special");
      CHECK(Kind(policy.RefuseHost(address, 80)) == "special");
    }
  }
  Check({
      {"169.254.169.254", "", "a.example", "169.254.169.254", 80, "", ""},
      {"169.254.169.254", "", "a.example", "169.254.169.253", 80, "", "special"},
      {"169.254.169.254", "", "a.example", "192.0.2.1", 80, "", "allow"},
      {"* 169.254.169.254", "", "a.example", "192.0.2.1", 80, "", ""},
      {"* 169.254.169.254", "", "a.example", "169.254.169.254", 80, "", ""},
      {"169.254.169.254:80", "", "a.example", "169.254.169.254", 81, "allow", "special"},
      {"169.254.0.0/16", "", "a.example", "169.254.170.2", 80, "", ""},
      {"169.254.0.0/16", "", "a.example", "64:ff9b::169.254.170.2", 80, "", ""},
      {"169.254.0.0/15", "", "a.example", "169.254.170.2", 80, "", "special"},
      {"fe80::/10", "", "a.example", "fe80::1", 80, "", ""},
      {"fd00:ec2::254", "", "a.example", "fd00:ec2::254", 80, "", ""},
      {"fd00:ec2::/32", "", "a.example", "fd00:ec2::23", 80, "", ""},
      {"100.100.100.200", "", "a.example", "100.100.100.200", 80, "", ""},
      {"169.254.169.254", "169.254.0.0/16", "a.example", "169.254.169.254", 80, "", "deny"},
      // Neighbours are as good as others.
      {"", "", "a.example", "169.253.255.255", 80, "", ""},
      {"", "", "a.example", "fec0::1", 80, "", ""},
      {"", "", "a.example", "100.100.100.201", 80, "", ""},
      {"", "", "a.example", "fd00:42::43", 80, "", ""},
      {"", "", "a.example", "192.0.0.193", 80, "", ""},
  });
}

TEST_CASE("outbound policy: nobody at all") {
  const OutboundPolicy policy = OutboundPolicy::Nobody();
  CHECK(Kind(policy.RefuseHost("a.example", 80)) == "nobody");
  CHECK(Kind(policy.RefuseHost("127.0.0.1", 80)) == "nobody");
  CHECK(Kind(policy.RefuseAddress("a.example", 80, *IpAddress::Parse("::1"))) == "nobody");
  CHECK_FALSE(policy.AllowsByName("a.example", 80));
}

TEST_CASE("outbound policy: whom a proxy may look up") {
  struct Case {
    const char *allow, *deny, *host;
    bool by_name;
  };
  for (const Case& c : std::vector<Case>{
           {"", "", "a.example", false},
           {"*", "", "a.example", true},
           {"*:443", "", "a.example", false},
           {"a.example", "", "a.example", true},
           {"*.example", "", "a.example", true},
           {"10.0.0.0/8", "", "a.example", false},
           {"::/0", "", "a.example", false},
           {"*", "a.example", "a.example", false},
           {"*", "10.0.0.0/8", "a.example", true},
           // Of an address there is nothing to be looked up, and all to be checked.
           {"*", "", "169.254.169.254", false},
       }) {
    INFO("allow " << c.allow << ", deny " << c.deny << ": " << c.host);
    CHECK(OutboundPolicy(Rules(c.allow), Rules(c.deny)).AllowsByName(c.host, 80) == c.by_name);
  }
}

TEST_CASE("outbound policy: a refusal says which rule, and what to do") {
  const auto refusal = [](const char* allow, const char* deny, const char* address) {
    return OutboundPolicy(Rules(allow), Rules(deny))
        .RefuseAddress("a.example", 80, *IpAddress::Parse(address))
        .value_or("");
  };
  CHECK(refusal("", "10.0.0.0/8:80", "10.0.0.1") ==
        "outbound.deny of nano.yaml has '10.0.0.0/8:80'");
  CHECK(refusal("b.example", "", "10.0.0.1") ==
        "no rule of outbound.allow in nano.yaml covers it: add the host's name there, or its "
        "network");
  CHECK(refusal("", "", "169.254.169.254") ==
        "it is a link-local address, at which clouds tell credentials; only a rule of "
        "outbound.allow in nano.yaml for '169.254.169.254' itself opens it");
  CHECK(refusal("", "", "64:ff9b::100.100.100.200") ==
        "it leads to 100.100.100.200, an address at which a cloud tells credentials; only a rule "
        "of outbound.allow in nano.yaml for '100.100.100.200' itself opens it");
}

}  // namespace nano::http

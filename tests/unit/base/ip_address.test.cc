// Addresses and networks: one address however it is spelled.
#include "base/ip_address.h"

#include <catch2/catch.hpp>

namespace nano {
namespace {

IpAddress Ip(const char* text) {
  const auto address = IpAddress::Parse(text);
  REQUIRE(address.has_value());
  return *address;
}

Network Net(const char* text) {
  const auto network = Network::Parse(text);
  REQUIRE(network.has_value());
  return *network;
}

TEST_CASE("ip address: read and written") {
  for (const char* text : {"127.0.0.1", "0.0.0.0", "255.255.255.255", "::", "::1", "2001:db8::1"}) {
    CHECK(Ip(text).ToString() == text);
  }
  CHECK(Ip("2001:DB8:0:0:0:0:0:1").ToString() == "2001:db8::1");
  for (const char* text : {"", "1", "1.2.3", "1.2.3.256", "1.2.3.4.5", "0x7f.0.0.1", "127.1", "::g",
                           "[::1]", "fe80::1%eth0", "localhost", "1.2.3.4 "}) {
    CHECK_FALSE(IpAddress::Parse(text).has_value());
  }
  CHECK_FALSE(IpAddress::Parse(std::string_view("1.2.3.4\0", 8)).has_value());
}

TEST_CASE("ip address: an IPv4-mapped address is the IPv4 address") {
  CHECK(Ip("::ffff:169.254.169.254") == Ip("169.254.169.254"));
  CHECK(Ip("::ffff:a9fe:a9fe").is_v4());
  CHECK(Ip("::ffff:a9fe:a9fe").ToString() == "169.254.169.254");
  CHECK_FALSE(Ip("::1").is_v4());
}

TEST_CASE("ip address: to the system's form and back") {
  for (const char* text : {"192.0.2.7", "2001:db8::7"}) {
    sockaddr_storage system;
    const socklen_t size = Ip(text).ToSockaddr(8080, system);
    CHECK(system.ss_family == (Ip(text).is_v4() ? AF_INET : AF_INET6));
    CHECK(size == (Ip(text).is_v4() ? sizeof(sockaddr_in) : sizeof(sockaddr_in6)));
    CHECK(IpAddress::Of(reinterpret_cast<sockaddr&>(system)) == Ip(text));
    CHECK(reinterpret_cast<sockaddr_in&>(system).sin_port == htons(8080));
  }
}

TEST_CASE("ip address: the IPv4 address within an IPv6 one") {
  const auto embedded = [](const char* text) {
    const auto v4 = Ip(text).embedded_v4();
    return v4 ? v4->ToString() : "";
  };
  CHECK(embedded("64:ff9b::a9fe:a9fe") == "169.254.169.254");
  CHECK(embedded("2002:a9fe:a9fe::1") == "169.254.169.254");
  CHECK(embedded("2001:0:1:2:3:4:5601:5601") == "169.254.169.254");
  CHECK(embedded("::169.254.169.254") == "169.254.169.254");
  CHECK(embedded("64:ff9b:1::a9fe:a9fe") == "169.254.169.254");
  CHECK(embedded("2001:db8::5efe:169.254.169.254") == "169.254.169.254");
  CHECK(embedded("fe80::200:5efe:169.254.169.254") == "169.254.169.254");
  CHECK(embedded("2001:db8::100:5efe:169.254.169.254") == "");
  CHECK(embedded("::1") == "");
  CHECK(embedded("::") == "");
  CHECK(embedded("2001:db8::1") == "");
  CHECK(embedded("10.0.0.1") == "");
}

TEST_CASE("ip address: the unspecified ones") {
  for (const char* text : {"0.0.0.0", "::", "::ffff:0.0.0.0"}) CHECK(Ip(text).is_unspecified());
  for (const char* text : {"0.0.0.1", "::1", "127.0.0.1"}) CHECK_FALSE(Ip(text).is_unspecified());
}

TEST_CASE("network: which networks it contains") {
  CHECK(Net("169.254.0.0/16").Contains(Net("169.254.169.254")));
  CHECK(Net("169.254.0.0/16").Contains(Net("169.254.0.0/16")));
  CHECK_FALSE(Net("169.254.0.0/16").Contains(Net("169.254.0.0/15")));
  CHECK_FALSE(Net("169.254.0.0/16").Contains(Net("0.0.0.0/0")));
  CHECK_FALSE(Net("169.254.0.0/16").Contains(Net("::/0")));
  CHECK_FALSE(Net("169.254.0.0/16").Contains(Net("10.0.0.0/24")));
}

TEST_CASE("network: what it contains") {
  CHECK(Net("10.0.0.0/8").Contains(Ip("10.255.0.1")));
  CHECK(Net("10.0.0.0/8").Contains(Ip("::ffff:10.0.0.1")));
  CHECK_FALSE(Net("10.0.0.0/8").Contains(Ip("11.0.0.0")));
  CHECK(Net("100.64.0.0/10").Contains(Ip("100.127.255.255")));
  CHECK_FALSE(Net("100.64.0.0/10").Contains(Ip("100.128.0.0")));
  CHECK(Net("fe80::/10").Contains(Ip("febf::1")));
  CHECK_FALSE(Net("fe80::/10").Contains(Ip("fec0::1")));
  CHECK(Net("0.0.0.0/0").Contains(Ip("1.2.3.4")));
  CHECK_FALSE(Net("0.0.0.0/0").Contains(Ip("::1")));
  CHECK(Net("::/0").Contains(Ip("1.2.3.4")));
  CHECK(Net("192.0.2.1").Contains(Ip("192.0.2.1")));
  CHECK_FALSE(Net("192.0.2.1").Contains(Ip("192.0.2.2")));
}

TEST_CASE("network: read and written") {
  for (const char* text : {"10.0.0.0/8", "0.0.0.0/0", "fe80::/10", "::/0", "192.0.2.1", "::1"}) {
    CHECK(Net(text).ToString() == text);
  }
  CHECK(Net("192.0.2.1/32").ToString() == "192.0.2.1");
  for (const char* text : {"10.0.0.1/8", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1",
                           "10.0.0.0/8/8", "/8", "10.0.0.0/8x"}) {
    CHECK_FALSE(Network::Parse(text).has_value());
  }
}

}  // namespace
}  // namespace nano

// IP addresses and networks as values. An IPv4 address is held as its IPv4-mapped IPv6 form
// (RFC 4291, section 2.5.5.2), so that the two spellings of one address are one address: whoever
// compares or matches cannot forget either. Plain data; thread-safe as any value type.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nano {

class IpAddress {
 public:
  // "192.0.2.1" or "2001:db8::1", without brackets. Zone identifiers, and IPv4 in fewer than four
  // decimal parts, are refused.
  static std::optional<IpAddress> Parse(std::string_view text);
  // Of an AF_INET or AF_INET6 address.
  static IpAddress Of(const sockaddr& address);

  bool is_v4() const;
  // The 128 bits of the IPv6 form, the highest first.
  const std::array<uint8_t, 16>& bytes() const { return bytes_; }
  // The IPv4 address that a translator or a tunnel would connect to for this IPv6 one: NAT64 (RFC
  // 6052, the well-known prefix, and RFC 8215's with 96 bits), 6to4 (RFC 3056), Teredo's client
  // (RFC 4380), ISATAP (RFC 5214), IPv4-compatible (RFC 4291).
  std::optional<IpAddress> embedded_v4() const;
  // 0.0.0.0 or ::, at which connecting reaches the loopback.
  bool is_unspecified() const;

  // "192.0.2.1", "2001:db8::1".
  std::string ToString() const;
  // As the system wants it for `port`; its size is returned.
  socklen_t ToSockaddr(uint16_t port, sockaddr_storage& out) const;

  auto operator<=>(const IpAddress&) const = default;

 private:
  static IpAddress OfV4(const uint8_t* four);

  std::array<uint8_t, 16> bytes_{};
};

// An address block (CIDR, RFC 4632).
class Network {
 public:
  // "10.0.0.0/8", "fe80::/10", or a single address. Bits beyond the prefix must be zero.
  static std::optional<Network> Parse(std::string_view text);

  bool Contains(const IpAddress& address) const;
  // All of another one, or it is the same.
  bool Contains(const Network& other) const {
    return other.prefix_ >= prefix_ && Contains(other.base_);
  }
  // "10.0.0.0/8"; a single address without its prefix.
  std::string ToString() const;

  bool operator==(const Network&) const = default;

 private:
  IpAddress base_;
  uint8_t prefix_ = 128;  // Of the IPv6 form.
};

}  // namespace nano

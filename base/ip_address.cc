// Reading and writing addresses by the C library, matching them by their bits.
#include "base/ip_address.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>

namespace nano {
namespace {

constexpr size_t kV4Offset = 12;   // Of the IPv4 address in its mapped form.
constexpr uint8_t kV4Prefix = 96;  // Of the network of mapped addresses.

// Whether the first bits of two addresses are the same.
bool SamePrefix(const uint8_t* a, const uint8_t* b, size_t bits) {
  const size_t whole = bits / 8;
  if (std::memcmp(a, b, whole) != 0) return false;
  const size_t rest = bits % 8;
  return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

}  // namespace

IpAddress IpAddress::OfV4(const uint8_t* four) {
  IpAddress address;
  address.bytes_[10] = address.bytes_[11] = 0xff;
  std::memcpy(address.bytes_.data() + kV4Offset, four, 4);
  return address;
}

std::optional<IpAddress> IpAddress::Parse(std::string_view text) {
  const std::string copy(text);
  if (copy.find('\0') != std::string::npos) return std::nullopt;
  uint8_t bytes[16];
  if (inet_pton(AF_INET, copy.c_str(), bytes) == 1) return OfV4(bytes);
  if (inet_pton(AF_INET6, copy.c_str(), bytes) != 1) return std::nullopt;
  IpAddress address;
  std::memcpy(address.bytes_.data(), bytes, sizeof bytes);
  return address;
}

IpAddress IpAddress::Of(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    return OfV4(reinterpret_cast<const uint8_t*>(&v4.sin_addr));
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
  IpAddress out;
  std::memcpy(out.bytes_.data(), &v6.sin6_addr, sizeof v6.sin6_addr);
  return out;
}

bool IpAddress::is_v4() const {
  static constexpr uint8_t kMapped[kV4Offset] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return SamePrefix(bytes_.data(), kMapped, kV4Prefix);
}

std::optional<IpAddress> IpAddress::embedded_v4() const {
  if (is_v4()) return std::nullopt;
  static constexpr uint8_t kNat64[] = {0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0};
  static constexpr uint8_t kLocalNat64[] = {0x00, 0x64, 0xff, 0x9b, 0, 1};
  static constexpr uint8_t kIsatap[] = {0x5e, 0xfe};
  static constexpr uint8_t k6To4[] = {0x20, 0x02};
  static constexpr uint8_t kTeredo[] = {0x20, 0x01, 0, 0};
  static constexpr uint8_t kCompatible[kV4Offset] = {};
  const uint8_t* last = bytes_.data() + kV4Offset;
  if (SamePrefix(bytes_.data(), kNat64, 96)) return OfV4(last);
  if (SamePrefix(bytes_.data(), kLocalNat64, 48)) return OfV4(last);
  if (SamePrefix(bytes_.data(), k6To4, 16)) return OfV4(bytes_.data() + 2);
  if (SamePrefix(bytes_.data(), kTeredo, 32)) {
    uint8_t client[4];
    for (int i = 0; i < 4; ++i) client[i] = static_cast<uint8_t>(~last[i]);
    return OfV4(client);
  }
  // The interface identifier, whose first bit but six tells addresses that are unique.
  const uint8_t* interface = bytes_.data() + 8;
  if ((interface[0] & ~0x02) == 0 && interface[1] == 0 && SamePrefix(interface + 2, kIsatap, 16)) {
    return OfV4(last);
  }
  // :: and ::1 are the unspecified address and the loopback, not IPv4's 0.0.0.0 and 0.0.0.1.
  const bool compatible =
      SamePrefix(bytes_.data(), kCompatible, 96) && (last[0] != 0 || last[1] != 0 || last[2] != 0);
  return compatible ? std::optional(OfV4(last)) : std::nullopt;
}

bool IpAddress::is_unspecified() const {
  static constexpr uint8_t kZeros[16] = {};
  return is_v4() ? std::memcmp(bytes_.data() + kV4Offset, kZeros, 4) == 0
                 : std::memcmp(bytes_.data(), kZeros, sizeof kZeros) == 0;
}

std::string IpAddress::ToString() const {
  char text[INET6_ADDRSTRLEN];
  if (is_v4()) return inet_ntop(AF_INET, bytes_.data() + kV4Offset, text, sizeof text);
  return inet_ntop(AF_INET6, bytes_.data(), text, sizeof text);
}

socklen_t IpAddress::ToSockaddr(uint16_t port, sockaddr_storage& out) const {
  out = {};
  if (is_v4()) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(out);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&v4.sin_addr, bytes_.data() + kV4Offset, 4);
    return sizeof v4;
  }
  auto& v6 = reinterpret_cast<sockaddr_in6&>(out);
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  std::memcpy(&v6.sin6_addr, bytes_.data(), bytes_.size());
  return sizeof v6;
}

std::optional<Network> Network::Parse(std::string_view text) {
  const size_t slash = text.find('/');
  const std::optional<IpAddress> base = IpAddress::Parse(text.substr(0, slash));
  if (!base) return std::nullopt;
  Network network;
  network.base_ = *base;
  if (slash == std::string_view::npos) return network;

  const std::string_view digits = text.substr(slash + 1);
  const bool v4 = text.substr(0, slash).find(':') == std::string_view::npos;
  unsigned prefix = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
  if (error != std::errc() || end != digits.data() + digits.size() || prefix > (v4 ? 32u : 128u)) {
    return std::nullopt;
  }
  network.prefix_ = static_cast<uint8_t>(v4 ? prefix + kV4Prefix : prefix);
  std::array<uint8_t, 16> rest = base->bytes();
  for (size_t bit = 0; bit < network.prefix_; ++bit) {
    rest[bit / 8] &= static_cast<uint8_t>(~(0x80u >> (bit % 8)));
  }
  if (rest != std::array<uint8_t, 16>{}) return std::nullopt;
  return network;
}

bool Network::Contains(const IpAddress& address) const {
  return SamePrefix(base_.bytes().data(), address.bytes().data(), prefix_);
}

std::string Network::ToString() const {
  if (prefix_ == 128) return base_.ToString();
  const bool v4 = base_.is_v4() && prefix_ >= kV4Prefix;
  return base_.ToString() + "/" + std::to_string(v4 ? prefix_ - kV4Prefix : prefix_);
}

}  // namespace nano

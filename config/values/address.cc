// Addresses to listen on: parsing and printing.
#include "config/values/address.h"

#include <arpa/inet.h>

#include <charconv>
#include <utility>

namespace nano::config {
namespace {

constexpr char kHint[] = "Write 127.0.0.1:8080, [::1]:8080, or :8080 for every interface.";

// The address in its canonical spelling; empty if it is none of that family.
std::string Canonical(int family, const std::string& text) {
  unsigned char bytes[sizeof(in6_addr)];
  char out[INET6_ADDRSTRLEN];
  if (inet_pton(family, text.c_str(), bytes) != 1) return {};
  return inet_ntop(family, bytes, out, sizeof(out));
}

}  // namespace

std::string Address::ToString() const {
  const bool bracketed = host.find(':') != std::string::npos;
  return (bracketed ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Address> ParseAddress(std::string_view text) {
  const std::string quoted = "'" + std::string(text) + "'";
  const size_t colon = text.rfind(':');
  const std::string_view port = colon == std::string_view::npos ? text : text.substr(colon + 1);
  std::string host(colon == std::string_view::npos ? std::string_view() : text.substr(0, colon));

  Address address;
  const char* const end = port.data() + port.size();
  const auto [rest, status] = std::from_chars(port.data(), end, address.port);
  const bool number = !port.empty() && rest == end;
  if (number && status == std::errc::result_out_of_range) {
    return Error{quoted + ": ports end at 65535", "", ""};
  }
  if (!number || status != std::errc()) {
    if (text.find_first_not_of("0123456789.") == std::string_view::npos || text == "localhost" ||
        text.ends_with(']')) {
      return Error{quoted + " has no port", "", kHint};
    }
    return Error{quoted + " is not an address to listen on", "", kHint};
  }
  if (host.empty()) return address;
  if (host == "localhost") host = "127.0.0.1";

  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    address.host = Canonical(AF_INET6, host.substr(1, host.size() - 2));
  } else if (host.find(':') != std::string::npos) {
    return Error{quoted + " is ambiguous", "", "Put IPv6 addresses in brackets: [::1]:8080."};
  } else {
    address.host = Canonical(AF_INET, host);
  }
  if (address.host.empty()) {
    return Error{quoted + ": '" + host + "' is not an IP address", "", kHint};
  }
  return address;
}

}  // namespace nano::config

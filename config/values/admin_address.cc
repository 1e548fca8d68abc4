// A Unix socket's path, or what ParseAddress takes.
#include "config/values/admin_address.h"

#include <utility>

namespace nano::config {
namespace {

constexpr std::string_view kUnix = "unix:";
constexpr char kHint[] = "Write unix:PATH, an address such as 127.0.0.1:9000, or off.";

}  // namespace

std::string AdminAddress::ToString() const {
  if (const auto* socket = std::get_if<Unix>(&place)) return std::string(kUnix) + socket->path;
  if (const auto* address = std::get_if<Address>(&place)) return address->ToString();
  return std::holds_alternative<Off>(place) ? "off" : "";
}

Result<AdminAddress> ParseAdminAddress(std::string_view text) {
  if (text == "off") return AdminAddress{AdminAddress::Off{}};
  if (text.starts_with(kUnix)) {
    text.remove_prefix(kUnix.size());
    if (text.empty() || text.find('\0') != text.npos) {
      return Error{"'unix:' without a path", "", kHint};
    }
    return AdminAddress{AdminAddress::Unix{std::string(text)}};
  }
  if (text.find('/') != text.npos) {
    const std::string quoted = "'" + std::string(text) + "'";
    return Error{quoted + " is not an address to listen on", "",
                 "A Unix socket is written unix:" + std::string(text) + "."};
  }
  Result<Address> address = ParseAddress(text);
  if (!address.ok()) return Error{address.error().message, "", kHint};
  return AdminAddress{std::move(address).value()};
}

}  // namespace nano::config

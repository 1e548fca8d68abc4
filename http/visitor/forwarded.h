// What proxies write of those who asked them: X-Forwarded-For, Forwarded (RFC 7239), and fields of
// one address such as X-Real-IP. Lists are read from the right, where the nearest proxy has
// written: what stands further left is as true as whoever wrote it.
//
// All of it is untrusted bytes. Owns nothing but what it returns; thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"

namespace nano::http {

// One that has asked a proxy.
struct ForwardedNode {
  // None: it is not told ("unknown", "_hidden"), or malformed.
  std::optional<IpAddress> address;
  // "http" or "https", static text; empty: not told.
  std::string_view scheme;
};

// How a field tells it.
enum class ForwardedFormat : unsigned char {
  kList,      // X-Forwarded-For: addresses with commas between them.
  kElements,  // Forwarded: `for=192.0.2.1;proto=https, for="[2001:db8::1]:4711"`.
  kAddress,   // One address.
};

ForwardedFormat FormatOf(std::string_view field);

// An address as those fields have it: "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]",
// "[2001:db8::1]:80". A port may be a number or, of RFC 7239, "_hidden".
std::optional<IpAddress> AddressOfNode(std::string_view node);

// All that a block of header fields (http/fields.h) says in this field, the nearest one first. What
// is malformed ends the list with a node of which nothing is known: nobody can tell what it hides.
// A field of one address that comes with several values is malformed.
std::vector<ForwardedNode> ForwardedNodes(std::string_view block, std::string_view field);

// The schemes in X-Forwarded-Proto, the nearest one first; empty texts for what is none.
std::vector<std::string_view> ForwardedSchemes(std::string_view block);

}  // namespace nano::http

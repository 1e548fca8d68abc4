// What proxies write of those who asked them: X-Forwarded-For, Forwarded (RFC 7239), and fields of
// one address such as X-Real-IP. Lists are read from the right, where the nearest proxy has
// written: what stands further left is as true as whoever wrote it.
//
// All of it is untrusted bytes. Owns nothing but what it returns; thread-safe.
#pragma once

#include <cstddef>
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

// What a block of header fields (http/fields.h) says in a field, the nearest one first, each when
// it is asked for: what stands left of the client, which may be much, costs nothing. Views of the
// block.
//
// What is malformed ends the list with a node of which nothing is known: nobody can tell what it
// hides. A field of one address that comes with several values is malformed.
class ForwardedNodes {
 public:
  ForwardedNodes(std::string_view block, std::string_view field);

  // None: there are no more.
  std::optional<ForwardedNode> Next();

 private:
  // Goes on to the next line on the left if this one is read. False: there is none.
  bool HasMore();
  std::optional<ForwardedNode> NextElement();
  // The next item that is not empty (RFC 9110, section 5.6.1), of a list without quotes.
  std::optional<std::string_view> NextItem();

  const ForwardedFormat format_;
  std::vector<std::string_view> lines_;
  std::string_view rest_;  // Of the line that is read now.
  bool at_end_ = false;
};

// The scheme in X-Forwarded-Proto at a place, of which the nearest is 0; where there are fewer, the
// leftmost. Empty: there is none, or it is something else.
std::string_view ForwardedScheme(std::string_view block, size_t place);

}  // namespace nano::http

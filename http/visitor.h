// Who has sent a request, where that is not the peer of its connection: a client behind proxies, or
// an app of the server that says for whom it asks. Plain data. Thread: as any value type.
#pragma once

#include <string>
#include <string_view>

namespace nano::http {

struct Visitor {
  // The client's address, "192.0.2.1" or "2001:db8::1"; empty: of a call between apps.
  std::string address;
  // The same and the proxies that the request came by, the peer of the connection left out:
  // "192.0.2.1, 10.0.0.7".
  std::string path;
  // Of the URL that the client asked for: "http" or "https", static text; empty: nobody says.
  std::string_view scheme;
  // What is told of the client besides, a JSON object (`request.cf`); empty: as of any other.
  std::string cf;
};

}  // namespace nano::http

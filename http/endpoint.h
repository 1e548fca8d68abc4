// What the connections of a listening socket have in common, told by whoever listens: plain data.
// Thread: as any value type.
#pragma once

#include <string_view>

#include "net/secure_layer.h"

namespace nano::http {

struct Endpoint {
  std::string_view scheme = "http";  // Of the URLs that requests are for; static text.
  net::SecureLayerMaker secure{};    // Makes what secures each connection; empty: they are plain.
};

}  // namespace nano::http

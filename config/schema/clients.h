// `server.clients` in nano.yaml: who the client of a request is, also behind proxies, and what apps
// are told of it. Owns its values; immutable after loading, hence safe to share between threads.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ip_address.h"
#include "config/schema/key.h"

namespace nano::config {

// A name and what it stands for.
using NamedTexts = std::vector<std::pair<std::string, std::string>>;

struct ClientSettings {
  // Peers that are believed what they say of their clients.
  std::vector<Network> trusted_proxies;
  // The header field in which they say it; in lower case.
  std::string forwarded_header = "x-forwarded-for";
  // Those that apps get from the server, whatever the client has sent: of kClientHeaders.
  std::vector<std::string> headers{"cf-connecting-ip"};
  NamedTexts cf;          // Members of `request.cf`, as JSON …
  NamedTexts cf_headers;  // … and those that trusted proxies say in these header fields.
};

// The fields that the server can fill.
inline constexpr std::string_view kClientHeaders[] = {
    "cf-connecting-ip", "true-client-ip", "x-real-ip", "x-forwarded-for", "x-forwarded-proto"};

const Table<ClientSettings>& ClientKeys();

}  // namespace nano::config

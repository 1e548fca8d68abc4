// The admin API's settings, as the server uses them: from the command line, nano.yaml and the
// server's environment.
//
// Plain data, with secrets. Thread: the main one, before the workers start.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/schema/server.h"
#include "config/values/template.h"
#include "server/admin/access.h"

namespace nano::server::admin {

struct Settings {
  // Of a Unix socket; empty: none.
  std::string socket;
  // Of TCP; none: no such one.
  std::optional<config::Address> address;
  std::vector<Access::Token> tokens;
  std::string certificate, key, client_ca;  // Paths; empty: none.
  std::vector<std::string> hosts;
  uint64_t max_upload = 0;
  std::vector<config::Address> health;

  bool off() const { return socket.empty() && !address.has_value(); }
};

// `flag` is what `--admin` says. Fails, rather than be open: an address of TCP without a token or
// client certificates, or one that others reach without TLS unless `plain` says so; a token that is
// empty or easily guessed, or whose variable is not set. A socket's path is absolute.
Result<Settings> ResolveSettings(const std::optional<config::AdminAddress>& flag,
                                 const config::ServerSettings& server, const std::string& dist,
                                 const config::EnvironmentLookup& lookup);

// nano.sock beside dist/, wherever "dist", "dist/" or "." is: where the API is unless it is said.
std::string SocketBeside(const std::string& dist);

}  // namespace nano::server::admin

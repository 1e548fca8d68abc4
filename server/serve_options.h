// What `nano serve` is asked for on its command line.
//
// Plain data. Thread: the main one, once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/values/address.h"
#include "config/values/admin_address.h"

namespace nano::server {

// What is not given is left to nano.yaml and the defaults (server/settings.h).
struct ServeOptions {
  std::optional<std::string> dist;
  std::optional<std::string> config;
  std::vector<config::Address> listen;
  std::optional<uint32_t> workers;  // 1 or more.
  std::optional<config::AdminAddress> admin;
  std::optional<bool> watch;  // Reload when files change; else if it runs on a terminal.
  // The whole command line, the program's name first: an upgrade runs it again.
  std::vector<std::string> command;
};

}  // namespace nano::server

// The command line of `nano`.
//
// Plain data. Thread: the main one, once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "config/values/address.h"

namespace nano::server {

// `nano serve`; what is not given is left to nano.yaml and the defaults (server/settings.h).
struct ServeArguments {
  std::optional<std::string> dist;
  std::optional<std::string> config;
  std::vector<config::Address> listen;
  std::optional<uint32_t> workers;  // 1 or more.
};

// The program is to end without doing anything: help was asked for or the usage is wrong.
struct Exit {
  int status = 0;
  std::string output;  // For stdout if `status` is 0, else for stderr.
};

inline constexpr int kUsageError = 2;

std::variant<ServeArguments, Exit> ParseArguments(int argc, const char* const* argv);

}  // namespace nano::server

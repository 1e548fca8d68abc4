// The server's settings, put together from the command line, nano.yaml and the defaults.
//
// Plain data. Thread: the main one, before the workers start; immutable afterwards.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "http/limits.h"
#include "server/serve_options.h"

namespace nano::server {

struct Settings {
  std::string dist;
  std::vector<config::Address> listen;  // Never empty.
  size_t workers = 1;                   // Never 0.
  http::Limits limits;
  uint64_t memory = 0;  // Of one worker; 0: no bound.
  bool sandbox = true;
  config::AccessLogSettings access_log;
  config::ClientSettings clients;
  std::chrono::milliseconds shutdown_timeout{0};
  std::chrono::milliseconds drain_timeout{0};
  std::chrono::milliseconds upgrade_timeout{0};
  std::string state;    // A folder.
  std::string storage;  // Another one.
  config::CacheSettings cache;
};

// What the command line says goes before nano.yaml, which goes before the defaults. `cores` is the
// number of workers if nobody says it.
Settings ResolveSettings(const ServeOptions& options, const config::Config& config, size_t cores);

// Loads the file that `--config` names; without the flag, ./nano.yaml if there is one, else
// none. `files`, if not null, gets what it is made of, as LoadConfig has it. Errors: those of
// config::FindConfig and LoadConfig.
Result<config::Config> LoadConfiguration(const ServeOptions& options,
                                         std::vector<std::string>* files = nullptr);

// The keys of `server` by which two configurations differ, and which a running server does not take
// over when it reads them again.
std::vector<std::string> KeysForNextStart(const config::ServerSettings& running,
                                          const config::ServerSettings& read);

}  // namespace nano::server

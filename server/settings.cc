// Merges flags, nano.yaml and defaults. See settings.h for ownership and threads.
#include "server/settings.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string_view>

#include "config/load.h"
#include "snapshot/dist.h"

namespace nano::server {
namespace {

// http/ knows no configuration, and config/ no sockets: what one says to the other is said here.
http::Limits LimitsOf(const config::HttpSettings& settings) {
  const auto ms = [](std::chrono::milliseconds duration) {
    return static_cast<uint64_t>(duration.count());
  };
  http::Limits limits;
  limits.header_bytes = settings.header_bytes;
  limits.header_count = settings.header_count;
  limits.target_bytes = settings.target_bytes;
  limits.body_bytes = settings.body_bytes;
  limits.idle_timeout = ms(settings.idle_timeout);
  limits.header_timeout = ms(settings.header_timeout);
  limits.body_timeout = ms(settings.body_timeout);
  limits.write_timeout = ms(settings.write_timeout);
  limits.min_receive_rate = settings.min_receive_rate;
  limits.min_send_rate = settings.min_send_rate;
  limits.buffer_bytes = settings.buffer_bytes;
  limits.connections = settings.connections;
  return limits;
}

// Not in it: that may be made anew.
std::string BesideDist(const std::string& dist, const char* name) {
  std::filesystem::path folder = std::filesystem::path(dist).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  return (folder.parent_path() / name).string();
}

// What every new version of an app takes from the configuration as it is then.
bool IsOfVersions(std::string_view key) {
  return key == "kv" || key == "boot_timeout" || key == "health_timeout" || key == "drain_timeout";
}

}  // namespace

Settings ResolveSettings(const ServeOptions& options, const config::Config& config, size_t cores) {
  const config::ServerSettings& server = config.server;
  Settings settings;
  settings.dist = options.dist.value_or(config.build.out);
  settings.listen = options.listen.empty() ? server.listen : options.listen;
  settings.workers = options.workers.value_or(server.workers);
  if (settings.workers == 0) settings.workers = std::max<size_t>(cores, 1);
  settings.limits = LimitsOf(server.limits);
  settings.memory = server.memory;
  settings.sandbox = server.sandbox;
  settings.access_log = server.access_log;
  settings.clients = server.clients;
  settings.shutdown_timeout = server.shutdown_timeout;
  settings.drain_timeout = server.drain_timeout;
  settings.upgrade_timeout = server.upgrade_timeout;
  settings.state = server.state.text.empty() ? settings.dist + "/" + snapshot::kStateFolder
                                             : config::PathOf(server.state);
  settings.storage = server.storage.text.empty() ? BesideDist(settings.dist, ".storage")
                                                 : config::PathOf(server.storage);
  settings.cache = server.cache;
  return settings;
}

Result<config::Config> LoadConfiguration(const ServeOptions& options,
                                         std::vector<std::string>* files) {
  const auto load = [files](const std::string& path) {
    return config::LoadConfig(path, config::Purpose::kServe, files);
  };
  if (options.config.has_value()) return load(*options.config);
  // One that comes is noticed too.
  if (files != nullptr) files->push_back(config::kFileName);
  const std::optional<std::string> file = TRY(config::FindConfig("."));
  return file.has_value() ? load(*file) : config::Config();
}

std::vector<std::string> KeysForNextStart(const config::ServerSettings& running,
                                          const config::ServerSettings& read) {
  std::vector<std::string> keys;
  for (const config::Key<config::ServerSettings>& key : config::ServerKeys()) {
    if (IsOfVersions(key.path) || key.value.show(running) == key.value.show(read)) continue;
    keys.push_back("server." + key.path);
  }
  return keys;
}

}  // namespace nano::server

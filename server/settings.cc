// Merges flags, nano.yaml and defaults. See settings.h for ownership and threads.
#include "server/settings.h"

#include <algorithm>
#include <optional>

#include "config/load.h"

namespace nano::server {

Settings ResolveSettings(const ServeOptions& options, const config::Config& config, size_t cores) {
  const config::ServerSettings& server = config.server;
  Settings settings;
  settings.dist = options.dist.value_or(config.build.out);
  settings.listen = options.listen.empty() ? server.listen : options.listen;
  settings.workers = options.workers.value_or(server.workers);
  if (settings.workers == 0) settings.workers = std::max<size_t>(cores, 1);
  settings.limits = server.limits;
  settings.shutdown_timeout = server.shutdown_timeout;
  return settings;
}

Result<config::Config> LoadConfiguration(const ServeOptions& options) {
  if (options.config.has_value()) return config::LoadConfig(*options.config);
  const Result<std::optional<std::string>> file = config::FindConfig(".");
  if (!file.ok()) return file.error();
  return file->has_value() ? config::LoadConfig(**file) : config::Config();
}

}  // namespace nano::server

// Choosing. See effective_settings.h.
#include "server/release/effective_settings.h"

#include <chrono>

namespace nano::server {
namespace {

// What an app says of its deployments, or else the server for all.
std::chrono::milliseconds Either(std::chrono::milliseconds own, std::chrono::milliseconds common) {
  return own.count() == 0 ? common : own;
}

}  // namespace

Deployment DeploymentOf(const config::AppSettings& app, const config::ServerSettings& server) {
  return {.health = app.deployment.health,
          .boot_timeout = Either(app.deployment.boot_timeout, server.boot_timeout),
          .health_timeout = Either(app.deployment.health_timeout, server.health_timeout)};
}

AppTerms TermsOf(const config::AppSettings& app, const config::ServerSettings& server) {
  return {.limits = app.limits,
          .drain_timeout = Either(app.deployment.drain_timeout, server.drain_timeout),
          .idle = app.deployment.idle};
}

}  // namespace nano::server

// The keys of how an app is run.
#include "config/schema/deployment.h"

#include "config/schema/kinds.h"
#include "config/values/canary_key.h"
#include "config/values/request_path.h"

namespace nano::config {
namespace {

using namespace std::chrono_literals;
using enum ReadBy;

Result<void> CheckCanaryKey(const std::string& key) {
  TRY(CanaryKey::Parse(key));
  return {};
}

}  // namespace

const Table<DeploymentSettings>& DeploymentKeys() {
  using Settings = DeploymentSettings;
  static const Table<Settings> keys = {
      {"health", Text(&Settings::health, CheckRequestPath).Unset("none"), kServe,
       "A path that a new version has to answer, with a status below 400, before it takes the "
       "old one's place."},
      {"canary_key", Text(&Settings::canary_key, CheckCanaryKey).Unset("header:nano-version-key"),
       kServe,
       "What decides which version answers while there are two: `header:NAME` or `cookie:NAME`. "
       "The same value gets the same version."},
      {"boot_timeout", Duration(&Settings::boot_timeout, 1ms).Unset("`server.boot_timeout`"),
       kServe, "For a new version of the app to boot."},
      {"health_timeout", Duration(&Settings::health_timeout, 1ms).Unset("`server.health_timeout`"),
       kServe, "For a new version of the app to answer on its `health` path."},
      {"drain_timeout", Duration(&Settings::drain_timeout, 1ms).Unset("`server.drain_timeout`"),
       kServe, "How long what an old version of the app has under way may go on."},
      {"idle", Duration(&Settings::idle, 0ms), kServe,
       "An isolate that gets no request for so long, and has nothing under way, is given up with "
       "its "
       "timers; the next request boots another. `0s` is never."},
  };
  return keys;
}

}  // namespace nano::config

// Compares versions key by key. See release_diff.h.
#include "server/deploy/release_diff.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/byte_stream.h"
#include "snapshot/snapshot_diff.h"

namespace nano::server {
namespace {

constexpr size_t kShownDigest = 12;

// What a configuration has of an app, as texts by their keys. Secrets have one key together.
std::map<std::string, std::string> KeysOf(const ServedApp& app) {
  const AppVersion& version = *app.version;
  std::map<std::string, std::string> keys;
  for (const std::string& host : app.hosts) keys["hosts"] += host + "\n";
  keys["default"] = app.is_default ? "true" : "";
  keys["isolation"] = app.group;
  for (const auto& [name, value] : version.env) {
    const auto& secrets = version.secrets;
    const bool secret = std::find(secrets.begin(), secrets.end(), name) != secrets.end();
    (secret ? keys["secrets"] : keys["env." + name]) += name + "=" + value + "\n";
  }
  for (const Service& service : version.services) keys["services." + service.name] = service.app;
  ByteWriter outbound;
  version.outbound.Encode(outbound);
  keys["outbound"] = outbound.Take();
  for (const config::Key<config::AppLimits>& key : config::AppLimitKeys()) {
    keys["limits." + key.path] = key.value.show(app.terms.limits);
  }
  const Deployment& deployment = version.deployment;
  keys["health"] = deployment.health;
  keys["boot_timeout"] = std::to_string(deployment.boot_timeout.count());
  keys["health_timeout"] = std::to_string(deployment.health_timeout.count());
  keys["drain_timeout"] = std::to_string(app.terms.drain_timeout.count());
  keys["idle"] = std::to_string(app.terms.idle.count());
  if (app.canary) {
    keys["canary"] = app.canary->version->digest + " " + std::to_string(app.canary->percent) + " " +
                     app.canary->key.ToString();
  }
  std::erase_if(keys, [](const auto& key) { return key.second.empty(); });
  return keys;
}

std::vector<std::string> DifferingKeys(const ServedApp& old, const ServedApp& now) {
  const auto before = KeysOf(old);
  const auto after = KeysOf(now);
  std::vector<std::string> keys;
  for (const auto& [key, value] : before) {
    const auto found = after.find(key);
    if (found == after.end() || found->second != value) keys.push_back(key);
  }
  for (const auto& [key, value] : after) {
    if (!before.contains(key)) keys.push_back(key);
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

AppDifference Compare(const ServedApp& old, const ServedApp& now) {
  AppDifference difference{.app = now.name()};
  difference.keys = DifferingKeys(old, now);
  const AppVersion& before = *old.version;
  const AppVersion& after = *now.version;
  // A snapshot that was damaged and is whole again is other code than nothing.
  const bool is_mended = !before.refusal.empty() && after.refusal.empty();
  if (before.digest == after.digest && !is_mended) {
    if (!difference.keys.empty()) difference.kind = AppDifference::Kind::kConfig;
    return difference;
  }
  difference.kind = AppDifference::Kind::kCode;
  difference.old_digest = before.digest;
  difference.new_digest = after.digest;
  difference.old_bytes = before.bytes;
  difference.new_bytes = after.bytes;
  difference.refusal = after.refusal;
  if (before.snapshot && after.snapshot) {
    difference.bytes_differing = snapshot::Compare(*before.snapshot, *after.snapshot).differ();
  }
  return difference;
}

std::string Short(const std::string& digest) { return digest.substr(0, kShownDigest); }

std::string Joined(const std::vector<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) joined += (joined.empty() ? "" : ", ") + text;
  return joined;
}

std::string DescribeCode(const AppDifference& difference) {
  const std::string now = Short(difference.new_digest);
  if (!now.empty() && difference.old_digest == difference.new_digest) {
    return "could not be served, and can be now: " + now;
  }
  std::string text = "code changed: " + Short(difference.old_digest) + " → " + now + ", " +
                     snapshot::ReadableBytes(difference.old_bytes) + " → " +
                     snapshot::ReadableBytes(difference.new_bytes);
  if (difference.bytes_differing == 0) return text;  // One of them cannot be read.
  return text + ", " + snapshot::ReadableBytes(difference.bytes_differing) + " differ";
}

}  // namespace

std::vector<AppDifference> CompareReleases(const Release* base,
                                           const std::vector<ServedApp>& next) {
  std::vector<AppDifference> differences;
  const std::vector<ServedApp> none;
  ForEachChange(base == nullptr ? none : base->apps(), next,
                [&](const ServedApp* old, const ServedApp* now) {
                  const bool was = old != nullptr && !old->leaving;
                  const bool is = now != nullptr && !now->leaving;
                  if (was && is) {
                    differences.push_back(Compare(*old, *now));
                  } else if (is) {
                    differences.push_back({.app = now->name(),
                                           .kind = AppDifference::Kind::kAdded,
                                           .new_digest = now->version->digest,
                                           .new_bytes = now->version->bytes,
                                           .refusal = now->version->refusal});
                  } else if (was) {
                    differences.push_back({.app = old->name(),
                                           .kind = AppDifference::Kind::kRemoved,
                                           .old_digest = old->version->digest,
                                           .old_bytes = old->version->bytes});
                  }
                });
  return differences;
}

std::string Describe(const AppDifference& difference) {
  std::string text;
  switch (difference.kind) {
    case AppDifference::Kind::kUnchanged:
      return "unchanged";
    case AppDifference::Kind::kAdded:
      return "added: " + Short(difference.new_digest) + ", " +
             snapshot::ReadableBytes(difference.new_bytes);
    case AppDifference::Kind::kRemoved:
      return "removed";
    case AppDifference::Kind::kCode:
      text = DescribeCode(difference);
      if (difference.keys.empty()) return text;
      return text + "; configuration changed: " + Joined(difference.keys);
    case AppDifference::Kind::kConfig:
      return "configuration changed: " + Joined(difference.keys);
  }
  return text;
}

}  // namespace nano::server

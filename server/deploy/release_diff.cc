// Compares versions key by key. See release_diff.h.
#include "server/deploy/release_diff.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "base/byte_stream.h"
#include "config/yaml/units.h"
#include "server/release/groups.h"
#include "snapshot/snapshot_diff.h"

namespace nano::server {
namespace {

constexpr size_t kShownDigest = 12;

// What a configuration has of an app, as texts by their keys. Secrets have one key together.
std::map<std::string, std::string> KeysOf(const ServedApp& app) {
  const AppVersion& version = *app.version;
  std::map<std::string, std::string> keys;
  for (const std::string& host : app.hosts) {
    keys["hosts"] += (keys["hosts"].empty() ? "" : " ") + host;
  }
  keys["default"] = app.is_default ? "true" : "";
  keys["isolation"] = IsolationWords(app.group);
  for (const auto& [name, value] : version.env) {
    const auto& secrets = version.secrets;
    const bool secret = std::find(secrets.begin(), secrets.end(), name) != secrets.end();
    (secret ? keys["secrets"] : keys["env." + name]) += name + "=" + value + "\n";
  }
  for (const Service& service : version.services) {
    keys["services." + service.name] =
        service.shown() + (service.props.empty() ? "" : " " + service.props);
  }
  for (const KvBinding& binding : version.kv) keys["kv." + binding.name] = binding.shown();
  ByteWriter outbound;
  version.outbound.Encode(outbound);
  keys["outbound"] = outbound.Take();
  for (const config::Key<config::AppLimits>& key : config::AppLimitKeys()) {
    keys["limits." + key.path] = key.value.show(app.terms.limits);
  }
  const Deployment& deployment = version.deployment;
  keys["health"] = deployment.health;
  keys["boot_timeout"] = config::FormatDuration(deployment.boot_timeout);
  keys["health_timeout"] = config::FormatDuration(deployment.health_timeout);
  keys["drain_timeout"] = config::FormatDuration(app.terms.drain_timeout);
  keys["idle"] = config::FormatDuration(app.terms.idle);
  for (const config::CronExpression& cron : app.crons) {
    std::string& crons = keys["triggers.crons"];
    crons += (crons.empty() ? "" : ", ") + cron.text();
  }
  if (app.canary) {
    keys["canary"] = app.canary->version->digest + " " + std::to_string(app.canary->percent) + " " +
                     app.canary->key.ToString();
  }
  std::erase_if(keys, [](const auto& key) { return key.second.empty(); });
  return keys;
}

// Those whose values are told. Variables may be secrets, though nobody has said so, and so may
// addresses of proxies; canaries are told by words of their own. A key that is new is told by its
// name alone until it is here.
bool MayShow(std::string_view key) {
  constexpr std::string_view kShown[] = {"hosts",         "default",      "isolation",
                                         "health",        "boot_timeout", "health_timeout",
                                         "drain_timeout", "idle",         "triggers.crons"};
  return key.starts_with("limits.") || key.starts_with("services.") || key.starts_with("kv.") ||
         std::ranges::find(kShown, key) != std::end(kShown);
}

void NoteDiffering(const ServedApp& old, const ServedApp& now, AppDifference& difference) {
  const auto before = KeysOf(old);
  const auto after = KeysOf(now);
  std::set<std::string> keys;
  for (const auto& entry : before) keys.insert(entry.first);
  for (const auto& entry : after) keys.insert(entry.first);
  const auto value_in = [](const auto& map, const std::string& key) {
    const auto found = map.find(key);
    return found == map.end() ? std::string() : found->second;
  };
  for (const std::string& key : keys) {
    ValueChange change{key, value_in(before, key), value_in(after, key)};
    if (change.old == change.now) continue;
    difference.keys.push_back(key);
    if (MayShow(key)) difference.values.push_back(std::move(change));
  }
}

AppDifference Compare(const ServedApp& old, const ServedApp& now) {
  AppDifference difference{.app = now.name()};
  NoteDiffering(old, now, difference);
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

std::string DescribeKeys(const AppDifference& difference) {
  std::string text = "configuration changed: ";
  for (const std::string& key : difference.keys) {
    if (&key != &difference.keys.front()) text += ", ";
    text += DescribeKey(difference, key);
  }
  return text;
}

}  // namespace

std::string DescribeKey(const AppDifference& difference, const std::string& key) {
  const auto change = std::ranges::find(difference.values, key, &ValueChange::key);
  if (change == difference.values.end()) return key;
  const auto shown = [](const std::string& value) { return value.empty() ? "(none)" : value; };
  return key + " " + shown(change->old) + " → " + shown(change->now);
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
      return text + "; " + DescribeKeys(difference);
    case AppDifference::Kind::kConfig:
      return DescribeKeys(difference);
  }
  return text;
}

}  // namespace nano::server

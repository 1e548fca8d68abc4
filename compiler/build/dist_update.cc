// Adding, keeping, committing.
#include "compiler/build/dist_update.h"

#include <optional>
#include <string_view>
#include <utility>

#include "base/named.h"
#include "config/yaml/suggest.h"
#include "runtime/identity.h"
#include "snapshot/dist.h"
#include "snapshot/dist_writer.h"

namespace nano::compiler {
namespace {

// The digests and sizes of what was built; of what failed there are none.
Result<std::vector<ManifestApp>> Store(snapshot::DistWriter& writer,
                                       const std::vector<AppResult>& results) {
  std::vector<ManifestApp> stored(results.size());
  for (size_t i = 0; i < results.size(); ++i) {
    if (!results[i].ok()) continue;
    snapshot::StoredSnapshot added =
        TRY(writer.AddSnapshot(results[i].container, results[i].digest));
    stored[i].digest = std::move(added.digest);
    stored[i].bytes = added.bytes;
  }
  return stored;
}

// What will not be served is told, as the app's.
void Keep(snapshot::DistWriter& writer, const ManifestApp& app, bool is_foreign, const Warn& warn) {
  const Result<void> kept = writer.KeepSnapshot(app);
  if (!kept.ok()) {
    warn(app.name, kept.error());
  } else if (is_foreign) {
    warn(app.name, {"it is kept, but was built by another version of NANO: it will not be served",
                    "", "Build it again."});
  }
}

// `nano serve` does not start with a service that nobody is; another build may still add it.
void WarnOfServices(const std::vector<config::AppSettings>& apps,
                    const std::vector<AppResult>& results, const DistPlan& plan,
                    const std::string& dist, const Warn& warn) {
  std::vector<std::string_view> names;
  for (const ManifestApp& app : plan.apps) names.emplace_back(app.name);
  for (size_t i = 0; i < apps.size(); ++i) {
    if (!results[i].ok()) continue;
    for (const config::ServiceBinding& service : apps[i].services) {
      if (FindNamed(plan.apps, service.app) != nullptr) continue;
      warn(apps[i].name,
           config::ErrorAt(service.place,
                           "services." + service.name + ": there is no app '" + service.app +
                               "' in " + dist + ", without which it is not served",
                           config::Suggest(service.app, names) +
                               " Build it into the same dist: `nanoc build DIR OTHER`, or one "
                               "after the other."));
    }
  }
}

}  // namespace

Result<PresentApps> ReadPresentApps(const std::string& dist, bool whole) {
  Result<std::optional<snapshot::Manifest>> read = snapshot::ReadManifest(dist);
  if (!read.ok()) {
    if (whole) return PresentApps();
    Error error = std::move(read).error();
    error.message = "its apps cannot be kept: " + error.message;
    error.hint = "Build all apps of it together, or take what is not built now out by --prune.";
    return error;
  }
  if (!read->has_value()) return PresentApps();
  snapshot::Manifest& manifest = **read;
  const runtime::Identity& engine = runtime::CurrentIdentity();
  return PresentApps{.apps = std::move(manifest.apps),
                     .is_foreign = manifest.v8_version != engine.v8_version ||
                                   manifest.engine_release != engine.engine_release};
}

Result<DistChanges> UpdateDist(config::Config& config, const std::vector<AppResult>& results,
                               bool whole, const Warn& warn) {
  const auto writer = TRY(snapshot::DistWriter::Open(config.build.out, runtime::CurrentIdentity()));
  const std::vector<ManifestApp> stored = TRY(Store(*writer, results));
  // Another build may have written it since this one began; now it cannot.
  const PresentApps present = TRY(ReadPresentApps(config.build.out, whole));
  TRY(AssignHosts(config.apps, present.apps, whole));
  DistPlan plan = PlanDist(config.apps, results, stored, present.apps, whole);
  for (const std::vector<std::string>& names : {plan.changes.kept, plan.changes.stale}) {
    for (const std::string& name : names) {
      Keep(*writer, *FindNamed(present.apps, name), present.is_foreign, warn);
    }
  }
  WarnOfServices(config.apps, results, plan, config.build.out, warn);
  const snapshot::CommitOutcome committed =
      TRY(writer->Commit(std::move(plan.apps), config.build.keep));
  for (const Error& warning : committed.warnings) warn("", warning);
  return std::move(plan.changes);
}

}  // namespace nano::compiler

// Field by field. See app_views.h.
#include "server/deploy/app_views.h"

#include <algorithm>

#include "server/release/groups.h"
#include "snapshot/digest.h"

namespace nano::server {
namespace {

constexpr size_t kEtagDigits = 32;

VersionView ViewOf(const AppVersion& version, const StoredApp* stored, const VersionTimes& times) {
  const auto since = times.find(version.id);
  const bool by_api =
      stored != nullptr && stored->code && stored->code->snapshot.digest == version.digest;
  return {.digest = version.digest,
          .bytes = version.bytes,
          .id = version.id,
          .since = since == times.end() ? 0 : since->second,
          .source = by_api ? Origin::kApi : Origin::kFiles};
}

std::string EtagOf(const ServedApp& app, const StoredApp* stored, const std::string& salt) {
  ByteWriter out;
  out.Text(salt);
  out.Text(app.version->Encode());
  app.terms.Encode(out);
  out.Each(app.hosts, [&out](const std::string& host) { out.Text(host); });
  out.Flag(app.is_default);
  out.Flag(app.leaving);
  out.Text(app.group);
  out.Each(app.crons, [&out](const config::CronExpression& cron) { out.Text(cron.text()); });
  out.Flag(app.canary.has_value());
  if (app.canary) {
    out.Text(app.canary->version->Encode());
    out.Number(app.canary->percent);
    out.Text(app.canary->key.ToString());
  }
  if (stored != nullptr) {
    out.Each(RespectsOf(*stored), [&out](const std::string& respect) { out.Text(respect); });
  }
  return snapshot::Hex(snapshot::Sha256Of(out.Take())).substr(0, kEtagDigits);
}

}  // namespace

AppView ViewOf(const ServedApp& app, const StoredApp* stored, const VersionTimes& times,
               const std::string& salt) {
  const AppVersion& version = *app.version;
  AppView view{.name = app.name(), .etag = EtagOf(app, stored, salt)};
  view.state = app.leaving               ? AppState::kLeaving
               : version.refusal.empty() ? AppState::kServing
                                         : AppState::kRefused;
  view.refusal = version.refusal;
  view.version = ViewOf(version, stored, times);
  if (app.canary) {
    view.canary = CanaryView{.version = ViewOf(*app.canary->version, nullptr, times),
                             .percent = app.canary->percent,
                             .key = app.canary->key.ToString()};
    view.canary->version.source = Origin::kApi;
  }
  view.has_code = !version.files_alone();
  if (version.site != nullptr) {
    const snapshot::AssetPack& pack = version.site->pack();
    view.assets = AssetsView{.files = pack.size(), .bytes = pack.bytes().size()};
  }
  view.hosts = app.hosts.list();
  view.is_default = app.is_default;
  view.isolation = IsolationIn(app.group);
  view.group = app.group;
  for (const auto& [name, value] : version.env) {
    const auto& secrets = version.secrets;
    const bool secret = std::find(secrets.begin(), secrets.end(), name) != secrets.end();
    view.env.push_back({.name = name, .value = secret ? "" : value, .secret = secret});
  }
  for (const Service& service : version.services)
    view.services.emplace_back(service.name, service.shown());
  for (const KvBinding& binding : version.kv) view.kv.emplace_back(binding.name, binding.shown());
  for (const config::Key<config::AppLimits>& key : config::AppLimitKeys()) {
    view.limits.emplace_back(key.path, key.value.show(app.terms.limits));
  }
  view.health = version.deployment.health;
  view.boot_timeout = version.deployment.boot_timeout;
  view.health_timeout = version.deployment.health_timeout;
  view.drain_timeout = app.terms.drain_timeout;
  view.idle = app.terms.idle;
  view.crons = app.crons;
  if (stored != nullptr) view.changed_through_api = RespectsOf(*stored);
  return view;
}

std::vector<AppView> ViewsOf(const Release& release, const StoredState& state,
                             const VersionTimes& times, const std::string& salt) {
  std::vector<AppView> views;
  for (const ServedApp& app : release.apps()) {
    views.push_back(ViewOf(app, state.Find(app.name()).get(), times, salt));
  }
  return views;
}

}  // namespace nano::server

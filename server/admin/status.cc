// What the server and each of its workers are doing, with all apps or one.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/version.h"
#include "server/admin/app_totals.h"
#include "server/admin/resources.h"
#include "server/admin/view_json.h"

namespace nano::server::admin {
namespace {

Json SwapsJson(const Overview& overview) {
  Json swaps;
  swaps.Set("done", overview.swaps_done).Set("failed", overview.swaps_failed);
  return swaps.Set("unchanged", overview.swaps_unchanged);
}

// `of`: the app that alone is told of.
Json StatusJson(Deployments& deployments, Status status, const std::optional<std::string>& of) {
  const auto is_shown = [&of](const std::string& app) { return !of || *of == app; };
  const Overview& overview = deployments.overview();
  Json json;
  json.Set("nano", Version()).Set("started", TimeJson(overview.started));
  json.Set("release", overview.release).Set("since", TimeJson(overview.since));
  json.Set("dist", overview.dist);
  json.Set("addresses", overview.addresses);
  json.Set("worker_memory", overview.worker_memory == 0 ? Json() : Json(overview.worker_memory));
  json.Set("swapping", overview.swapping);
  json.Set("swaps", SwapsJson(overview));
  const auto& releases = deployments.releases();
  json.Set("last_swap", releases.empty() ? Json() : ReleaseJson(releases.front()));
  Json::Array apps;
  Json::Array totals;
  for (const AppView& app : overview.apps) {
    if (!is_shown(app.name)) continue;
    apps.push_back(AppJson(app));
    totals.push_back(TotalsJson(app.name, deployments.metrics()));
  }
  json.Set("apps", std::move(apps)).Set("totals", std::move(totals));
  json.Set("missing", of ? std::vector<std::string>() : overview.missing);
  Json::Array workers;
  for (const WorkerView& worker : overview.workers) {
    const auto load = std::find_if(status.workers.begin(), status.workers.end(),
                                   [&](const WorkerLoad& l) { return l.number == worker.number; });
    if (load == status.workers.end()) {
      workers.push_back(WorkerJson(worker, nullptr));
      continue;
    }
    std::erase_if(load->versions, [&](const VersionLoad& one) { return !is_shown(one.app); });
    workers.push_back(WorkerJson(worker, &*load));
  }
  return json.Set("workers", std::move(workers));
}

}  // namespace

void ShowStatus(const Request& request, Input, Deployments& deployments, Respond respond) {
  const std::optional<std::string> of = request.Query("app");
  if (of && !deployments.app(*of)) {
    return respond(Problem(Wrong::kNoSuchApp, "There is no app '" + *of + "'."));
  }
  deployments.AskStatus([&deployments, of, respond = std::move(respond)](const Status& status) {
    respond(JsonReply(200, StatusJson(deployments, status, of)));
  });
}

}  // namespace nano::server::admin

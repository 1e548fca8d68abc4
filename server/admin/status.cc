// What the server and each of its workers are doing.
#include <algorithm>
#include <utility>

#include "base/version.h"
#include "server/admin/resources.h"
#include "server/admin/view_json.h"

namespace nano::server::admin {

void ShowStatus(const Request&, Input, Deployments& deployments, Respond respond) {
  deployments.AskStatus([&deployments, respond = std::move(respond)](const Status& status) {
    const Overview& overview = deployments.overview();
    Json json;
    json.Set("nano", Version()).Set("started", TimeJson(overview.started));
    json.Set("release", overview.release).Set("since", TimeJson(overview.since));
    json.Set("dist", overview.dist);
    json.Set("addresses", overview.addresses);
    json.Set("swapping", overview.swapping);
    Json swaps;
    swaps.Set("done", overview.swaps_done).Set("failed", overview.swaps_failed);
    json.Set("swaps", swaps.Set("unchanged", overview.swaps_unchanged));
    const auto& releases = deployments.releases();
    json.Set("last_swap", releases.empty() ? Json() : ReleaseJson(releases.front()));
    Json::Array apps;
    for (const AppView& app : overview.apps) apps.push_back(AppJson(app));
    json.Set("apps", std::move(apps));
    Json::Array workers;
    for (const WorkerView& worker : overview.workers) {
      const auto load =
          std::find_if(status.workers.begin(), status.workers.end(),
                       [&](const WorkerLoad& l) { return l.number == worker.number; });
      workers.push_back(WorkerJson(worker, load == status.workers.end() ? nullptr : &*load));
    }
    respond(JsonReply(200, json.Set("workers", std::move(workers))));
  });
}

}  // namespace nano::server::admin

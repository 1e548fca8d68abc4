// Whether the server lives, and whether it can do what it is there for: for whoever restarts it,
// and for whoever sends it requests.
#include <algorithm>
#include <utility>

#include "server/admin/resources.h"

namespace nano::server::admin {

// That it answers is the answer.
Reply ShowHealth(const Request&, Deployments&) {
  return JsonReply(200, Json().Set("status", "alive"));
}

Reply ShowReadiness(const Request&, Deployments& deployments) {
  const Overview& overview = deployments.overview();
  Json::Array reasons;
  Json::Array notes;
  for (const AppView& app : overview.apps) {
    // Why is for those who may read it: this is answered to everybody.
    if (app.state == AppState::kRefused) reasons.emplace_back("app " + app.name + " is refused");
    if (app.circuit_open()) notes.emplace_back("the circuit of app " + app.name + " is open");
  }
  for (const std::string& name : overview.missing)
    notes.emplace_back("app " + name + " is missing");
  const bool alive = std::any_of(overview.workers.begin(), overview.workers.end(),
                                 [](const WorkerView& worker) { return worker.pid != 0; });
  if (alive && overview.starting) reasons.emplace_back("the workers are starting");
  if (!alive) reasons.emplace_back("no worker runs");
  if (overview.stopping) reasons.emplace_back("the server is stopping");
  const bool ready = reasons.empty();
  Json json;
  json.Set("ready", ready).Set("release", overview.release);
  json.Set("reasons", std::move(reasons)).Set("notes", std::move(notes));
  return JsonReply(ready ? 200 : 503, json);
}

}  // namespace nano::server::admin

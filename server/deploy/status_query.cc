// Questions and answers by tokens. See status_query.h for ownership and threads.
#include "server/deploy/status_query.h"

#include <utility>

#include "base/process_memory.h"

namespace nano::server {

StatusQueries::StatusQueries(uv_loop_t* loop, Workers& workers, Describe describe)
    : loop_(loop), workers_(workers), describe_(std::move(describe)) {}

void StatusQueries::Ask(std::function<void(const Status&)> done) {
  const uint64_t token = ++last_token_;
  Query& query = queries_[token];
  query.done = std::move(done);
  for (WorkerLink* worker : workers_.live()) {
    query.open[worker->id] = query.status.workers.size();
    const ProcessMemory memory = MemoryGauge(worker->pid).Read();
    query.status.workers.push_back({.number = static_cast<uint32_t>(worker->number()),
                                    .resident = memory.resident,
                                    .own = memory.own()});
    // One that cannot be told does not answer, and is said to have not.
    (void)worker->Send(MessageKind::kAskStatus, StatusRequest{.token = token});
  }
  query.patience = std::make_unique<net::Timer>(loop_, [this, token] { Finish(token); });
  query.patience->Start(query.open.empty() ? 0 : kPatienceMs);
}

void StatusQueries::OnAnswer(const WorkerLink& worker, const WorkerStatus& answer) {
  const auto query = queries_.find(answer.token);
  if (query == queries_.end()) return;
  const auto open = query->second.open.find(worker.id);
  if (open == query->second.open.end()) return;
  WorkerLoad& load = query->second.status.workers[open->second];
  load.answered = true;
  load.release = answer.release;
  load.connections = answer.connections;
  for (const VersionStatus& version : answer.versions) {
    auto [app, digest] = describe_(version.version);
    load.versions.push_back({.app = std::move(app),
                             .digest = std::move(digest),
                             .id = version.version,
                             .draining = version.draining,
                             .isolates = version.booted ? 1u : 0u,
                             .memory = version.heap_bytes + version.external_bytes,
                             .external = version.external_bytes,
                             .requests = version.requests,
                             .limits_hit = version.limits_hit,
                             .evictions = version.evictions,
                             .queued = version.held.queued,
                             .in_flight = version.held.requests,
                             .streams = version.held.streams,
                             .wait_untils = version.held.promises});
  }
  Settle(answer.token, worker.id);
}

void StatusQueries::OnEnded(const WorkerLink& worker) {
  std::vector<uint64_t> tokens;
  for (const auto& [token, query] : queries_) tokens.push_back(token);
  for (const uint64_t token : tokens) Settle(token, worker.id);
}

// The worker is not waited for any more.
void StatusQueries::Settle(uint64_t token, uint64_t worker) {
  Query& query = queries_.at(token);
  if (query.open.erase(worker) == 0 || !query.open.empty()) return;
  query.patience->Start(0);
}

void StatusQueries::Finish(uint64_t token) {
  const auto query = queries_.extract(token);
  query.mapped().done(query.mapped().status);
}

}  // namespace nano::server

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
    if (!asked_.contains(worker->id)) Send(*worker, token);
  }
  query.patience = std::make_unique<net::Timer>(loop_, [this, token] { Finish(token); });
  query.patience->Start(query.open.empty() ? 0 : kPatienceMs);
}

// One that cannot be told does not answer, and is said to have not.
void StatusQueries::Send(WorkerLink& worker, uint64_t token) {
  const Result<void> sent = worker.Send(MessageKind::kAskStatus, StatusRequest{.token = token});
  if (sent.ok()) asked_[worker.id] = token;
}

// Of all that was asked until the worker was. Who has asked since then is answered by the next.
void StatusQueries::OnAnswer(WorkerLink& worker, const WorkerStatus& answer) {
  const auto asked = asked_.find(worker.id);
  if (asked == asked_.end() || asked->second != answer.token) return;
  asked_.erase(asked);
  uint64_t next = 0;
  for (auto& [token, query] : queries_) {
    const auto open = query.open.find(worker.id);
    if (open == query.open.end()) continue;
    if (token > answer.token) {
      next = token;
      continue;
    }
    Fill(query.status.workers[open->second], answer);
    Settle(token, worker.id);
  }
  if (next != 0) Send(worker, next);
}

void StatusQueries::Fill(WorkerLoad& load, const WorkerStatus& answer) const {
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
}

void StatusQueries::OnEnded(const WorkerLink& worker) {
  asked_.erase(worker.id);
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

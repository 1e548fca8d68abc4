// Asks all workers what they are doing, and waits for each at most a second. A worker has one
// question to answer at a time: what nobody reads does not pile up, however often it is asked.
//
// Owns the questions that are open. Thread: the supervisor's loop.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "net/handles.h"
#include "server/deploy/views.h"
#include "server/deploy/workers.h"

namespace nano::server {

class StatusQueries {
 public:
  static constexpr uint64_t kPatienceMs = 1'000;

  // Names the app and the snapshot of a version; empty: it is not known.
  using Describe = std::function<std::pair<std::string, std::string>(uint32_t version)>;

  StatusQueries(uv_loop_t* loop, Workers& workers, Describe describe);

  // `done` is called once, from the loop.
  void Ask(std::function<void(const Status&)> done);

  void OnAnswer(WorkerLink& worker, const WorkerStatus& answer);
  void OnEnded(const WorkerLink& worker);

 private:
  struct Query {
    std::function<void(const Status&)> done;
    std::unordered_map<uint64_t, size_t> open;  // Places in `status.workers` by workers' ids.
    Status status;
    std::unique_ptr<net::Timer> patience;
  };

  void Send(WorkerLink& worker, uint64_t token);
  void Fill(WorkerLoad& load, const WorkerStatus& answer) const;
  void Finish(uint64_t token);
  void Settle(uint64_t token, uint64_t worker);

  uv_loop_t* const loop_;
  Workers& workers_;
  const Describe describe_;
  uint64_t last_token_ = 0;
  std::map<uint64_t, Query> queries_;             // By their tokens.
  std::unordered_map<uint64_t, uint64_t> asked_;  // Tokens to be answered, by workers' ids.
};

}  // namespace nano::server

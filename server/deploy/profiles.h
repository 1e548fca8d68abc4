// Profiles that workers make of apps: which worker, into which file, and what becomes of it if the
// worker ends or says nothing.
//
// Owns the files until they are handed out: they are in memory, without names. Thread: the
// supervisor's loop.
#pragma once

#include <uv.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "net/handles.h"
#include "server/deploy/profile_request.h"
#include "server/deploy/status_query.h"
#include "server/deploy/workers.h"

namespace nano::server {

class Profiles {
 public:
  // For a worker to write what it has found, or to come back from a heap of gigabytes.
  static constexpr uint64_t kPatienceMs = 60'000;

  // What they are given outlives them.
  Profiles(uv_loop_t* loop, Workers& workers, StatusQueries& status)
      : loop_(loop), workers_(workers), status_(status) {}

  // `done` is called once, later, unless it is cancelled by the token that comes back.
  uint64_t Take(const ProfileRequest& request, ProfileCallback done);
  void Cancel(uint64_t token);

  void OnProfiled(const WorkerLink& worker, const ProfileEnd& end);
  void OnEnded(const WorkerLink& worker);
  void OnStopping();

 private:
  struct Entry {
    ProfileRequest request;
    ProfileCallback done;
    uint64_t worker = 0;  // The process's id; 0: none is chosen yet.
    Descriptor file;
    std::unique_ptr<net::Timer> patience;
  };

  void Choose(uint64_t token, const Status& status);
  void Start(uint64_t token, Entry& entry, WorkerLink& worker);
  // Calls `done`, from the loop.
  void Finish(uint64_t token, ProfileOutcome outcome);
  void Fail(uint64_t token, std::string message,
            ProfileOutcome::Kind kind = ProfileOutcome::Kind::kFailed);
  void Cancel(uint64_t token, std::string message);
  void Tell(uint64_t token);

  uv_loop_t* const loop_;
  Workers& workers_;
  StatusQueries& status_;
  uint64_t last_token_ = 0;
  std::map<uint64_t, Entry> entries_;  // By their tokens.
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace nano::server

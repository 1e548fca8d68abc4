// Profiles of this worker's isolates, one at a time, into files that the supervisor has made.
//
// Costs nothing while there is none. Owns the file until the profile is in it. Thread: the worker's
// loop.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/descriptor.h"
#include "net/handles.h"
#include "runtime/profile.h"
#include "server/control/messages.h"
#include "server/worker/router.h"

namespace nano::server {

class Profiling {
 public:
  // What it is given outlives it.
  Profiling(uv_loop_t* loop, Router& router, std::function<void(const ProfileEnd&)> tell)
      : loop_(loop), router_(router), tell_(std::move(tell)) {}
  ~Profiling();
  Profiling(const Profiling&) = delete;
  Profiling& operator=(const Profiling&) = delete;

  // `tell` is called once, now or later, unless it is cancelled.
  void Start(const ProfileStart& start, Descriptor file);
  void Cancel(uint64_t token);

 private:
  // One that records.
  struct Recording {
    uint64_t token;
    Descriptor file;
    runtime::AppIsolate* isolate;  // Null: it has ended.
    std::string script_name;
    runtime::SourceMap map;
    net::Timer timer;
    net::Prepare before_waiting;
    net::Check after_waiting;
  };

  std::string StartIn(const ProfileStart& start, Descriptor& file);
  void Record(const AppVersion& version, runtime::AppIsolate& isolate, const ProfileStart& start,
              Descriptor file);
  void SetIdle(bool idle);
  void Finish();
  void OnGone();

  uv_loop_t* const loop_;
  Router& router_;
  const std::function<void(const ProfileEnd&)> tell_;
  std::unique_ptr<Recording> recording_;
};

}  // namespace nano::server

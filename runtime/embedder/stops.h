// The port of an app's end at one of its limits, and the words for it. Thread: the isolate's.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

#include "http/exchange.h"

namespace nano::runtime {

// Why an isolate was stopped for good: mostly a limit of runtime/limits.h.
enum class StopReason : uint8_t {
  kMemory,          // It reached Limits::memory.
  kExternalMemory,  // It reached Limits::external_memory.
  kCpu,             // A request reached Limits::cpu.
  kProcessMemory,   // The process reached the embedder's bound, and this isolate has most of it.
};

// Whose CPU time was too much.
enum class CpuOf : uint8_t {
  kRequest,       // A request's.
  kAfterRequest,  // Of what a request has begun, and nothing waits for: its response has ended.
  kNobody,        // Of what no request has led to.
  kTurn,          // No request was it, but many that ran in one go.
};

// How an isolate came to its end, or near it.
struct Stop {
  StopReason reason = StopReason::kMemory;
  uint64_t limit = 0;  // Bytes or milliseconds; 0: the engine's own bound.
  uint64_t used = 0;   // The same; of kCpu, until the stop took effect.
  // The request that was being answered; 0: not known, or it has ended. Then what it was called in
  // the log (LogPort::NameOf), if anybody had asked, and the traceparent that it came with.
  uint32_t exchange = 0;
  std::string request_id{};
  std::string traceparent{};
  CpuOf cpu_of = CpuOf::kRequest;  // Of kCpu.
  // What was running: "\n    at work (app.js:3:15)" for each frame; empty where nobody can tell.
  std::string stack{};
};

// For the log: "it reached its memory limit, 128 MiB of V8 heap (`limits.memory`)".
std::string Describe(const Stop& stop);
// The same of one that goes on: "a request has taken 500 ms of CPU time, half of …".
std::string DescribeNear(const Stop& near);

// What an app asked for and did not get, since it has as much as it may; it goes on. The numbers
// are those of AppLimit in runtime/web/host/ops.ts.
struct Denial {
  enum class Of : uint8_t { kTimer = 0, kSubrequest = 1 };
  Of of = Of::kTimer;
  uint64_t limit = 0;
  std::string stack{};  // As Stop::stack.
};

class StopPort {
 public:
  virtual ~StopPort() = default;

  // The isolate was stopped: no script of it runs any more. Told once, before its exchanges end.
  // `guilty` is Stop::exchange, if it has not ended. By default standard error has it.
  virtual void OnStopped(const Stop& stop, http::Exchange* /*guilty*/) {
    std::fprintf(stderr, "the app was stopped: %s%s\n", Describe(stop).c_str(), stop.stack.c_str());
  }
  // Ends an exchange of the isolate that was stopped, which nobody will answer now.
  virtual void EndStopped(http::Exchange& exchange, const Stop& /*stop*/) { exchange.Fail(); }

  // It has come near a limit (Limits::warn_at). In the middle of a script, or of V8's collector: of
  // the isolate, nothing but AppIsolate::Find may be called. By default that is no news to anybody.
  virtual void OnNear(const Stop& /*near*/) {}

  // The app was told by an exception. `exchange` is the request that is being answered, if there is
  // one. As above.
  virtual void OnDenied(const Denial& /*denial*/, http::Exchange* /*exchange*/) {}
};

}  // namespace nano::runtime

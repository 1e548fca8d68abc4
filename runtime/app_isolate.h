// A booted app: one V8 isolate with one context, restored from a snapshot, that answers requests.
//
// Owns the isolate, its context, timers' bookkeeping and the handles of exchanges in flight.
// Thread: made, used and destroyed on one thread, the worker's event loop. Keeps no locks.
// This header shows no V8 type: the server includes it, V8's headers stay in the runtime.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/function_ref.h"
#include "base/result.h"
#include "http/exchange.h"
#include "runtime/embedder.h"
#include "runtime/image.h"
#include "runtime/limits.h"
#include "runtime/profile.h"

namespace nano::runtime {

// Why an exchange ends without the app. As runtime/web/host/ops.ts numbers them.
enum class AbortCause : uint8_t { kGone = 0, kLate = 1, kTooLarge = 2, kEnded = 3 };

class AppIsolate {
 public:
  struct Options {
    const AppImage* image = nullptr;                       // Outlives the isolate.
    Embedder embedder;                                     // Its ports outlive the isolate.
    std::vector<std::pair<std::string, std::string>> env;  // The app's `env` argument.
    // Names of those that the app has as the values that their texts, JSON, stand for.
    std::vector<std::string> json_env{};
    // Names of `env` that stand for what answers calls by the embedder's OutboundPort.
    std::vector<std::string> services;
    std::vector<std::string>
        kv;              // Names of its KV namespaces, which messages call by their places.
    std::string assets;  // The name of the app's own files in `env`, asked as a service; or empty.
    Limits limits;
    // Counts ticks (runtime/watchdog.h) in which the isolate was found running. Outlives it.
    std::atomic<uint64_t>* cpu_ticks = nullptr;
  };

  // Restores the app. Fails if the image is not one of this engine's (its container was checked
  // before) or the restored context lacks the runtime's entry points.
  static Result<std::unique_ptr<AppIsolate>> Boot(const Options& options);
  ~AppIsolate();
  AppIsolate(const AppIsolate&) = delete;
  AppIsolate& operator=(const AppIsolate&) = delete;

  // Has an app evaluated that its snapshot could not hold, before a request needs it. False: there
  // is nothing to wait for. Else LoadingPort is told, within this call or later, unless the app
  // never comes to an end.
  bool Load();

  // Calls the app's fetch handler. The answer comes through the exchange, now or later.
  void Dispatch(http::Exchange& exchange, const http::RequestHead& head);

  // A part of the request's body, in answer to http::Exchange::ReadBody; `last` with the final one.
  void OnBody(http::Exchange& exchange, std::string_view part, bool last);
  // The body ended early or was malformed or too large; `reason` reaches the app's rejection.
  void OnBodyError(http::Exchange& exchange, std::string_view reason);
  // The queue that made http::Exchange::WriteBody return false has drained.
  void OnDrain(http::Exchange& exchange);
  // The client went away before the response ended: the request's signal aborts, the response's
  // stream is cancelled. The exchange is not used any more after this call.
  void OnAborted(http::Exchange& exchange);

  // Calls with each request whose response has not ended. `visit` ends none.
  void EachExchange(FunctionRef<void(const http::Exchange&)> visit) const;
  // How many they are.
  size_t requests() const;
  // One of them, by its handle; null: it has ended. Also in the middle of a script.
  http::Exchange* Find(uint32_t handle) const;
  // One has taken too long, or came to another limit: to the app that is as OnAborted, by another
  // name. Returns the exchange, which is the caller's to end; null if it has ended before.
  http::Exchange* Expire(uint32_t handle, AbortCause cause);

  // Ends its calls, and gives up all requests whose responses have not ended: `take` is told of
  // each, which is the caller's to end. The app does not hear of it; to be called before the end of
  // the isolate alone.
  void TakeExchanges(FunctionRef<void(http::Exchange&)> take);

  // What has come of a call of the embedder's StorePort. An Error's message ends a sentence.
  void OnStored(uint32_t call, const Result<std::string_view>& answer);

  // Runs the timers that are due; called as TimerPort::ArmTimer asked.
  void FireTimers();

  // Runs what the engine has queued for this thread; called as WakePort::Wake asked.
  void RunTasks();

  // Requests without an ended response, and promises not settled yet of waitUntil and of work on
  // other threads.
  size_t pending() const;

  // What it has and does. Takes some microseconds.
  struct Usage {
    uint64_t heap_bytes = 0;      // V8's heap, as committed.
    uint64_t external_bytes = 0;  // What V8 knows of buffers beside it.
    uint32_t requests = 0;        // Whose response has not begun …
    uint32_t streams = 0;         // … or not ended.
    uint32_t promises = 0;        // As pending() counts them.
  };
  Usage usage() const;

  // Asks the script that is running where it is, on whatever thread: `report` gets its stack, as an
  // Error's would be, on the isolate's thread and in the middle of the script, or of the next one.
  // It must not call the isolate. Once for an isolate.
  void Inquire(std::function<void(std::string_view stack)> report);

  // Others, in force from now on, also for what is under way; those of memory stay as they were.
  // Not from within a call into it.
  void SetLimits(const Limits& limits);

  // Stops it as its own limits would, for one that the embedder has. Not from within a call into
  // it.
  void StopFor(Stop stop);

  // Records where CPU time goes, from now until EndProfile; nothing if it does already. `gone` is
  // called if the isolate ends, or is stopped, before that: in the middle of it, so that it only
  // takes note.
  void BeginProfile(std::function<void()> gone);
  // While it records: the thread waits for events, or goes on.
  void SetIdle(bool idle);
  // Ends the recording; without `sink` for nothing. False: it was not taken whole.
  bool EndProfile(const ProfileSources& sources, const ProfileSink* sink);
  // What is on the heap. Takes about a second for 100 MB. False: it was not taken whole.
  bool WriteHeapSnapshot(ProfileSink sink);

  // Whether the isolate was stopped at one of its limits, which StopPort was told; then it must be
  // thrown away. (An app that cannot be stopped ends the process, by a status of runtime/limits.h.)
  bool stopped() const;

  // Collects garbage and gives unused pages back to the system.
  void ReleaseMemory();

 private:
  struct Impl;
  explicit AppIsolate(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace nano::runtime

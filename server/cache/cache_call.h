// An operation of an app's cache, as its isolate makes it: a call whose GET, PUT and DELETE are
// match(), put() and delete() (runtime/embedder/outbound.h). What is kept and answered is for the
// rules to say (http/cache_rules.h), where it is kept for the store (storage/cache/messages.h).
//
// A long body goes in parts, one at a time, at the speed of who reads or takes it. A call that is
// given up leaves nothing half. What cannot be had from the store is not there: the app is told of
// no failure but of a body that breaks off.
//
// Owns what it knows of the call. Thread: the worker's loop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/call.h"
#include "net/later.h"
#include "runtime/embedder.h"
#include "server/cache/cache_front.h"
#include "server/metrics/app_counters.h"

namespace nano::server {

// The way to the store, for one app. Outlives the calls.
class CacheStoreWay {
 public:
  // The store's answer; empty: there is none. Valid during the call.
  using Done = std::function<void(std::string_view answer)>;

  virtual ~CacheStoreWay() = default;
  // Asks. `done` is called once, from the loop's next turn on, unless Forget was. Not 0.
  virtual uint32_t Ask(std::string message, Done done) = 0;
  virtual void Forget(uint32_t call) = 0;

  // Where copies are, and whose they are.
  virtual CacheFront& front() = 0;
  virtual const std::string& app() const = 0;
};

// `way` is null where there is no cache: nothing is found, and nothing kept. The counters, `later`
// and the caller outlive the call.
std::unique_ptr<http::Call> StartCacheCall(CacheStoreWay* way, net::Later& later,
                                           AppCounters& counters, const http::CallRequest& request,
                                           http::Caller& caller);

// The same as a GET of it, where there is a copy in the worker that needs no decoding.
std::optional<runtime::OutboundPort::KeptResponse> FindKeptCopy(CacheStoreWay& way,
                                                                AppCounters& counters,
                                                                std::string_view cache,
                                                                std::string_view url,
                                                                std::string_view fields);

}  // namespace nano::server

// The keys of an app's `limits`.
#include "config/schema/limits.h"

#include "config/schema/kinds.h"

namespace nano::config {
namespace {

using enum ReadBy;
using namespace std::chrono_literals;

// An isolate with nothing but the Web APIs takes about 1 MB.
constexpr uint64_t kMinMemory = 4 * 1024 * 1024;
// A few parts of bodies on their way.
constexpr uint64_t kMinExternalMemory = 1024 * 1024;

}  // namespace

const Table<AppLimits>& AppLimitKeys() {
  static const Table<AppLimits> keys = {
      {"memory", Size(&AppLimits::memory, kMinMemory), kBoth,
       "V8's heap of one isolate: an app that reaches it is stopped and started afresh. The build "
       "of one whose snapshot alone is larger fails. On a running server another value of it, or "
       "of `external_memory`, takes fresh isolates; other limits hold at once."},
      {"external_memory", Size(&AppLimits::external_memory, kMinExternalMemory), kBoth,
       "What one isolate keeps outside of V8's heap, above all the bytes of buffers: an app that "
       "reaches it is stopped and started afresh. The build of one whose snapshot alone holds more "
       "fails."},
      {"cpu", Duration(&AppLimits::cpu, 0ms), kServe,
       "CPU time of one request, its awaits and `waitUntil` included: an isolate in which one "
       "takes "
       "more is stopped, and answers 503. `0s` is no bound; meanwhile the others of the worker "
       "wait."},
      {"first_byte", Duration(&AppLimits::first_byte, 0ms), kServe,
       "From a request to the beginning of its response: then the client gets 504, and the app's "
       "`request.signal` aborts. `0s` is no bound."},
      {"duration", Duration(&AppLimits::duration, 0ms), kServe,
       "The same to the response's end, streams included: one that has begun is cut. `0s` is no "
       "bound."},
      {"scheduled", Duration(&AppLimits::scheduled, 0ms), kServe,
       "The same of a call of `scheduled`, with what it gives to `waitUntil`, in place of both; "
       "`cpu` holds for it as well. `0s` is no bound."},
      {"concurrency", Count(&AppLimits::concurrency, 0, 65'000), kServe,
       "Requests that an isolate has at once, streams included; more of them wait. `0` is no "
       "bound."},
      {"queue", Count(&AppLimits::queue, 0, 65'000), kServe,
       "Requests that wait for those, in each worker; more get 503. `0`: none waits, unlike "
       "elsewhere, where it is no bound."},
      {"queue_timeout", Duration(&AppLimits::queue_timeout, 0ms), kServe,
       "For how long they wait; then they get 503. `0s` is no bound."},
      {"body", Size(&AppLimits::body, 0), kServe,
       "The body of a request: larger ones get 413. `0` is no bound but "
       "`server.limits.body_bytes`, which holds for the clients of all apps: more than that is for "
       "calls of other apps alone."},
      {"response", Size(&AppLimits::response, 0), kServe,
       "The body of a response: instead of a larger one the client gets 503, and a stream is cut. "
       "`0` is no bound."},
      {"subrequests", Count(&AppLimits::subrequests, 0, 1'000'000), kServe,
       "Calls that one request may lead to, redirects and those of services included; further ones "
       "fail. `0` is no bound."},
      {"timers", Count(&AppLimits::timers, 0, 10'000'000), kServe,
       "Timers that an isolate waits for at once; `setTimeout` beyond throws a "
       "QuotaExceededError. `0` is no bound."},
      {"log_line", Size(&AppLimits::log_line, 256, 64 * 1024), kServe,
       "A line that the app logs; what is longer is cut, and says so."},
      {"log_rate", Size(&AppLimits::log_rate, 1024), kServe,
       "What the app logs in a second, in each worker; further lines are dropped and "
       "counted, which the log tells."},
      {"warn_at", Count(&AppLimits::warn_at, 0, 100), kServe,
       "Percent of a limit from which on the log has a word about it; 0 is never."},
  };
  return keys;
}

AppLimits Unlimited() {
  AppLimits limits;
  for (const Key<AppLimits>& key : AppLimitKeys()) key.value.set(limits, 0);
  return limits;
}

}  // namespace nano::config

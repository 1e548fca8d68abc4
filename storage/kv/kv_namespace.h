// A namespace of KV, wherever its entries are kept.
//
// Thread: as its implementation says; `done` of a call may come on any.
#pragma once

#include <cstdint>
#include <ctime>
#include <functional>
#include <memory>
#include <string>

namespace nano::kv {

// For so long somebody waits for a call, in milliseconds: what comes to an older one's turn is not
// done any more. Whoever made it was told that it has failed.
inline constexpr int64_t kPatienceMs = 60'000;

inline int64_t MonotonicNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}
inline int64_t MonotonicMs() { return MonotonicNs() / 1'000'000; }

struct Call {
  std::string message;  // A Request that is in order …
  bool writes = false;  // … and whether it changes anything.
  // Gets an Answer, once.
  std::function<void(std::string answer)> done;
  // Whether an answer can be taken now: there may be many, and large ones. Any thread.
  std::function<bool()> has_room;
  // To be asked again when there is. Any thread.
  std::function<void(Call call)> park;
  int64_t began_ms = MonotonicMs();
  // What a namespace counts it by: goes with it, whatever becomes of it.
  std::shared_ptr<void> counted{};

  bool IsLate() const { return MonotonicMs() - began_ms >= kPatienceMs; }
};

// What a late one is answered.
std::string LateAnswer();

class KvNamespace {
 public:
  virtual ~KvNamespace() = default;
  virtual void Start(Call call) = 0;
  // Whether it waits for another server, which may hang. Then it bounds itself what waits.
  virtual bool is_remote() const { return false; }
};

}  // namespace nano::kv

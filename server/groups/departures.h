// The ways from a worker to those of other groups: sends connections through their channels, and
// keeps them while a channel is full, or not there yet, within bounds of time and number.
//
// Owns the channels' sending ends and the connections that wait. Thread: the worker's loop.
#pragma once

#include <uv.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>

#include "base/descriptor.h"
#include "net/handles.h"
#include "server/groups/handed_connection.h"

namespace nano::server {

class Departures {
 public:
  // From a connection's first departure: longer than a worker that keeps dying is not started
  // (supervisor/restart_backoff.h), shorter than clients wait.
  static constexpr uint64_t kPatienceMs = 10'000;
  // Of each group.
  static constexpr size_t kWaiting = 1000;
  // Workers that do not serve the same release yet may send a connection to and fro: from here on,
  // each time takes a while.
  static constexpr uint32_t kQuickHops = 8;

  enum class Why {
    kLate,  // Nobody has taken it in time, or too many wait.
    kGone,  // The group has ended: the connection may belong elsewhere now.
  };
  // Gives a connection back, from the loop.
  using Back = std::function<void(HandedConnection, Why)>;

  Departures(uv_loop_t* loop, Back back);
  Departures(const Departures&) = delete;
  Departures& operator=(const Departures&) = delete;

  // A channel's sending end; none: the group has ended. By the empty name, that of the workers that
  // serve all.
  void SetChannel(const std::string& group, Descriptor sender);
  // Whatever is to go to another group goes to the workers that serve all.
  void Redirect() { redirected_ = true; }

  // Never calls back before it returns.
  void Send(const std::string& group, HandedConnection connection);

  // No connection waits.
  bool empty() const;

 private:
  static constexpr uint64_t kRetryMs = 5;

  struct Way {
    Descriptor sender;  // Or none.
    bool gone = false;  // Its group has ended since it was last there.
    std::deque<HandedConnection> waiting;
  };

  enum class Tried { kSent, kLater, kGone };
  static Tried Try(Way& way, const HandedConnection& connection);
  void Retry();
  void Retry(Way& way);

  uv_loop_t* const loop_;
  const Back back_;
  std::map<std::string, Way> ways_;
  bool redirected_ = false;
  net::Timer retry_;  // Runs while connections wait.
};

}  // namespace nano::server

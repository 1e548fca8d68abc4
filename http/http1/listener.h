// Serves HTTP/1.1 on listening sockets: accepts connections and owns them until they are closed.
//
// Thread: the loop's own. Destroy it only once the callback of Stop has been called; what it gave
// to libuv besides is closed by the loop's next turns.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "http/departure.h"
#include "http/endpoint.h"
#include "http/http1/loop_state.h"
#include "http/limits.h"
#include "net/handles.h"

namespace nano::http1 {

// What came of asking a socket for its next message.
enum class TookMessage : uint8_t {
  kOne,
  kNone,   // There is none yet.
  kEnded,  // There never will be.
};

class Listener final : private ConnectionOwner {
 public:
  // `handler` outlives the listener.
  Listener(uv_loop_t* loop, const http::Limits& limits, http::Handler& handler);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Accepts connections on a bound socket (TCP or AF_UNIX), listening or not. Takes it over;
  // closing it leaves other descriptors of the same socket, and what waits in its queue, as they
  // are.
  Result<void> Listen(int fd, http::Endpoint endpoint = {});

  // Takes the next message of a socket, if there is one, and with it maybe a connection (Adopt).
  using TakeMessage = std::function<TookMessage(int fd)>;
  // Serves connections that another process accepted and sends as messages of a socket, which
  // others may read from as well: has `take` called while there is room for more. Takes the
  // descriptor over. What is in the socket is not waited for when the listener stops.
  Result<void> Receive(int fd, TakeMessage take);
  // Serves a connection that was another process's, `input` of which is read already; see
  // Connection::Resume.
  void Adopt(Descriptor socket, std::string_view input, bool stays);
  // From now on idle connections leave, one after the other as they become so.
  void PassOn(http::Left left);

  // Takes all connections that wait, for when the loop has been away for long, and before it looks
  // what has come. In each of its turns it takes but a few: behind a crowd's others would wait for
  // a turn for each few of those. `received_too`: also connections whose requests another process
  // has read, which are answered as they are taken.
  void AcceptWaiting(bool received_too = false);

  // Why requests are cut that have not ended when it is time, as http::Exchange::refusal.
  static constexpr const char* kStopped = "shutdown_timeout";
  static constexpr const char* kRetired = "drain-timeout";

  // Ends idle connections, and others with their answers, until it is stopped. What comes by
  // sockets is still taken.
  void WindDown();
  // Closes the listening sockets. Connections go on.
  void StopAccepting();
  // Ends everything gracefully: accepts what waits and then no more, closes idle connections,
  // answers requests under way with "connection: close"; after `deadline` milliseconds aborts what
  // is left. Who has connected and not asked yet has a moment for it, since the first request is
  // on its way. Calls `done` when no connection is left, from the loop or before it returns. Called
  // once, or again to end sooner what was begun.
  void Stop(uint64_t deadline, std::function<void()> done, const char* why = kStopped);
  // The same for a listener whose place another one has taken, with nobody in a hurry: connections
  // that are idle may have one more request, and those that have none within `idle` milliseconds
  // are ended so that a request on its way is not answered by a reset. Called once.
  void Retire(uint64_t idle, uint64_t deadline, std::function<void()> done);

  size_t connections() const { return connections_.size(); }
  // Any thread: connections on which something has come that was not read yet. A call into the
  // system for each connection.
  size_t CountUnread() const { return state_.clients.CountUnread(); }
  // What connections keep for their clients, and whose it is.
  const KeptShares& kept() const { return state_.kept; }
  // See KeptShares::WhenFallen.
  void WhenKeptHasFallen(std::function<void()> fallen) {
    state_.kept.WhenFallen(std::move(fallen));
  }
  // Whether Stop had to abort connections, because its time was up.
  bool aborted() const { return aborted_; }

 private:
  struct ListeningSocket;

  void OnConnectionClosed(Connection* connection) override;
  void RunDeferred() override;
  void SendDeferred() override;
  Result<void> Watch(int fd, TakeMessage take, http::Endpoint endpoint);
  void Take(ListeningSocket& socket);
  void Relieve(const Connection* spared) override;
  void EndSlowest(const Connection* spared, bool waited_only);
  void Accept(ListeningSocket& socket);
  void WatchSockets();
  void BeginToEnd(uint64_t deadline, std::function<void()> done);
  // Connections on which no request is under way, nor has come by now.
  void CloseIdle();
  void EndIdle();
  void AbortAll();
  void CheckStopped();

  LoopState state_;
  std::vector<std::unique_ptr<ListeningSocket>> sockets_;
  net::Prepare prepare_;  // Resume deferred connections before the loop waits …
  net::Check check_;      // … and when all that was ready had its turn.
  net::Timer retry_;      // Runs while the system lacks what a connection needs.
  net::Timer deadline_;
  net::Timer retired_;
  net::Timer unasked_;  // Runs while connections may have their first request after a stop.
  std::unordered_map<Connection*, std::unique_ptr<Connection>> connections_;
  std::function<void()> stopped_;
  bool aborted_ = false;
  const char* why_ = kStopped;
  // In the loop's milliseconds: not sooner, as too few were found …
  uint64_t relieve_at_ = 0;  // … of those who have waited, …
  uint64_t urgent_at_ = 0;   // … and of all.
};

}  // namespace nano::http1

// The connections of one tenant, by route: used ones wait here for the next call, calls wait here
// for one, and new ones are made while there is room. No other tenant's calls ever see them.
//
// A connection that waits is looked at before it is used again: closed if the server's time for it
// is nearly over, if it has been closed, or if a byte has come that nobody asked for.
//
// Owns the connections and what is being dialled. Thread: the loop's own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "http/client/dialer.h"
#include "http/client/failure.h"
#include "http/client/outbound_policy.h"
#include "http/client/pooled_call.h"
#include "http/client/route.h"
#include "http/http1/client_connection.h"
#include "http/http1/client_loop.h"
#include "net/handles.h"
#include "net/timeouts.h"

namespace nano::http {

// Time limits in milliseconds; 0: none.
struct CallTimeouts {
  uint64_t connect = 10'000;     // Until there is a connection, waiting for room and TLS included.
  uint64_t first_byte = 60'000;  // From there until the response's first byte, without progress.
  uint64_t idle = 0;             // Between two bytes of the response.
  uint64_t total = 0;            // Of the whole call.

  bool operator==(const CallTimeouts&) const = default;
};

class Pool final : private Dialer::Host, private http1::ClientConnection::Owner {
 public:
  struct Settings {
    size_t connections = 128;      // Open at once; more calls wait.
    uint64_t keep_alive = 60'000;  // Of a connection that waits, in milliseconds.
    uint64_t margin = 1'000;       // Less than the server's own time for it.
    uint64_t drain = 1'000;        // For the rest of a body that is thrown away, in milliseconds.
    CallTimeouts timeouts;
    OutboundPolicy policy;
    MakeConnection connect;  // See Dialer::Host; may be empty.
    std::function<Result<std::shared_ptr<net::TlsClientContext>>()> tls;
    // Calls wait for room, and none has got any for a while: a chance to end calls that nobody has
    // a use for. Told again while that is so, ever more rarely. May be empty.
    std::function<void()> on_starving;
  };
  enum TimeoutKind : uint8_t { kConnect, kFirstByte, kBetween, kTotal, kKeepAlive, kDrain };

  Pool(http1::ClientLoop& loop, Settings settings);
  // Every call has ended. Connections are closed; the pool's memory may go at once.
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // --- For calls. ---
  // PooledCall::OnConnection or OnNoConnection comes, the first maybe at once.
  void Acquire(PooledCall& call);
  // The same, without those that have been used before.
  void AcquireNew(PooledCall& call);
  // The call does not want one any more.
  void Cancel(PooledCall& call);
  // The call is done with its connection. `keep_alive`: how long the server keeps it, in
  // milliseconds, if it has said so.
  void Release(http1::ClientConnection& connection, bool reuse, std::optional<uint64_t> keep_alive);
  // The call is done with its connection, on which the rest of a body is still to come that is at
  // most kDrained bytes long. It is thrown away, if that does not take long and nobody waits for
  // a connection.
  static constexpr uint64_t kDrained = 64 * 1024;
  void Drain(http1::ClientConnection& connection, std::optional<uint64_t> keep_alive);
  // In milliseconds without a connection for any of those that wait, before on_starving.
  static constexpr uint64_t kPatience = 200;
  // In milliseconds for which a host that is called without end keeps a connection that calls to
  // another one wait for.
  static constexpr uint64_t kTurn = 200;
  // Why a call still waits, in words.
  std::string WaitsFor(const PooledCall& call) const;

  net::Timeouts& timeouts() { return timeouts_; }
  net::BufferPool& buffers() { return loop_.pool; }
  const CallTimeouts& limits() const { return settings_.timeouts; }

  // Connections that are open or being made, and those of them that wait for a call.
  size_t connections() const { return open_ + dialling_; }
  size_t idle() const { return idle_lines_.size(); }

 private:
  struct Line;
  struct Way;

  Way& WayOf(const Route& route);
  void Dial(Way& way);
  void DialOnce(Way& way);
  bool MakeRoom();
  void Starve(Way& way);
  Way* FirstStarved();
  void TakeTurn(Way& way);
  void ServeStarved();
  bool OthersAreDue(const Way& way);
  void Offer(Line& line);
  void Park(Line& line);
  void Move(Line& line, std::list<Line*>& to);
  void Unpark(Line& line);
  void Forget(Way& way);
  void OnStarving();

  // Dialer::Host
  const OutboundPolicy& policy() const override { return settings_.policy; }
  const MakeConnection* connect() const override {
    return settings_.connect ? &settings_.connect : nullptr;
  }
  Result<std::shared_ptr<net::TlsClientContext>> Tls() override;
  http1::ClientConnection& NewConnection() override;
  void OnDialed(Dialer& dialer, http1::ClientConnection& connection) override;
  void OnDialFailed(Dialer& dialer, const Failure& failure) override;
  // http1::ClientConnection::Owner
  void OnClosed(http1::ClientConnection& connection) override;

  http1::ClientLoop& loop_;
  const Settings settings_;
  net::Timeouts timeouts_;
  std::map<Route, std::unique_ptr<Way>> ways_;
  std::unordered_map<const http1::ClientConnection*, std::unique_ptr<Line>> lines_;
  // Each line is in one of these, and moves without an allocation.
  std::list<Line*> busy_;
  std::list<Line*> idle_lines_;  // The one that has waited longest comes first.
  std::list<Line*> draining_;    // Likewise; on which the rest of a body is thrown away.
  size_t open_ = 0;              // Lines that were dialled.
  size_t dialling_ = 0;
  // Want a connection, and there was no room; who has got none for longest comes first.
  std::list<Way*> starved_;
  net::Timer starving_;            // While there are such.
  uint64_t patience_ = kPatience;  // The timer's next delay.
  bool served_ = false;            // One of those that waited, since the timer was started.
};

}  // namespace nano::http

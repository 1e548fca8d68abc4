// Connects to a host, given by name or address, by TCP: a race between its addresses (Happy
// Eyeballs, RFC 8305). Attempts start 250 ms apart, at once when one has failed, the families in
// turn and IPv6 first; the first that is connected wins, the others are dropped.
//
// Asks its owner of every address, when it is about to be connected to and whatever name it came
// from, whether it is allowed. Owns the attempts' descriptors until one is handed over. Destroying
// it ends them all. No time limit of its own. Thread: the loop's own.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "net/connect_error.h"
#include "net/handles.h"
#include "net/resolver.h"

namespace nano::net {

class Connector {
 public:
  struct Events {
    // The descriptor is the owner's now, in non-blocking mode.
    std::function<void(int fd, const IpAddress& address)> connected;
    std::function<void(const ConnectFailure& failure)> failed;
    // Why an address is not to be connected to; nothing if it may be.
    std::function<std::optional<std::string>(const IpAddress& address)> refuse;
  };

  Connector(uv_loop_t* loop, Resolver& resolver, Events events);
  ~Connector();
  Connector(const Connector&) = delete;
  Connector& operator=(const Connector&) = delete;

  // `host` is a name in ASCII or an address without brackets. One of the events connected and
  // failed comes, once, never before this has returned; it may destroy the connector.
  void Start(std::string_view host, uint16_t port);

 private:
  static constexpr uint64_t kAttemptDelay = 250;    // RFC 8305, section 5, in milliseconds.
  static constexpr uint64_t kResolutionDelay = 50;  // Section 3: IPv6's head start.

  class Attempt;

  void OnAnswer(Family family, const NameAnswer& answer);
  void Proceed();
  bool Names(Family family) const { return names_known_[static_cast<size_t>(family)]; }
  std::optional<IpAddress> NextAddress();
  bool Try(const IpAddress& address);
  void OnAttemptEnded(std::list<Attempt>::iterator attempt, int error);
  void Note(const IpAddress& address, ConnectError error, const std::string& reason);
  void Fail();

  uv_loop_t* loop_;
  Resolver& resolver_;
  const Events events_;
  uint16_t port_ = 0;
  Resolver::Lookup lookup_;
  Timer timer_;  // The next attempt, or what is to be told.

  bool names_known_[2] = {false, false};
  std::vector<IpAddress> addresses_[2];  // By family, still to be tried, the next one last.
  Family last_family_ = Family::kV4;     // Of the last attempt.
  bool waits_for_v6_ = false;            // The resolution delay runs.
  std::list<Attempt> attempts_;
  std::vector<std::string> reasons_;    // Of the attempts that failed.
  std::optional<ConnectError> error_;   // The one that tells most.
  std::optional<NameAnswer> no_names_;  // Why a family has no address.
};

}  // namespace nano::net

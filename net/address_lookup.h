// The addresses of a host, one after the other, for who has somebody else connect to them: a proxy.
// It is no race as a Connector's is, since nobody here sees how an attempt goes; IPv4 comes first,
// which most networks have.
//
// Asks its owner of every address whether it is allowed. Owns the question under way; destroying it
// ends that. No time limit of its own. Thread: the loop's own.
#pragma once

#include <uv.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "net/connect_error.h"
#include "net/handles.h"
#include "net/resolver.h"

namespace nano::net {

class AddressLookup {
 public:
  struct Events {
    // There is an address, or it is sure that there is none. Once, never before Start has returned;
    // may destroy the lookup.
    std::function<void()> known;
    // Why an address is not to be connected to; nothing if it may be.
    std::function<std::optional<std::string>(const IpAddress& address)> refuse;
  };

  AddressLookup(uv_loop_t* loop, Resolver& resolver, Events events);
  AddressLookup(const AddressLookup&) = delete;
  AddressLookup& operator=(const AddressLookup&) = delete;

  // `host` is a name in ASCII or an address without brackets.
  void Start(std::string_view host);

  // The next one that is known by now and allowed.
  std::optional<IpAddress> Next();
  // Why Next has given none yet.
  ConnectFailure failure() const;

 private:
  void OnAnswer(Family family, const NameAnswer& answer);
  void Take(const IpAddress& address);

  Resolver& resolver_;
  const Events events_;
  Resolver::Lookup lookup_;
  Timer timer_;  // Tells of what was known at once.
  int answers_ = 0;
  bool told_ = false;
  std::vector<IpAddress> addresses_;    // Allowed, in order …
  size_t next_ = 0;                     // … and up to here, given.
  std::string refusals_;                // Of those that are not.
  std::optional<NameAnswer> no_names_;  // Why a family has none.
};

}  // namespace nano::net

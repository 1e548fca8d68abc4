// What apps may reach in the store, by their versions: those of the releases that are served and
// prepared, and for a while those that were, since workers finish what they have of them.
//
// Owns nothing else. Thread: the supervisor's loop.
#pragma once

#include <cstdint>
#include <map>

#include "server/control/messages.h"
#include "server/release/release.h"

namespace nano::server {

class KnownScopes {
 public:
  // Longer than workers take to finish what they have of a version: `drain_timeout` is mostly 30 s.
  static constexpr uint64_t kRememberMs = 10 * 60'000;

  // `served` goes on being so until `next` is, or for good if that fails. An app that is in another
  // group in each runs in both. Returns whether the store has to be told.
  bool Allow(const Release& served, const Release& next, uint64_t now_ms);

  // Whether any of them has something that is there before a worker asks for it.
  bool NeedStore() const;

  StoreScopes scopes() const;

 private:
  struct Known {
    StoreScope scope;
    uint64_t seen_ms = 0;  // When it was last in a release.
  };

  std::map<uint32_t, Known> known_;  // By their versions' ids.
};

}  // namespace nano::server

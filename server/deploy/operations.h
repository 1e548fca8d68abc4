// What goes on after the request that began it was answered: drains of versions that were replaced,
// and of apps that were removed.
//
// Owns the records, the last ones that ended too. Thread: the supervisor's loop.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "server/deploy/views.h"

namespace nano::server {

class Operations {
 public:
  static constexpr const char* kDrain = "drain";    // Of versions that were replaced, or moved.
  static constexpr const char* kRemove = "remove";  // Of apps, until there are none any more.

  // Begins to wait for versions to be let go of by all; the operation's id. `kind` is one of the
  // above; `app` is empty if they are of several.
  std::string Begin(const std::string& kind, std::string app, std::set<uint32_t> versions,
                    int64_t now);

  // Ends those whose versions nobody holds any more; their ids.
  std::vector<std::string> Settle(const std::function<bool(uint32_t)>& held, int64_t now);
  // Notes what the draining versions have under way, as the workers told it, and which of them have
  // any of the versions.
  using Holders = std::function<std::vector<HolderView>(const std::set<uint32_t>& versions)>;
  void Note(const Status& status, const Holders& holders);

  // Null: there is none, or it ended long ago.
  const OperationView* Find(std::string_view id) const;

 private:
  struct Record {
    OperationView view;
    std::set<uint32_t> versions;
  };

  uint64_t last_ = 0;
  std::deque<Record> records_;  // The oldest first.
};

}  // namespace nano::server

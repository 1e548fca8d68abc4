// The server whose place this one takes, as this one sees it: what it hands over, and when the
// connections are this one's.
//
// Owns the channel to it. If the other one ends, whenever that is, its sockets are this one's to
// serve. Thread: the process's only one, then the supervisor's loop.
#pragma once

#include <uv.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "net/handles.h"
#include "server/release/release.h"
#include "server/release/replaced_sites.h"
#include "server/supervisor/handover.h"

namespace nano::server {

// In the environment of a server that takes another's place: the number of the channel's
// descriptor.
inline constexpr char kPredecessorVariable[] = "NANO_TAKES_OVER";

// What is said in the channel after the handover. Versions of the program differ: what is here
// stays.
inline constexpr char kReadyWord[] = "ready";      // From the new one: it could serve.
inline constexpr char kFailedWord[] = "failed: ";  // From the new one, and why.
inline constexpr char kServeWord[] = "serve";      // From the old one: it accepts no more.
inline constexpr char kServeAndReloadWord[] = "serve and reload";

class Predecessor {
 public:
  // Null if this server takes nobody's place. Waits for what is handed over.
  static Result<std::unique_ptr<Predecessor>> FromEnvironment();

  Predecessor(const Predecessor&) = delete;
  Predecessor& operator=(const Predecessor&) = delete;

  Handover& handover() { return handover_; }
  pid_t pid() const { return handover_.pid; }

  // Refuses a release in which an app that the other one serves cannot be: its snapshot is of
  // another engine, or damaged.
  Result<void> Compare(const Release& release) const;

  // Versions whose files clients of the other one may ask for yet, but those that `release` has
  // too. What cannot be taken is told as a warning. Once.
  std::vector<ReplacedSite> TakeSites(const Release& release, std::vector<std::string>& warnings);

  void TellFailed(std::string_view why);
  // Tells that every worker could serve. `serve` is called when they are to, from the loop; told is
  // whether files may have changed since they were loaded.
  void TellReady(uv_loop_t* loop, std::function<void(bool reload)> serve);

 private:
  explicit Predecessor(Descriptor channel) : channel_(std::move(channel)) {}

  Descriptor channel_;
  Handover handover_;
  std::optional<net::Poll> poll_;
};

}  // namespace nano::server

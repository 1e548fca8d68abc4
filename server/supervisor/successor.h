// The server that is to take this one's place, as this one sees it: a process of the program as it
// is on disk now, which is handed the listening sockets and says when it could serve.
//
// It touches no connection before it is told to (Successor::LetServe), so whatever becomes of it
// until then costs nobody anything, and this server goes on.
//
// Owns the channel to the process, and its life until it is ready. Thread: the supervisor's
// loop.
#pragma once

#include <sys/types.h>
#include <uv.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "net/handles.h"
#include "server/supervisor/fostered_process.h"
#include "server/supervisor/handover.h"

namespace nano::server {

class Successor {
 public:
  struct Callbacks {
    std::function<void()> ready;
    // It is dead. `why` is a sentence's end.
    std::function<void(const std::string& why)> failed;
  };

  // `command` is what this server was started by: its first word is looked up anew, so that a file
  // that was replaced meanwhile is what runs.
  static Result<std::unique_ptr<Successor>> Start(uv_loop_t* loop,
                                                  const std::vector<std::string>& command,
                                                  const Handover& handover,
                                                  std::chrono::milliseconds patience,
                                                  Callbacks callbacks);
  // Its destruction kills the process unless that is ready.
  Successor(const Successor&) = delete;
  Successor& operator=(const Successor&) = delete;

  pid_t pid() const { return process_->pid(); }
  // The child of the supervisor whose death is the successor's, and that it has been reaped.
  pid_t child() const { return process_->parent(); }
  void OnDeath(int status);

  // After `ready`: the connections are its own. `reload`: what it has loaded may be out of date.
  void LetServe(bool reload);

 private:
  Successor(std::unique_ptr<FosteredProcess> process, Descriptor channel, Callbacks callbacks)
      : process_(std::move(process)),
        channel_(std::move(channel)),
        callbacks_(std::move(callbacks)) {}
  void OnReadable();

  const std::unique_ptr<FosteredProcess> process_;
  Descriptor channel_;
  const Callbacks callbacks_;
  std::optional<net::Poll> poll_;
  std::optional<net::Timer> timeout_;
  std::string last_words_;
  bool ready_ = false;
};

}  // namespace nano::server

// A program whose parent, until it is let go, is a process between this one and itself. That one
// ends as the program does, so that its end is heard of as any child's; and when it is ended, the
// program is at once a child of whoever takes in orphans: the service manager, which does not watch
// over, nor wait for, a main process that is another one's child.
//
// Owns both processes until the program is let go. Thread: the supervisor's loop.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <utility>

#include "base/descriptor.h"
#include "base/result.h"

namespace nano::server {

class FosteredProcess {
 public:
  // `become` is called in the program's process, with all signals blocked, and does not return.
  static Result<std::unique_ptr<FosteredProcess>> Start(const std::function<void()>& become);
  // Kills the program unless it has been let go.
  ~FosteredProcess();
  FosteredProcess(const FosteredProcess&) = delete;
  FosteredProcess& operator=(const FosteredProcess&) = delete;

  pid_t pid() const { return pid_; }
  // The child of this process, whose death (Reaped) is the program's; 0 if there is none any more.
  pid_t parent() const { return parent_; }

  void Kill();
  // The program is dead, which may not have been heard of yet.
  bool ended() const;
  // This process has reaped `parent`: the program has ended, or does now.
  void Reaped();
  // From here on the program is not this process's to watch or to kill.
  void LetGo();

 private:
  FosteredProcess(pid_t parent, pid_t pid, Descriptor handle)
      : parent_(parent), pid_(pid), handle_(std::move(handle)) {}

  pid_t parent_;
  const pid_t pid_;
  const Descriptor handle_;  // A pidfd: whoever has the number later is not meant.
};

}  // namespace nano::server

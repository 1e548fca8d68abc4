// Records which paths a child process looks up: files that it opens or asks for, those that are not
// there among them. What such a program makes depends on nothing else of the file system.
//
// The child's system calls that take a path are shown to another child of this process, which notes
// the path and lets them go on (seccomp_unotify(2)): 15 µs each. Where the system does not allow it
// (Linux before 5.9, some containers), nothing is recorded. Owns the recording child. Thread: the
// process's only one.
#pragma once

#include <compare>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "compiler/process/child.h"

namespace nano::compiler {

struct FileLookup {
  std::string path;     // Absolute, as the program wrote it.
  bool opened = false;  // To be read; else it was only asked whether and what it is.

  auto operator<=>(const FileLookup&) const = default;
};

class LookupRecorder {
 public:
  // Null: no process could be started.
  static std::unique_ptr<LookupRecorder> Start();

  // In the child that is to be recorded, before it executes its program.
  void Enter() const;

  // Once that child was started, or could not be.
  void OnStarted() { sender_ = Descriptor(); }

  // Once it has ended: each lookup once, sorted. None: not all of them are known.
  std::optional<std::vector<FileLookup>> Finish(Clock::time_point until);

 private:
  LookupRecorder(std::unique_ptr<Child> recorder, Descriptor sender)
      : recorder_(std::move(recorder)), sender_(std::move(sender)) {}

  std::unique_ptr<Child> recorder_;
  Descriptor sender_;
};

}  // namespace nano::compiler

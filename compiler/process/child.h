// Child processes of the compiler: esbuild, forks that run an app's code in V8, and one per app
// that is being built.
//
// The compiler's own process never starts V8 and has one thread, so it may fork at any time. A
// child dies with its parent, leaves no core file, and what it writes is collected here. Thread:
// the process's only one.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace nano::compiler {

using Clock = std::chrono::steady_clock;

class Child {
 public:
  // What the child runs; the result is its exit status. `output` is a pipe to the parent; standard
  // output and standard error go to another one, standard input is empty.
  using Body = std::function<int(int output)>;

  // Forks. The child ends when `body` returns, without destructors or exit handlers.
  static Result<std::unique_ptr<Child>> Fork(const Body& body);

  // Starts a program in `directory` with `input` as its standard input. Its standard output is
  // output(). That the program cannot be run shows as exit status 127, with the reason in errors().
  // `prepare` is called in the child just before.
  static Result<std::unique_ptr<Child>> Run(const std::vector<std::string>& arguments,
                                            const std::string& directory, std::string input,
                                            const std::function<void()>& prepare = nullptr);

  // Kills the child if it has not ended.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Waits until one of the children wrote something or ended, or until `until`. False: out of time,
  // or a signal interrupted the wait.
  static bool Wait(std::span<Child* const> children, Clock::time_point until);

  // Waits for the end; kills the child at `until`.
  void Finish(Clock::time_point until);
  // The same of one that says when it begins what it is given `patience` for: until it has written
  // `begun` it has all the time that there is.
  void FinishAfter(std::string_view begun, std::chrono::milliseconds patience,
                   Clock::time_point until);

  pid_t pid() const { return pid_; }
  bool ended() const { return ended_; }
  // Of an ended child: whether it was killed because its time was up, the signal that ended it (0:
  // none), its exit status.
  bool timed_out() const { return timed_out_; }
  int signal() const { return signal_; }
  int status() const { return status_; }
  bool ok() const { return ended_ && !timed_out_ && signal_ == 0 && status_ == 0; }

  // What came so far.
  const std::string& output() const { return output_.text; }
  std::string TakeOutput() { return std::move(output_.text); }
  const std::string& errors() const { return errors_.text; }

 private:
  // What a child may have to say for itself; more is dropped.
  static constexpr size_t kMostErrorBytes = 256 * 1024;

  struct Stream {
    int fd = -1;
    size_t limit = SIZE_MAX;  // Bytes beyond it are read and dropped.
    std::string text;
  };

  Child() = default;
  static Result<std::unique_ptr<Child>> Start(const Body& body, bool with_input);
  static void Read(Stream& stream);
  void WriteInput();
  void Reap(bool block);

  pid_t pid_ = -1;
  Stream output_;
  Stream errors_{.fd = -1, .limit = kMostErrorBytes, .text = {}};
  int input_fd_ = -1;
  std::string input_;
  size_t input_sent_ = 0;
  bool ended_ = false;
  bool timed_out_ = false;
  int signal_ = 0;
  int status_ = 0;
};

// How a process has ended, in words: "signal 6" or, if there was none, "status 1".
std::string DescribeEnd(int signal, int status);

}  // namespace nano::compiler

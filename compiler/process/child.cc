// Forking, pipes and waiting.
#include "compiler/process/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/file.h"
#include "base/system_error.h"

namespace nano::compiler {
namespace {

// A child that closed its pipes has as good as ended; how often to look whether it really has.
constexpr auto kReapInterval = std::chrono::milliseconds(2);

// The exit status of a program that cannot be run, as shells have it.
constexpr int kCannotRun = 127;

constexpr size_t kReadBytes = 64 * 1024;

// How long one wait takes at most, for poll(2) counts in an int.
constexpr int64_t kLongestWaitMs = 60'000;

struct Pipe {
  int read = -1;
  int write = -1;
  ~Pipe() {
    if (read >= 0) close(read);
    if (write >= 0) close(write);
  }
  bool Open() {
    std::array<int, 2> ends;
    if (pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    read = ends[0];
    write = ends[1];
    return true;
  }
};

int Release(int& fd) { return std::exchange(fd, -1); }

// In the child, before its body: signals as a new program finds them, streams on the pipes.
void EnterChild(pid_t parent, int input, int errors) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // The parent ended before the line above.
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::signal(number, SIG_DFL);
  // An app that cannot be snapshotted makes V8 abort; that is an answer, not a crash to be kept.
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  if (input < 0) input = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(input, STDIN_FILENO);
  __fpurge(stdout);  // What the parent has not written yet is the parent's to write.
  dup2(errors, STDOUT_FILENO);
  dup2(errors, STDERR_FILENO);
}

[[noreturn]] void Execute(const std::vector<std::string>& arguments, const std::string& directory,
                          int output, const std::function<void()>& prepare) {
  const auto fail = [](const std::string& what) {
    WriteAll(STDERR_FILENO, what + ": " + strerror(errno) + "\n");
    _exit(kCannotRun);
  };
  if (chdir(directory.c_str()) != 0) fail(directory);
  // Programs that believe PWD would else name files by the path of some symbolic link.
  setenv("PWD", directory.c_str(), 1);
  dup2(output, STDOUT_FILENO);
  ::signal(SIGPIPE, SIG_DFL);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  if (prepare) prepare();
  execv(argv[0], argv.data());
  fail(arguments[0]);
  _exit(kCannotRun);
}

}  // namespace

std::string DescribeEnd(int signal, int status) {
  return signal != 0 ? "signal " + std::to_string(signal) : "status " + std::to_string(status);
}

Result<std::unique_ptr<Child>> Child::Start(const Body& body, bool with_input) {
  Pipe input, output, errors;
  if ((with_input && !input.Open()) || !output.Open() || !errors.Open()) {
    return SystemError("a pipe", "open", errno);
  }
  // A program that ends without reading its input must not take this process with it.
  ::signal(SIGPIPE, SIG_IGN);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) return SystemError("a process", "start", errno);
  if (pid == 0) {
    EnterChild(parent, input.read, errors.write);
    // A reader must see the end of what the child itself writes, whatever it forks.
    close(output.read);
    close(errors.read);
    close(errors.write);
    if (with_input) close(input.write);
    _exit(body(output.write));
  }
  std::unique_ptr<Child> child(new Child);
  child->pid_ = pid;
  child->output_.fd = Release(output.read);
  child->errors_.fd = Release(errors.read);
  child->input_fd_ = Release(input.write);
  for (const int fd : {child->output_.fd, child->errors_.fd, child->input_fd_}) {
    if (fd >= 0) fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  }
  return child;
}

Result<std::unique_ptr<Child>> Child::Fork(const Body& body) { return Start(body, false); }

Result<std::unique_ptr<Child>> Child::Run(const std::vector<std::string>& arguments,
                                          const std::string& directory, std::string input,
                                          const std::function<void()>& prepare) {
  std::unique_ptr<Child> child =
      TRY(Start([&](int output) -> int { Execute(arguments, directory, output, prepare); }, true));
  child->input_ = std::move(input);
  return child;
}

Child::~Child() {
  if (!ended_) {
    kill(pid_, SIGKILL);
    Reap(true);
  }
  for (const int fd : {output_.fd, errors_.fd, input_fd_}) {
    if (fd >= 0) close(fd);
  }
}

void Child::Read(Stream& stream) {
  std::array<char, kReadBytes> buffer;
  for (;;) {
    const ssize_t count = read(stream.fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) {
      close(Release(stream.fd));
      return;
    }
    const size_t room = stream.limit - std::min(stream.limit, stream.text.size());
    stream.text.append(buffer.data(), std::min(room, static_cast<size_t>(count)));
  }
}

void Child::WriteInput() {
  while (input_sent_ < input_.size()) {
    const ssize_t count =
        write(input_fd_, input_.data() + input_sent_, input_.size() - input_sent_);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    if (count < 0) break;  // It does not read; its own message will say why.
    input_sent_ += static_cast<size_t>(count);
  }
  close(Release(input_fd_));
}

void Child::Reap(bool block) {
  int state = 0;
  pid_t got;
  do {
    got = waitpid(pid_, &state, block ? 0 : WNOHANG);
  } while (got < 0 && errno == EINTR);
  if (got == 0) return;
  ended_ = true;
  if (got < 0) {
    status_ = 1;  // Somebody else waited for it; there is nothing more to be known.
  } else if (WIFSIGNALED(state)) {
    signal_ = WTERMSIG(state);
  } else {
    status_ = WEXITSTATUS(state);
  }
}

bool Child::Wait(std::span<Child* const> children, Clock::time_point until) {
  std::vector<pollfd> polled;
  bool closing = false;
  for (const Child* child : children) {
    if (child->ended_) continue;
    if (child->output_.fd < 0 && child->errors_.fd < 0) closing = true;
    if (child->output_.fd >= 0) polled.push_back({child->output_.fd, POLLIN, 0});
    if (child->errors_.fd >= 0) polled.push_back({child->errors_.fd, POLLIN, 0});
    if (child->input_fd_ >= 0) polled.push_back({child->input_fd_, POLLOUT, 0});
  }
  const auto now = Clock::now();
  if (closing) until = std::min(until, now + kReapInterval);
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now).count();
  const int timeout = static_cast<int>(std::clamp<int64_t>(left, 0, kLongestWaitMs));
  const int ready = poll(polled.data(), polled.size(), timeout);
  if (ready < 0) return false;
  for (Child* child : children) {
    if (child->ended_) continue;
    for (const pollfd& entry : polled) {
      if (entry.revents == 0) continue;
      if (entry.fd == child->output_.fd) Read(child->output_);
      if (entry.fd == child->errors_.fd) Read(child->errors_);
      if (entry.fd == child->input_fd_) child->WriteInput();
    }
    if (child->output_.fd < 0 && child->errors_.fd < 0) child->Reap(false);
  }
  return ready > 0 || closing;
}

void Child::Finish(Clock::time_point until) {
  Child* const self[] = {this};
  while (!ended_) {
    Wait(self, until);
    if (ended_ || Clock::now() < until) continue;
    kill(pid_, SIGKILL);
    Reap(true);
    timed_out_ = true;
    if (output_.fd >= 0) Read(output_);
    if (errors_.fd >= 0) Read(errors_);
  }
}

void Child::FinishAfter(std::string_view begun, std::chrono::milliseconds patience,
                        Clock::time_point until) {
  Child* const self[] = {this};
  while (!ended_ && Clock::now() < until && output_.text.find(begun) == std::string::npos) {
    Wait(self, until);
  }
  Finish(std::min(until, Clock::now() + patience));
}

}  // namespace nano::compiler

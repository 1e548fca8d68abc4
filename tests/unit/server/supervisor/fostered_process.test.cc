// server/supervisor/fostered_process.h: whose child a program is, and whose end is heard of.
#include "server/supervisor/fostered_process.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <utility>

#include "base/descriptor.h"

namespace nano::server {
namespace {

// Waits for the death of a child of the test's process.
int StatusOf(pid_t pid) {
  int status = 0;
  REQUIRE(waitpid(pid, &status, 0) == pid);
  return status;
}

std::unique_ptr<FosteredProcess> Start(const std::function<void()>& become) {
  auto started = FosteredProcess::Start(become);
  REQUIRE(started.ok());
  return std::move(started).value();
}

// As in the child of a server: with the signals that it blocks.
void WaitForever() {
  for (;;) pause();
}

// Has orphans come to the test's process, as they come to a service manager.
struct TakesInOrphans {
  TakesInOrphans() { REQUIRE(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0); }
  ~TakesInOrphans() { prctl(PR_SET_CHILD_SUBREAPER, 0); }
};

TEST_CASE("a fostered process: its end is its parent's", "[supervisor][upgrade]") {
  SECTION("by a status") {
    const auto process = Start([] { _exit(3); });
    const int status = StatusOf(process->parent());
    process->Reaped();
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 3);
    CHECK(process->parent() == 0);
  }
  SECTION("by a signal") {
    const auto process = Start([] {
      sigset_t none;
      sigemptyset(&none);
      sigprocmask(SIG_SETMASK, &none, nullptr);
      signal(SIGSEGV, SIG_DFL);  // Not the test's own.
      raise(SIGSEGV);
    });
    const int status = StatusOf(process->parent());
    process->Reaped();
    REQUIRE(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGSEGV);
  }
  SECTION("by being killed") {
    const auto process = Start(WaitForever);
    CHECK(process->pid() != process->parent());
    process->Kill();
    const int status = StatusOf(process->parent());
    process->Reaped();
    REQUIRE(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGKILL);
  }
}

TEST_CASE("a fostered process is an orphan at once when it is let go", "[supervisor][upgrade]") {
  const TakesInOrphans orphanage;
  pid_t pid = 0;
  {
    const auto process = Start(WaitForever);
    pid = process->pid();
    CHECK(waitpid(pid, nullptr, WNOHANG) < 0);  // Another one's child.
    process->LetGo();
    CHECK(process->parent() == 0);
    CHECK(waitpid(pid, nullptr, WNOHANG) == 0);  // One's own, and it lives.
  }
  CHECK(waitpid(pid, nullptr, WNOHANG) == 0);  // Still.
  REQUIRE(kill(pid, SIGKILL) == 0);
  StatusOf(pid);
}

TEST_CASE("a fostered process ends with whoever watches over it", "[supervisor][upgrade]") {
  const TakesInOrphans orphanage;
  pid_t pid = 0;
  SECTION("which is destroyed") {
    auto process = Start(WaitForever);
    const pid_t parent = process->parent();
    process.reset();
    pid = parent;  // Which ends as the process does.
  }
  SECTION("whose child was killed in its place") {
    const auto process = Start(WaitForever);
    REQUIRE(kill(process->parent(), SIGKILL) == 0);
    StatusOf(process->parent());
    process->Reaped();
    pid = process->pid();
  }
  const int status = StatusOf(pid);
  REQUIRE(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGKILL);
}

TEST_CASE("the parent of a fostered process keeps no connection open", "[supervisor][upgrade]") {
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  const Descriptor own(ends[0]);
  Descriptor other(ends[1]);
  const auto process = Start([&] {
    other.Close();
    WaitForever();
  });
  other.Close();
  char none;
  CHECK(recv(own.get(), &none, 1, 0) == 0);
  process->Kill();
  StatusOf(process->parent());
  process->Reaped();
}

}  // namespace
}  // namespace nano::server

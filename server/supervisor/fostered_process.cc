// Two forks, and a process that waits. See fostered_process.h for ownership and threads.
#include "server/supervisor/fostered_process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "server/supervisor/leave_supervisor.h"

namespace nano::server {
namespace {

Error Failed(const char* what, int error) {
  return Error{std::string(what) + ": " + strerror(error), {}, {}};
}

[[noreturn]] void EndAs(int status) {
  if (!WIFSIGNALED(status)) _exit(WEXITSTATUS(status));
  const int number = WTERMSIG(status);
  constexpr rlimit kNone{.rlim_cur = 0, .rlim_max = 0};
  setrlimit(RLIMIT_CORE, &kNone);  // The program's own is the one to look at.
  signal(number, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, number);
  raise(number);
  sigprocmask(SIG_UNBLOCK, &only, nullptr);
  _exit(128 + number);
}

// By number, as <sys/pidfd.h> of glibc 2.36 cannot be included by C++.
Descriptor OpenProcess(pid_t pid) {
  return Descriptor(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
}

void SendSignal(int process, int signal) {
  syscall(SYS_pidfd_send_signal, process, signal, nullptr, 0);
}

int WaitFor(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

// In the process between. Tells the program's id, or the number of an error, negative.
[[noreturn]] void Foster(const std::function<void()>& become, Descriptor channel,
                         pid_t own_parent) {
  // What that one starts outlives it, if it dies: it is an orphan then as well.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != own_parent) _exit(1);
  const pid_t pid = fork();
  if (pid == 0) {
    become();
    _exit(127);
  }
  const pid_t told = pid < 0 ? -errno : pid;
  CloseInheritedBut({channel.get()});
  send(channel.get(), &told, sizeof told, MSG_NOSIGNAL);
  if (pid < 0) _exit(1);
  // The number stays the program's until it is known by more than that.
  char none;
  while (recv(channel.get(), &none, 1, 0) < 0 && errno == EINTR) {
  }
  channel.Close();
  EndAs(WaitFor(pid));
}

// What the process between tells.
pid_t Hear(int channel) {
  pid_t told = 0;
  ssize_t size;
  do {
    size = recv(channel, &told, sizeof told, 0);
  } while (size < 0 && errno == EINTR);
  return size == sizeof told ? told : -ECHILD;
}

}  // namespace

Result<std::unique_ptr<FosteredProcess>> FosteredProcess::Start(
    const std::function<void()>& become) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return Failed("cannot make a channel", errno);
  }
  Descriptor hears(ends[0]), tells(ends[1]);
  const pid_t own = getpid();
  // None of this process's handlers may run in the children.
  sigset_t all, previous;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &previous);
  const pid_t parent = fork();
  if (parent == 0) Foster(become, std::move(tells), own);
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &previous, nullptr);
  if (parent < 0) return Failed("cannot fork", error);
  tells.Close();
  const pid_t pid = Hear(hears.get());
  if (pid < 0) {
    WaitFor(parent);
    return Failed("cannot fork", -pid);
  }
  Descriptor handle = OpenProcess(pid);
  if (handle.get() < 0) {
    const int reason = errno;
    kill(pid, SIGKILL);
    hears.Close();
    WaitFor(parent);
    return Failed("cannot watch a process", reason);
  }
  return std::unique_ptr<FosteredProcess>(new FosteredProcess(parent, pid, std::move(handle)));
}

FosteredProcess::~FosteredProcess() {
  if (parent_ != 0) Kill();
}

void FosteredProcess::Kill() { SendSignal(handle_.get(), SIGKILL); }

bool FosteredProcess::ended() const {
  pollfd handle{.fd = handle_.get(), .events = POLLIN, .revents = 0};
  return poll(&handle, 1, 0) > 0;
}

void FosteredProcess::Reaped() {
  parent_ = 0;
  Kill();  // In case that it was not the program's end that was heard of.
}

void FosteredProcess::LetGo() {
  if (parent_ == 0) return;
  // Its end is what makes the program an orphan, so it is waited for; it has nothing to do before.
  kill(parent_, SIGKILL);
  WaitFor(parent_);
  parent_ = 0;
}

}  // namespace nano::server

// Exec, and two words. See successor.h for ownership and threads.
#include "server/supervisor/successor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "runtime/entry.h"
#include "server/supervisor/predecessor.h"
#include "server/supervisor/worker_death.h"

namespace nano::server {
namespace {

// bin/nano of the installation that this process comes from, for a command that is found no more.
std::string InstalledProgram() {
  const std::string library = runtime::LibraryDirectory();  // …/lib/nano
  return library + "/../../bin/nano";
}

// In the child: becomes the program as it is on disk now.
[[noreturn]] void Become(const std::vector<std::string>& command, int channel, pid_t old_pid) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  fcntl(channel, F_SETFD, 0);
  setenv(kPredecessorVariable, std::to_string(channel).c_str(), 1);
  // A watchdog that means the old server will mean the new one.
  const char* const watched = getenv("WATCHDOG_PID");
  if (watched != nullptr && watched == std::to_string(old_pid)) {
    setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
  }
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  execvp(argv[0], argv.data());
  const int error = errno;
  if (error == ENOENT || error == ENOTDIR) execv(InstalledProgram().c_str(), argv.data());
  SendText(channel, std::string(kFailedWord) + "cannot run " + command[0] + ": " + strerror(error));
  _exit(127);
}

}  // namespace

Result<std::unique_ptr<Successor>> Successor::Start(uv_loop_t* loop,
                                                    const std::vector<std::string>& command,
                                                    const Handover& handover,
                                                    std::chrono::milliseconds patience,
                                                    Callbacks callbacks) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return Error{std::string("cannot make a channel to it: ") + strerror(errno), {}, {}};
  }
  Descriptor own(ends[0]), other(ends[1]);
  TRY(SendHandover(own.get(), handover));
  const pid_t old_pid = getpid();
  std::unique_ptr<FosteredProcess> process = TRY(FosteredProcess::Start(
      [&command, &other, old_pid] { Become(command, other.get(), old_pid); }));
  std::unique_ptr<Successor> successor(
      new Successor(std::move(process), std::move(own), std::move(callbacks)));
  Successor* const self = successor.get();
  self->poll_ = TRY(net::Poll::Of(loop, self->channel_.get(), [self](int) { self->OnReadable(); }));
  self->poll_->Start(UV_READABLE);
  self->timeout_.emplace(loop, [self, patience] {
    self->last_words_ =
        "it could not serve within upgrade_timeout (" + std::to_string(patience.count()) + " ms)";
    self->poll_->Stop();     // It is too late for it to be ready …
    self->process_->Kill();  // … and its death is heard of.
  });
  self->timeout_->Start(static_cast<uint64_t>(patience.count()));
  return successor;
}

void Successor::OnReadable() {
  const std::string text = ReceiveText(channel_.get());
  if (text.empty()) {
    // Its end is told by its death, which says more.
    if (errno == 0) poll_->Stop();
    return;
  }
  if (text.starts_with(kFailedWord)) {
    last_words_ = text.substr(std::string_view(kFailedWord).size());
  } else if (text == kReadyWord && !ready_) {
    if (process_->ended()) return;  // Since it said so; that is heard of yet.
    ready_ = true;
    timeout_->Stop();
    process_->LetGo();
    callbacks_.ready();
  }
}

void Successor::OnDeath(int status) {
  process_->Reaped();
  while (last_words_.empty()) {  // It may have been faster than the loop.
    const std::string text = ReceiveText(channel_.get());
    if (text.empty()) break;
    if (text.starts_with(kFailedWord)) {
      last_words_ = text.substr(std::string_view(kFailedWord).size());
    }
  }
  callbacks_.failed(last_words_.empty()
                        ? "it " + DescribeDeath(status) + "; what it said is on standard error"
                        : last_words_);
}

void Successor::LetServe(bool reload) {
  // If it is gone meanwhile nobody hears it, and whoever started the server sees to it.
  SendText(channel_.get(), reload ? kServeAndReloadWord : kServeWord);
  poll_.reset();
}

}  // namespace nano::server

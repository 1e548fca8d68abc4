// Writes whole lines under a lock that all processes share. See log_sink.h for ownership and
// threads.
#include "server/log_sink.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <new>

#include "base/check.h"

namespace nano::server {

// The kernel keeps a write to a pipe in one piece up to PIPE_BUF bytes only, so longer lines need a
// lock. It is robust: a process that is killed while it holds it does not take the others with it.
struct LogSink::Shared {
  pthread_mutex_t mutex;
  bool within_line;  // Guarded by `mutex`: the last writer died before its line feed.
};

LogSink::LogSink(int fd) : fd_(fd) {
  void* page =
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  NANO_CHECK(page != MAP_FAILED);
  shared_ = new (page) Shared();
  pthread_mutexattr_t attributes;
  NANO_CHECK(pthread_mutexattr_init(&attributes) == 0);
  NANO_CHECK(pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED) == 0);
  NANO_CHECK(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST) == 0);
  NANO_CHECK(pthread_mutex_init(&shared_->mutex, &attributes) == 0);
  pthread_mutexattr_destroy(&attributes);
}

// The mutex is not destroyed: other processes may still use it.
LogSink::~LogSink() { munmap(shared_, sizeof(Shared)); }

namespace {

// False if the descriptor takes no more bytes, ever.
bool WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      // Somebody who shares the terminal or pipe made it non-blocking.
      pollfd writable{.fd = fd, .events = POLLOUT, .revents = 0};
      poll(&writable, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace

void LogSink::Write(std::string_view lines) {
  if (pthread_mutex_lock(&shared_->mutex) == EOWNERDEAD) {
    pthread_mutex_consistent(&shared_->mutex);
    if (shared_->within_line) WriteAll(fd_, "\n");
  }
  shared_->within_line = true;
  WriteAll(fd_, lines);
  shared_->within_line = false;
  pthread_mutex_unlock(&shared_->mutex);
}

}  // namespace nano::server

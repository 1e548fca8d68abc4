// Writes whole lines under a lock that all processes share. See log_sink.h for ownership and
// threads.
#include "server/log/log_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>
#include <string>

#include "base/check.h"

namespace nano::server {
namespace {

// For a lock whose holder was stopped within the few system calls that it is held for.
constexpr long kLockPatienceNs = 50'000'000;

}  // namespace

// The kernel keeps a write to a pipe in one piece up to PIPE_BUF bytes only, so longer lines need a
// lock. It is robust: a process that is killed while it holds it does not take the others with it.
struct LogSink::Shared {
  pthread_mutex_t mutex;
  bool within_line;  // Guarded by `mutex`: the last writer died before its line feed.
  std::atomic<unsigned long long> dropped;  // Lines, since they were last mentioned …
  std::atomic<uint64_t> lost;               // … and in all.
  // A ring of whole lines, the first of which may have been written in part. Written under `mutex`.
  std::atomic<uint64_t> begin, end;  // Bytes ever taken out and put in.
  char ring[kBufferBytes];           // Pages are made when they are touched.
};

LogSink::LogSink(int fd) : fd_(fd) {
  void* page =
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  NANO_CHECK(page != MAP_FAILED);
  shared_ = new (page) Shared;  // Zeros already; not to be touched all over.
  pthread_mutexattr_t attributes;
  NANO_CHECK(pthread_mutexattr_init(&attributes) == 0);
  NANO_CHECK(pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED) == 0);
  NANO_CHECK(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST) == 0);
  NANO_CHECK(pthread_mutex_init(&shared_->mutex, &attributes) == 0);
  pthread_mutexattr_destroy(&attributes);

  struct stat status {};
  if (fstat(fd, &status) != 0) return;
  is_socket_ = S_ISSOCK(status.st_mode);
  if (!S_ISFIFO(status.st_mode) && !S_ISCHR(status.st_mode)) return;
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  own_fd_ = open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  must_poll_ = own_fd_ < 0;
}

// The mutex is not destroyed: other processes may still use it.
LogSink::~LogSink() {
  munmap(shared_, sizeof(Shared));
  if (own_fd_ >= 0) close(own_fd_);
}

void LogSink::set_notice(Notice notice, bool json) {
  notice_ = notice;
  json_ = json;
}

size_t LogSink::WriteSome(std::string_view bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    std::string_view rest = bytes.substr(done);
    if (must_poll_) {
      // There is room for this much at once if there is room at all (pipe(7)).
      pollfd writable{.fd = fd_, .events = POLLOUT, .revents = 0};
      if (poll(&writable, 1, 0) != 1) return done;
      rest = rest.substr(0, PIPE_BUF);
    }
    const ssize_t written = is_socket_
                                ? send(fd_, rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                                : write(own_fd_ >= 0 ? own_fd_ : fd_, rest.data(), rest.size());
    if (written >= 0) {
      done += static_cast<size_t>(written);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return done;
    } else if (errno != EINTR) {
      return bytes.size();
    }
  }
  return done;
}

bool LogSink::Lock() {
  timespec deadline;
  clock_gettime(CLOCK_MONOTONIC, &deadline);
  deadline.tv_nsec += kLockPatienceNs;
  if (deadline.tv_nsec >= 1'000'000'000) {
    deadline.tv_nsec -= 1'000'000'000;
    ++deadline.tv_sec;
  }
  const int status = pthread_mutex_clocklock(&shared_->mutex, CLOCK_MONOTONIC, &deadline);
  if (status == EOWNERDEAD) {
    pthread_mutex_consistent(&shared_->mutex);
    if (shared_->within_line) Keep("\n");
    shared_->within_line = false;
    return true;
  }
  return status == 0;
}

// All of it or, if there is no room, nothing.
bool LogSink::Keep(std::string_view bytes, size_t room) {
  const uint64_t end = shared_->end;
  const uint64_t kept = end - shared_->begin;
  if (kept > room || bytes.size() > room - kept) return false;
  const size_t at = end % kBufferBytes;
  const size_t first = std::min(bytes.size(), kBufferBytes - at);
  std::memcpy(shared_->ring + at, bytes.data(), first);
  std::memcpy(shared_->ring, bytes.data() + first, bytes.size() - first);
  shared_->end = end + bytes.size();
  return true;
}

void LogSink::FlushLocked() {
  while (shared_->begin != shared_->end) {
    const size_t at = shared_->begin % kBufferBytes;
    const size_t size = std::min<size_t>(shared_->end - shared_->begin, kBufferBytes - at);
    const size_t written = WriteSome({shared_->ring + at, size});
    shared_->begin += written;
    if (written < size) return;
  }
  if (shared_->dropped == 0 || notice_ == nullptr) return;
  std::string notice;
  const unsigned long long dropped = shared_->dropped;
  notice_(notice, dropped, json_);
  const size_t written = WriteSome(notice);
  if (written == 0) return;
  shared_->dropped -= dropped;
  Keep(std::string_view(notice).substr(written));
}

void LogSink::Drop(size_t lines) {
  shared_->dropped += lines;
  shared_->lost += lines;
}

uint64_t LogSink::lost() const { return shared_->lost; }

void LogSink::Write(std::string_view lines, std::string_view app) {
  if (!Lock()) {
    Drop(1);
    tail_.Miss();
    return;
  }
  tail_.Append(app, lines);
  if (!WriteLocked(lines, kBufferBytes).empty()) Drop(1);
  pthread_mutex_unlock(&shared_->mutex);
}

void LogSink::WriteAside(std::string_view lines, size_t count) {
  if (!Lock()) return Drop(count);
  const std::string_view missing = WriteLocked(lines, kBufferBytes / 2);
  Drop(static_cast<size_t>(std::count(missing.begin(), missing.end(), '\n')));
  pthread_mutex_unlock(&shared_->mutex);
}

// Returns what is missing.
std::string_view LogSink::WriteLocked(std::string_view lines, size_t room) {
  FlushLocked();
  // While lines are missing, those that follow come after the notice of it.
  const bool behind = pending();
  shared_->within_line = true;
  const size_t written = behind ? 0 : WriteSome(lines);
  const bool dropping = behind && shared_->begin == shared_->end;
  const bool complete = written == lines.size() || (!dropping && Keep(lines.substr(written), room));
  // What was begun has to end.
  if (!complete && written > 0) Keep("\n");
  shared_->within_line = false;
  return complete ? std::string_view() : lines.substr(written);
}

void LogSink::Flush() {
  if (!pending() || !Lock()) return;
  FlushLocked();
  pthread_mutex_unlock(&shared_->mutex);
}

std::vector<LogTail::Line> LogSink::ReadTail(uint64_t& at) {
  if (!tail_.HasMore(at) || !Lock()) return {};
  const std::string records = tail_.CopyFrom(at);
  pthread_mutex_unlock(&shared_->mutex);
  return LogTail::Parse(records);
}

bool LogSink::pending() const {
  return shared_->begin != shared_->end || (shared_->dropped != 0 && notice_ != nullptr);
}

void LogSink::Drain(std::chrono::milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  for (Flush(); pending() && std::chrono::steady_clock::now() < end; Flush()) {
    pollfd writable{.fd = fd_, .events = POLLOUT, .revents = 0};
    poll(&writable, 1, 5);
    if ((writable.revents & POLLOUT) != 0) usleep(1000);
  }
}

}  // namespace nano::server

// Lines of text in datagrams. See service_manager.h for ownership and threads.
#include "server/supervisor/service_manager.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

namespace nano::server {
namespace {

// For a service manager that does not read; then the message is lost, and the server lives on.
constexpr timeval kPatience{.tv_sec = 1, .tv_usec = 0};

template <typename Number>
std::optional<Number> NumberOf(const char* text) {
  if (text == nullptr) return std::nullopt;
  const char* const end = text + std::strlen(text);
  Number number = 0;
  const auto [at, error] = std::from_chars(text, end, number);
  if (error != std::errc() || at != end) return std::nullopt;
  return number;
}

bool WatchdogIsOurs() {
  if (getenv("WATCHDOG_USEC") == nullptr) return false;
  const char* const pid = getenv("WATCHDOG_PID");
  return pid == nullptr || NumberOf<pid_t>(pid) == getpid();
}

// A line cannot hold another one.
std::string StatusLine(std::string_view status) {
  std::string line = "STATUS=" + std::string(status);
  for (char& c : line) {
    if (c == '\n') c = ' ';
  }
  return line;
}

// The clock that the manager compares: a READY that it has from before does not end this reload.
std::string MonotonicMicroseconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

}  // namespace

Result<ServiceManager> ServiceManager::FromEnvironment() {
  const char* const address = getenv("NOTIFY_SOCKET");
  if (address == nullptr || *address == '\0') return ServiceManager();
  ServiceManager manager = TRY(At(address));
  if (!WatchdogIsOurs()) return manager;
  const auto limit = NumberOf<uint64_t>(getenv("WATCHDOG_USEC"));
  if (!limit.has_value() || *limit == 0) {
    return Error{
        "WATCHDOG_USEC is no number of microseconds: " + std::string(getenv("WATCHDOG_USEC")),
        {},
        {}};
  }
  const std::chrono::milliseconds half(*limit / 2000);
  manager.watchdog_ = std::max(half, std::chrono::milliseconds(1));
  return manager;
}

Result<ServiceManager> ServiceManager::At(std::string_view address) {
  ServiceManager manager;
  constexpr size_t kMax = sizeof(sockaddr_un::sun_path);
  if (address.empty() || (address[0] != '/' && address[0] != '@') || address.size() < 2 ||
      address.size() >= kMax) {
    return Error{"NOTIFY_SOCKET names no socket of this machine: " + std::string(address),
                 {},
                 "It is a path that begins with /, or @ and an abstract name."};
  }
  manager.address_ = address;
  if (address[0] == '@') manager.address_[0] = '\0';
  manager.socket_ = Descriptor(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const int fd = manager.socket_.get();
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience) != 0) {
    return Error{
        std::string("cannot make a socket for the service manager: ") + strerror(errno), {}, {}};
  }
  return manager;
}

Result<void> ServiceManager::Ready(std::string_view status) {
  return Send("READY=1\n" + StatusLine(status));
}

Result<void> ServiceManager::Status(std::string_view status) { return Send(StatusLine(status)); }

Result<void> ServiceManager::Reloading() {
  return Send("RELOADING=1\nMONOTONIC_USEC=" + MonotonicMicroseconds());
}

Result<void> ServiceManager::Stopping(std::string_view status) {
  return Send("STOPPING=1\n" + StatusLine(status));
}

Result<void> ServiceManager::MainProcess(pid_t pid, std::string_view status) {
  return Send("MAINPID=" + std::to_string(pid) + "\n" + StatusLine(status));
}

Result<void> ServiceManager::Alive() { return Send("WATCHDOG=1"); }

Result<void> ServiceManager::Send(std::string_view message) {
  if (!present()) return {};
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, address_.data(), address_.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  ssize_t sent;
  do {
    sent = sendto(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL,
                  reinterpret_cast<const sockaddr*>(&to), size);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) return {};
  return Error{
      std::string("the service manager cannot be told (NOTIFY_SOCKET): ") + strerror(errno),
      {},
      {}};
}

}  // namespace nano::server

// Reads the environment, and looks at descriptors. See activation.h.
#include "server/supervisor/activation.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

namespace nano::server {
namespace {

constexpr int kFirst = 3;  // After the standard ones.
constexpr size_t kMost = 1024;
constexpr const char* kOthers[] = {"admin", "health"};

std::optional<size_t> NumberOf(std::string_view text) {
  size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::vector<std::string> Split(std::string_view names) {
  std::vector<std::string> parts;
  for (;;) {
    const size_t colon = names.find(':');
    parts.emplace_back(names.substr(0, colon));
    if (colon == std::string_view::npos) return parts;
    names.remove_prefix(colon + 1);
  }
}

// What a descriptor's name means; empty: nothing.
std::string NameOf(const std::string& name) {
  // "unknown" stands for a descriptor without one.
  if (name.empty() || name == kHttpSockets || name == "unknown" || name.ends_with(".socket")) {
    return kHttpSockets;
  }
  for (const char* other : kOthers) {
    if (name == other) return name;
  }
  return {};
}

int Option(int fd, int option) {
  int value = -1;
  socklen_t size = sizeof value;
  return getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

// What is wrong with a socket; empty if nothing is.
std::string Fault(int fd, const std::string& name) {
  struct stat status;
  if (fstat(fd, &status) != 0) return std::string("is none: ") + std::strerror(errno);
  if (!S_ISSOCK(status.st_mode)) return "is no socket";
  if (Option(fd, SO_TYPE) != SOCK_STREAM) {
    return "is no stream socket; the unit has to say ListenStream=";
  }
  if (Option(fd, SO_ACCEPTCONN) != 1) {
    return "is a connection, not a listening socket; the unit has to say Accept=no";
  }
  const int family = Option(fd, SO_DOMAIN);
  if (name == kHttpSockets && family != AF_INET && family != AF_INET6) {
    return "is not of TCP; apps are served on ListenStream=ADDRESS:PORT";
  }
  return {};
}

Error Wrong(size_t index, std::string_view name, const std::string& what) {
  std::string text = "descriptor " + std::to_string(kFirst + static_cast<int>(index));
  if (!name.empty()) text += " (" + std::string(name) + ")";
  return Error{"a socket that the service manager gave cannot be used: " + text + " " + what,
               "LISTEN_FDS",
               {}};
}

}  // namespace

Result<Activation> ReadActivation(const char* pid, const char* count, const char* names,
                                  int own_pid) {
  if (pid == nullptr || count == nullptr) return Activation();
  const std::optional<size_t> whose = NumberOf(pid);
  if (!whose.has_value()) return Error{"no process id: " + std::string(pid), "LISTEN_PID", {}};
  if (*whose != static_cast<size_t>(own_pid)) return Activation();
  const std::optional<size_t> sockets = NumberOf(count);
  if (!sockets.has_value() || *sockets > kMost) {
    return Error{"no number of descriptors: " + std::string(count), "LISTEN_FDS", {}};
  }
  Activation activation{.sockets = *sockets, .names = {}};
  if (names != nullptr && *sockets != 0) activation.names = Split(names);
  if (!activation.names.empty() && activation.names.size() != *sockets) {
    return Error{std::to_string(activation.names.size()) + " names for " + count + " descriptors",
                 "LISTEN_FDNAMES",
                 {}};
  }
  return activation;
}

Result<std::vector<HandedSockets>> TakeGivenSockets() {
  const Result<Activation> activation = ReadActivation(getenv("LISTEN_PID"), getenv("LISTEN_FDS"),
                                                       getenv("LISTEN_FDNAMES"), getpid());
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) unsetenv(name);
  if (!activation.ok()) return activation.error();
  std::vector<Descriptor> sockets;
  for (size_t i = 0; i < activation->sockets; ++i) {
    sockets.emplace_back(kFirst + static_cast<int>(i));
  }
  return CheckGivenSockets(std::move(sockets), activation->names);
}

Result<std::vector<HandedSockets>> CheckGivenSockets(std::vector<Descriptor> sockets,
                                                     const std::vector<std::string>& names) {
  std::vector<HandedSockets> given;
  for (size_t i = 0; i < sockets.size(); ++i) {
    const std::string called = names.empty() ? "" : names[i];
    const std::string name = NameOf(called);
    if (name.empty()) {
      return Wrong(i, called,
                   "has a name that means nothing; FileDescriptorName= is http, admin or health");
    }
    const int fd = sockets[i].get();
    if (const std::string fault = Fault(fd, name); !fault.empty()) return Wrong(i, called, fault);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    HandedSockets group{.name = name, .given = true, .address = {}, .sockets = {}};
    group.sockets.push_back(std::move(sockets[i]));
    given.push_back(std::move(group));
  }
  return given;
}

}  // namespace nano::server

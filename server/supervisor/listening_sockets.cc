// Binds sockets and explains why it cannot. See listening_sockets.h for ownership and threads.
#include "server/supervisor/listening_sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

namespace nano::server {
namespace {

// Connections that wait to be accepted, for each socket; the kernel lowers it to its somaxconn.
constexpr int kBacklog = 4096;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  bool dual_stack = false;  // [::] that takes IPv4 connections as well.

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

bool HasIpv6() {
  const int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0) close(fd);
  return fd >= 0;
}

SocketAddress Resolve(const config::Address& address) {
  SocketAddress result;
  const bool any = address.host.empty();
  auto* in = reinterpret_cast<sockaddr_in*>(&result.storage);
  auto* in6 = reinterpret_cast<sockaddr_in6*>(&result.storage);
  if (any ? !HasIpv6() : inet_pton(AF_INET, address.host.c_str(), &in->sin_addr) == 1) {
    in->sin_family = AF_INET;
    in->sin_port = htons(address.port);
    result.size = sizeof *in;
    return result;
  }
  if (!any) inet_pton(AF_INET6, address.host.c_str(), &in6->sin6_addr);
  in6->sin6_family = AF_INET6;
  in6->sin6_port = htons(address.port);
  result.size = sizeof *in6;
  result.dual_stack = any;
  return result;
}

Error CannotListen(const config::Address& address, int error) {
  std::string hint;
  switch (error) {
    case EADDRINUSE:
      hint =
          "Another program listens there (see `ss -ltnp`). Stop it, or choose another port with "
          "--listen, or port 0 for any free one.";
      break;
    case EACCES:
      hint =
          "Ports below 1024 need a privilege (CAP_NET_BIND_SERVICE). Choose another port with "
          "--listen.";
      break;
    case EADDRNOTAVAIL:
      hint = "This machine has no such address. Choose one of `ip address`, or :PORT for all.";
      break;
    case EMFILE:
      hint = "Raise the limit of open files (`ulimit -n`) or lower --workers.";
      break;
    default:
      break;
  }
  return Error{"cannot listen on " + address.ToString() + ": " + std::strerror(error), "",
               std::move(hint)};
}

// A bound socket, or a negative errno.
int Bind(SocketAddress& address, bool share) {
  const int fd = socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -errno;
  const int on = 1;
  const int v6_only = address.dual_stack ? 0 : 1;
  const bool ok = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                  (!share || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0) &&
                  (address.storage.ss_family != AF_INET6 ||
                   setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only) == 0) &&
                  bind(fd, address.get(), address.size) == 0;
  if (ok) return fd;
  const int error = errno;
  close(fd);
  return -error;
}

// Two servers of one user could share a port by SO_REUSEPORT, and each would get half of the
// connections. So the address is first bound without it.
int CheckFree(SocketAddress& address) {
  const int fd = Bind(address, false);
  if (fd < 0) return -fd;
  close(fd);
  return 0;
}

config::Address BoundAddress(int fd) {
  SocketAddress bound;
  bound.size = sizeof bound.storage;
  if (getsockname(fd, bound.get(), &bound.size) != 0) return {};
  char text[INET6_ADDRSTRLEN] = "";
  if (bound.storage.ss_family == AF_INET) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(&bound.storage);
    inet_ntop(AF_INET, &in->sin_addr, text, sizeof text);
    return {text, ntohs(in->sin_port)};
  }
  const auto* in6 = reinterpret_cast<const sockaddr_in6*>(&bound.storage);
  inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof text);
  int v6_only = 1;
  socklen_t size = sizeof v6_only;
  getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, &size);
  const bool any = IN6_IS_ADDR_UNSPECIFIED(&in6->sin6_addr) && v6_only == 0;
  return {any ? "" : text, ntohs(in6->sin6_port)};
}

}  // namespace

// Makes them as many as there are slots. Port 0 becomes the one that the system chose.
Result<void> ListeningSockets::Fill(HandedSockets& group, config::Address& address, size_t slots) {
  SocketAddress target = Resolve(address);
  if (group.sockets.empty() && address.port != 0) {
    if (const int error = CheckFree(target); error != 0) return CannotListen(address, error);
  }
  while (group.sockets.size() < slots) {
    Descriptor socket(Bind(target, true));
    if (socket.get() < 0) return CannotListen(address, -socket.get());
    if (address.port == 0) {
      address.port = BoundAddress(socket.get()).port;
      target = Resolve(address);
    }
    if (listen(socket.get(), kBacklog) != 0) return CannotListen(address, errno);
    group.sockets.push_back(std::move(socket));
  }
  return {};
}

Result<ListeningSockets> ListeningSockets::Open(const std::vector<config::Address>& addresses,
                                                size_t slots) {
  std::vector<HandedSockets> none;
  return Continue(none, addresses, slots);
}

ListeningSockets ListeningSockets::Given(std::vector<Descriptor> given, size_t slots) {
  ListeningSockets sockets;
  sockets.slots_ = slots;
  for (Descriptor& socket : given) {
    const config::Address address = BoundAddress(socket.get());
    sockets.addresses_.push_back(address);
    HandedSockets group{.name = kHttpSockets, .given = true, .address = address.ToString()};
    group.sockets.push_back(std::move(socket));
    sockets.groups_.push_back(std::move(group));
  }
  return sockets;
}

Result<ListeningSockets> ListeningSockets::Continue(std::vector<HandedSockets>& handed,
                                                    const std::vector<config::Address>& addresses,
                                                    size_t slots) {
  const auto first_other =
      std::stable_partition(handed.begin(), handed.end(),
                            [](const HandedSockets& group) { return group.name == kHttpSockets; });
  std::vector<HandedSockets> own(std::make_move_iterator(handed.begin()),
                                 std::make_move_iterator(first_other));
  handed.erase(handed.begin(), first_other);
  std::vector<Descriptor> given;
  for (HandedSockets& group : own) {
    if (!group.given) continue;
    for (Descriptor& socket : group.sockets) given.push_back(std::move(socket));
  }
  if (!given.empty()) return Given(std::move(given), slots);
  ListeningSockets sockets;
  sockets.slots_ = slots;
  for (config::Address address : addresses) {
    HandedSockets group{.name = kHttpSockets, .address = address.ToString()};
    const auto same = std::find_if(own.begin(), own.end(), [&](const HandedSockets& other) {
      return other.address == group.address && !other.sockets.empty();
    });
    if (same != own.end()) {
      group.sockets = std::move(same->sockets);
      address.port = BoundAddress(group.sockets.front().get()).port;
    }
    TRY(Fill(group, address, slots));
    sockets.addresses_.push_back(std::move(address));
    sockets.groups_.push_back(std::move(group));
  }
  return sockets;
}

std::vector<int> ListeningSockets::of_slot(size_t slot) const {
  std::vector<int> sockets = of_slot_alone(slot);
  for (const HandedSockets& group : groups_) {
    if (group.given) sockets.push_back(group.sockets.front().get());
  }
  return sockets;
}

std::vector<int> ListeningSockets::of_slot_alone(size_t slot) const {
  std::vector<int> sockets;
  for (const HandedSockets& group : groups_) {
    if (group.given) continue;
    for (size_t i = slot; i < group.sockets.size(); i += slots_) {
      sockets.push_back(group.sockets[i].get());
    }
  }
  return sockets;
}

Result<std::vector<HandedSockets>> ListeningSockets::Copies() const {
  std::vector<HandedSockets> copies;
  for (const HandedSockets& group : groups_) {
    HandedSockets copy{.name = group.name, .given = group.given, .address = group.address};
    for (const Descriptor& socket : group.sockets) {
      copy.sockets.emplace_back(fcntl(socket.get(), F_DUPFD_CLOEXEC, 0));
      if (copy.sockets.back().get() < 0) {
        return Error{std::string("cannot copy a listening socket: ") + std::strerror(errno), "",
                     "Raise the limit of open files (`ulimit -n`)."};
      }
    }
    copies.push_back(std::move(copy));
  }
  return copies;
}

}  // namespace nano::server

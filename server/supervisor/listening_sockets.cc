// Binds sockets and explains why it cannot. See listening_sockets.h for ownership and threads.
#include "server/supervisor/listening_sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
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

uint16_t BoundPort(int fd) {
  SocketAddress bound;
  bound.size = sizeof bound.storage;
  getsockname(fd, bound.get(), &bound.size);
  return ntohs(bound.storage.ss_family == AF_INET6
                   ? reinterpret_cast<sockaddr_in6*>(&bound.storage)->sin6_port
                   : reinterpret_cast<sockaddr_in*>(&bound.storage)->sin_port);
}

}  // namespace

ListeningSockets::ListeningSockets(ListeningSockets&& other) noexcept
    : addresses_(std::move(other.addresses_)), slots_(std::exchange(other.slots_, {})) {}

ListeningSockets& ListeningSockets::operator=(ListeningSockets&& other) noexcept {
  std::swap(addresses_, other.addresses_);
  std::swap(slots_, other.slots_);
  return *this;
}

Result<ListeningSockets> ListeningSockets::Open(const std::vector<config::Address>& addresses,
                                                size_t slots) {
  ListeningSockets sockets;
  sockets.addresses_ = addresses;
  sockets.slots_.resize(slots);
  for (config::Address& address : sockets.addresses_) {
    SocketAddress target = Resolve(address);
    if (address.port != 0) {
      if (const int error = CheckFree(target); error != 0) return CannotListen(address, error);
    }
    for (std::vector<int>& slot : sockets.slots_) {
      const int fd = Bind(target, true);
      if (fd < 0) return CannotListen(address, -fd);
      slot.push_back(fd);
      if (address.port == 0) {
        address.port = BoundPort(fd);
        target = Resolve(address);
      }
      if (listen(fd, kBacklog) != 0) return CannotListen(address, errno);
    }
  }
  return sockets;
}

std::vector<int> ListeningSockets::TakeSlot(size_t slot) {
  std::vector<int> own = std::exchange(slots_[slot], {});
  Close();
  return own;
}

void ListeningSockets::Close() {
  for (const std::vector<int>& slot : slots_) {
    for (const int fd : slot) close(fd);
  }
  slots_.clear();
}

}  // namespace nano::server

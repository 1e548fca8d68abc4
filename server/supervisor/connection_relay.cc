// Accepts for absent workers. See connection_relay.h for ownership and threads.
#include "server/supervisor/connection_relay.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <utility>

#include "base/check.h"
#include "base/descriptor_passing.h"

namespace nano::server {
namespace {

constexpr int kPassedAtOnce = 64;  // Then signals and deaths get their turn.
constexpr uint64_t kPauseMs = 10;

bool HasRoom(int channel) {
  pollfd room{.fd = channel, .events = POLLOUT, .revents = 0};
  return poll(&room, 1, 0) == 1 && (room.revents & POLLOUT) != 0;
}

}  // namespace

struct ConnectionRelay::Socket {
  size_t slot = 0;
  int fd = -1;
  bool orphaned = false;
  std::optional<net::Poll> poll;
};

ConnectionRelay::ConnectionRelay(uv_loop_t* loop, const ListeningSockets& sockets, size_t slots)
    : pause_(loop, [this] { UpdateAll(); }) {
  int ends[2];
  NANO_CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
  sender_ = ends[0];
  receiver_ = ends[1];
  for (size_t slot = 0; slot < slots; ++slot) {
    for (const int fd : sockets.of_slot(slot)) {
      auto socket = std::make_unique<Socket>();
      socket->slot = slot;
      socket->fd = fd;
      auto poll = net::Poll::Of(loop, fd, [this, ready = socket.get()](int) { Pass(*ready); });
      NANO_CHECK(poll.ok());
      socket->poll = std::move(poll).value();
      sockets_.push_back(std::move(socket));
    }
  }
}

ConnectionRelay::~ConnectionRelay() {
  close(sender_);
  if (receiver_ >= 0) close(receiver_);
}

int ConnectionRelay::TakeReceiver() { return std::exchange(receiver_, -1); }

void ConnectionRelay::SetOrphaned(size_t slot, bool orphaned) {
  for (const auto& socket : sockets_) {
    if (socket->slot != slot || socket->orphaned == orphaned) continue;
    socket->orphaned = orphaned;
    Update(*socket);
  }
}

void ConnectionRelay::Update(Socket& socket) {
  if (!socket.orphaned || pause_.active()) {
    socket.poll->Stop();
  } else {
    socket.poll->Start(UV_READABLE);
  }
}

void ConnectionRelay::UpdateAll() {
  for (const auto& socket : sockets_) Update(*socket);
}

void ConnectionRelay::Pass(Socket& socket) {
  for (int i = 0; i < kPassedAtOnce; ++i) {
    if (!HasRoom(sender_)) return Pause();  // In the socket's queue they are as well off.
    const int fd = accept4(socket.fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == ECONNABORTED || errno == EINTR) continue;
      if (errno != EAGAIN) Pause();
      return;
    }
    // Fails only where the system is out of memory, or too many descriptors are in flight.
    const bool sent = SendDescriptor(sender_, fd, MSG_DONTWAIT);
    close(fd);
    if (!sent) return Pause();
  }
}

void ConnectionRelay::Pause() {
  pause_.Start(kPauseMs);
  UpdateAll();
}

}  // namespace nano::server

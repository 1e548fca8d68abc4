// Accepts for absent workers. See connection_relay.h for ownership and threads.
#include "server/connection_relay.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

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
  ConnectionRelay* relay = nullptr;
  size_t slot = 0;
  int fd = -1;
  bool orphaned = false;
  uv_poll_t poll;
};

ConnectionRelay::ConnectionRelay(uv_loop_t* loop, const ListeningSockets& sockets, size_t slots) {
  int ends[2];
  NANO_CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
  sender_ = ends[0];
  receiver_ = ends[1];
  uv_timer_init(loop, &pause_);
  pause_.data = this;
  for (size_t slot = 0; slot < slots; ++slot) {
    for (const int fd : sockets.of_slot(slot)) {
      auto socket = std::make_unique<Socket>();
      socket->relay = this;
      socket->slot = slot;
      socket->fd = fd;
      NANO_CHECK(uv_poll_init(loop, &socket->poll, fd) == 0);
      socket->poll.data = socket.get();
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
  if (!socket.orphaned || uv_is_active(reinterpret_cast<uv_handle_t*>(&pause_)) != 0) {
    uv_poll_stop(&socket.poll);
    return;
  }
  uv_poll_start(&socket.poll, UV_READABLE, [](uv_poll_t* handle, int, int) {
    auto* ready = static_cast<Socket*>(handle->data);
    ready->relay->Pass(*ready);
  });
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
  uv_timer_start(
      &pause_,
      [](uv_timer_t* timer) {
        auto* self = static_cast<ConnectionRelay*>(timer->data);
        for (const auto& socket : self->sockets_) self->Update(*socket);
      },
      kPauseMs, 0);
  for (const auto& socket : sockets_) Update(*socket);
}

}  // namespace nano::server

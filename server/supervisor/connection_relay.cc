// Accepts for absent workers. See connection_relay.h for ownership and threads.
#include "server/supervisor/connection_relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <string>
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

ConnectionRelay::ConnectionRelay(uv_loop_t* loop, const ListeningSockets& sockets, size_t slots,
                                 Ends ends)
    : ends_(std::move(ends)), pause_(loop, [this] { UpdateAll(); }) {
  if (ends_.sender.get() < 0) {
    int made[2];
    NANO_CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, made) == 0);
    ends_ = {.sender = Descriptor(made[0]), .receiver = Descriptor(made[1])};
  }
  for (size_t slot = 0; slot < slots; ++slot) {
    for (const int fd : sockets.of_slot_alone(slot)) {
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

ConnectionRelay::~ConnectionRelay() = default;

int ConnectionRelay::TakeReceiver() { return ends_.receiver.Release(); }

Result<ConnectionRelay::Ends> ConnectionRelay::Copies() const {
  Ends copies{.sender = Descriptor(fcntl(ends_.sender.get(), F_DUPFD_CLOEXEC, 0)),
              .receiver = Descriptor(fcntl(ends_.receiver.get(), F_DUPFD_CLOEXEC, 0))};
  if (copies.sender.get() >= 0 && copies.receiver.get() >= 0) return copies;
  return Error{std::string("cannot copy the channel of connections: ") + strerror(errno), {}, {}};
}

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
    if (!HasRoom(ends_.sender.get()))
      return Pause();  // In the socket's queue they are as well off.
    const int fd = accept4(socket.fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == ECONNABORTED || errno == EINTR) continue;
      if (errno != EAGAIN) Pause();
      return;
    }
    // Fails only where the system is out of memory, or too many descriptors are in flight.
    const bool sent = SendDescriptor(ends_.sender.get(), fd, MSG_DONTWAIT);
    close(fd);
    if (!sent) return Pause();
  }
}

void ConnectionRelay::Pause() {
  pause_.Start(kPauseMs);
  UpdateAll();
}

}  // namespace nano::server

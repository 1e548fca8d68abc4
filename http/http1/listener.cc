// Accepting, while there is room, and ending it.
#include "http/http1/listener.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <utility>

#include "base/check.h"
#include "http/http1/connection.h"
#include "net/tick.h"

namespace nano::http1 {
namespace {

constexpr int kBacklog = 4096;      // The kernel caps it at net.core.somaxconn.
constexpr int kAcceptsAtOnce = 64;  // Then connections that are open get their turn.
constexpr uint64_t kRetryMs = 100;  // When descriptors or memory have run out.
// For the first request of a connection, after a stop: more than it takes around the world.
constexpr uint64_t kUnaskedMs = 500;

}  // namespace

// A socket that connections arrive on. Owns its descriptor.
struct Listener::ListeningSocket {
  ListeningSocket(int descriptor, TakeMessage take_message, http::Endpoint of_connections)
      : fd(descriptor), take(std::move(take_message)), endpoint(std::move(of_connections)) {}
  ~ListeningSocket() {
    poll.reset();
    close(fd);
  }
  ListeningSocket(const ListeningSocket&) = delete;
  ListeningSocket& operator=(const ListeningSocket&) = delete;

  const int fd;
  const TakeMessage take;  // Its connections were accepted elsewhere; else empty.
  const http::Endpoint endpoint;
  bool ended = false;  // Nothing comes any more.
  std::optional<net::Poll> poll;
};

Listener::Listener(uv_loop_t* loop, const http::Limits& limits, http::Handler& handler)
    : state_(loop, limits, handler, *this),
      prepare_(loop, [this] { RunDeferred(); }),
      check_(loop, [this] { RunDeferred(); }),
      retry_(loop, [this] { WatchSockets(); }),
      deadline_(loop, [this] { AbortAll(); }),
      retired_(loop, [this] { EndIdle(); }),
      unasked_(loop, [this] { CloseIdle(); }) {
  prepare_.Start();
  check_.Start();
  // Sockets and connections keep the loop alive, these do not.
  prepare_.Unref();
  check_.Unref();
  deadline_.Unref();
  retired_.Unref();
  unasked_.Unref();
  retry_.Unref();
}

Listener::~Listener() { NANO_CHECK(connections_.empty()); }

Result<void> Listener::Listen(int fd, http::Endpoint endpoint) {
  // Inherited by every accepted socket, which saves a system call for each.
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (listen(fd, kBacklog) != 0) {
    const int error = errno;
    close(fd);
    return Error{std::string("cannot listen on the socket: ") + std::strerror(error), {}, {}};
  }
  return Watch(fd, nullptr, std::move(endpoint));
}

Result<void> Listener::Receive(int fd, TakeMessage take) { return Watch(fd, std::move(take), {}); }

Result<void> Listener::Watch(int fd, TakeMessage take, http::Endpoint endpoint) {
  auto socket = std::make_unique<ListeningSocket>(fd, std::move(take), std::move(endpoint));
  socket->poll =
      TRY(net::Poll::Of(state_.loop, fd, [this, ready = socket.get()](int) { Accept(*ready); }));
  sockets_.push_back(std::move(socket));
  WatchSockets();
  return {};
}

// Connections beyond what can be served now wait in the kernel's queue.
void Listener::WatchSockets() {
  const bool accepting = connections_.size() < state_.limits.connections && !retry_.active();
  for (const auto& socket : sockets_) {
    if (!accepting || socket->ended) {
      socket->poll->Stop();
    } else if (!socket->poll->active()) {
      socket->poll->Start(UV_READABLE);
    }
  }
}

void Listener::Take(ListeningSocket& socket) {
  for (int i = 0; i < kAcceptsAtOnce; ++i) {
    if (connections_.size() >= state_.limits.connections) return WatchSockets();
    const TookMessage took = socket.take(socket.fd);
    if (took == TookMessage::kEnded) {
      socket.ended = true;
      return WatchSockets();
    }
    if (took == TookMessage::kNone) return;
  }
}

void Listener::Adopt(Descriptor socket, std::string_view input, bool stays) {
  auto connection = std::make_unique<Connection>(state_);
  Connection& adopted = *connection;
  connections_.emplace(&adopted, std::move(connection));
  adopted.Resume(socket.Release(), {}, input, stays);
}

void Listener::PassOn(http::Left left) {
  state_.pass_on = std::move(left);
  for (const auto& [connection, owned] : connections_) connection->LeaveIfIdle();
}

void Listener::Accept(ListeningSocket& socket) {
  if (socket.take) return Take(socket);
  for (int i = 0; i < kAcceptsAtOnce; ++i) {
    if (connections_.size() >= state_.limits.connections) return WatchSockets();
    sockaddr_storage peer;
    socklen_t size = sizeof peer;
    const int fd =
        accept4(socket.fd, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      auto connection = std::make_unique<Connection>(state_);
      connection->Start(fd, socket.endpoint, reinterpret_cast<const sockaddr*>(&peer));
      connections_.emplace(connection.get(), std::move(connection));
      continue;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      // The connection keeps waiting, so the loop would be woken for it again at once.
      retry_.Start(kRetryMs);
      return WatchSockets();
    }
    // A client that gave up while it waited is no reason to stop.
    if (errno != ECONNABORTED && errno != EINTR) return;
  }
}

void Listener::RunDeferred() {
  // Resuming one may defer others, and the loop must not wait before they have run.
  while (!state_.deferred.empty()) {
    Connection* connection = state_.deferred.back();
    state_.deferred.pop_back();
    connection->RunDeferred();
  }
  if (state_.kept.scarce()) [[unlikely]] {
    Relieve(/*spared=*/nullptr);
  }
}

void Listener::SendDeferred() {
  for (Connection* connection : state_.deferred) connection->SendDeferred();
  state_.held_since = net::Tick();
}

void Listener::OnConnectionClosed(Connection* connection) {
  connections_.erase(connection);
  retry_.Stop();  // Its descriptor is free.
  WatchSockets();
  CheckStopped();
}

void Listener::StopAccepting() {
  retry_.Stop();
  sockets_.clear();
}

void Listener::CloseIdle() {
  // Closing is told from the loop later, so that the set does not change meanwhile.
  const bool unasked_too = !unasked_.active();
  for (const auto& [connection, owned] : connections_) {
    if (unasked_too || connection->was_asked()) connection->CloseIfIdle();
  }
}

void Listener::AbortAll() {
  aborted_ = !connections_.empty();
  for (const auto& [connection, owned] : connections_) connection->Abort(why_);
}

void Listener::EndIdle() {
  state_.may_ask_again = false;
  for (const auto& [connection, owned] : connections_) connection->EndIfIdle();
}

void Listener::WindDown() {
  state_.stopping = true;
  state_.may_ask_again = false;
  for (const auto& [connection, owned] : connections_) connection->OnStopping();
  CloseIdle();
}

void Listener::Stop(uint64_t deadline, std::function<void()> done, const char* why) {
  why_ = why;
  // For their clients these are connections already: closing the socket would reset them.
  AcceptWaiting(/*received_too=*/true);
  state_.may_ask_again = false;
  BeginToEnd(deadline, std::move(done));
  retired_.Stop();
  // Who asks then has as long for the answer.
  if (deadline > 0) unasked_.Start(std::min(kUnaskedMs, deadline / 2));
  CloseIdle();
  CheckStopped();
}

void Listener::Retire(uint64_t idle, uint64_t deadline, std::function<void()> done) {
  why_ = kRetired;
  state_.may_ask_again = true;
  BeginToEnd(deadline, std::move(done));
  retired_.Start(idle);
  CheckStopped();
}

// As many as the queue may have had; others come meanwhile.
void Listener::AcceptWaiting(bool received_too) {
  for (const auto& socket : sockets_) {
    if (socket->take && !received_too) continue;
    const size_t most = connections_.size() + kBacklog;
    for (size_t before = SIZE_MAX; connections_.size() != before && connections_.size() < most;) {
      if (retry_.active() || socket->ended) break;
      before = connections_.size();
      Accept(*socket);
    }
  }
}

void Listener::BeginToEnd(uint64_t deadline, std::function<void()> done) {
  state_.stopping = true;
  stopped_ = std::move(done);
  StopAccepting();
  for (const auto& [connection, owned] : connections_) connection->OnStopping();
  deadline_.Start(deadline);
}

void Listener::CheckStopped() {
  if (!state_.stopping || !connections_.empty() || !stopped_) return;
  deadline_.Stop();
  retired_.Stop();
  unasked_.Stop();
  // May destroy this.
  std::exchange(stopped_, nullptr)();
}

}  // namespace nano::http1

// See listener.h.
#include "http/http1/listener.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/descriptor_passing.h"
#include "http/http1/connection.h"

namespace nano::http1 {
namespace {

constexpr int kBacklog = 4096;      // The kernel caps it at net.core.somaxconn.
constexpr int kAcceptsAtOnce = 64;  // Then connections that are open get their turn.
constexpr uint64_t kRetryMs = 100;  // When descriptors or memory have run out.

}  // namespace

// A socket that connections arrive on. Owns its descriptor.
struct Listener::ListeningSocket {
  ListeningSocket(Listener& owner, int descriptor, bool are_passed)
      : listener(owner), fd(descriptor), passed(are_passed) {}
  ~ListeningSocket() {
    poll.reset();
    close(fd);
  }
  ListeningSocket(const ListeningSocket&) = delete;
  ListeningSocket& operator=(const ListeningSocket&) = delete;

  Listener& listener;
  const int fd;
  const bool passed;  // Its connections were accepted elsewhere.
  UvHandle<uv_poll_t> poll;
};

Listener::Listener(uv_loop_t* loop, const http::Limits& limits, http::Handler& handler)
    : state_(loop, limits, handler, *this),
      prepare_(MakeUvHandle<uv_prepare_t>(uv_prepare_init, loop)),
      check_(MakeUvHandle<uv_check_t>(uv_check_init, loop)),
      retry_(MakeUvHandle<uv_timer_t>(uv_timer_init, loop)),
      deadline_(MakeUvHandle<uv_timer_t>(uv_timer_init, loop)) {
  retry_->data = this;
  prepare_->data = this;
  check_->data = this;
  deadline_->data = this;
  uv_prepare_start(prepare_.get(), [](uv_prepare_t* prepare) {
    static_cast<Listener*>(prepare->data)->RunDeferred();
  });
  uv_check_start(check_.get(),
                 [](uv_check_t* check) { static_cast<Listener*>(check->data)->RunDeferred(); });
  // Sockets and connections keep the loop alive, these do not.
  uv_unref(reinterpret_cast<uv_handle_t*>(prepare_.get()));
  uv_unref(reinterpret_cast<uv_handle_t*>(check_.get()));
  uv_unref(reinterpret_cast<uv_handle_t*>(deadline_.get()));
  uv_unref(reinterpret_cast<uv_handle_t*>(retry_.get()));
}

Listener::~Listener() { NANO_CHECK(connections_.empty()); }

Result<void> Listener::Listen(int fd) {
  // Inherited by every accepted socket, which saves a system call for each.
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (listen(fd, kBacklog) != 0) {
    const int error = errno;
    close(fd);
    return Error{std::string("cannot listen on the socket: ") + std::strerror(error), {}, {}};
  }
  return Watch(fd, false);
}

Result<void> Listener::Receive(int fd) { return Watch(fd, true); }

Result<void> Listener::Watch(int fd, bool passed) {
  auto socket = std::make_unique<ListeningSocket>(*this, fd, passed);
  auto poll = std::make_unique<uv_poll_t>();
  if (const int error = uv_poll_init(state_.loop, poll.get(), fd); error != 0) {
    return Error{std::string("cannot watch the socket: ") + uv_strerror(error), {}, {}};
  }
  socket->poll.reset(poll.release());
  socket->poll->data = socket.get();
  sockets_.push_back(std::move(socket));
  WatchSockets();
  return {};
}

// Connections beyond what can be served now wait in the kernel's queue.
void Listener::WatchSockets() {
  const bool accepting = connections_.size() < state_.limits.max_connections &&
                         uv_is_active(reinterpret_cast<uv_handle_t*>(retry_.get())) == 0;
  for (const auto& socket : sockets_) {
    const bool active = uv_is_active(reinterpret_cast<uv_handle_t*>(socket->poll.get())) != 0;
    if (!accepting) {
      uv_poll_stop(socket->poll.get());
    } else if (!active) {
      uv_poll_start(socket->poll.get(), UV_READABLE, [](uv_poll_t* handle, int, int) {
        auto* ready = static_cast<ListeningSocket*>(handle->data);
        ready->listener.Accept(*ready);
      });
    }
  }
}

void Listener::Accept(ListeningSocket& socket) {
  for (int i = 0; i < kAcceptsAtOnce; ++i) {
    if (connections_.size() >= state_.limits.max_connections) return WatchSockets();
    const int fd = socket.passed
                       ? ReceiveDescriptor(socket.fd, MSG_DONTWAIT)
                       : accept4(socket.fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      auto* connection = new Connection(state_);
      connections_.insert(connection);
      connection->Start(fd);
      continue;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      // The connection keeps waiting, so the loop would be woken for it again at once.
      uv_timer_start(
          retry_.get(),
          [](uv_timer_t* timer) { static_cast<Listener*>(timer->data)->WatchSockets(); }, kRetryMs,
          0);
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
}

void Listener::OnConnectionClosed(Connection* connection) {
  connections_.erase(connection);
  delete connection;
  uv_timer_stop(retry_.get());  // Its descriptor is free.
  WatchSockets();
  CheckStopped();
}

void Listener::StopAccepting() {
  uv_timer_stop(retry_.get());
  sockets_.clear();
}

void Listener::CloseIdle() {
  // Closing is told from the loop later, so that the set does not change meanwhile.
  for (Connection* connection : connections_) {
    if (connection->idle()) connection->Abort();
  }
}

void Listener::AbortAll() {
  aborted_ = !connections_.empty();
  for (Connection* connection : connections_) connection->Abort();
}

void Listener::Stop(uint64_t deadline, std::function<void()> done) {
  NANO_CHECK(!state_.stopping);
  state_.stopping = true;
  stopped_ = std::move(done);
  StopAccepting();
  CloseIdle();
  uv_timer_start(
      deadline_.get(), [](uv_timer_t* timer) { static_cast<Listener*>(timer->data)->AbortAll(); },
      deadline, 0);
  CheckStopped();
}

void Listener::CheckStopped() {
  if (!state_.stopping || !connections_.empty() || !stopped_) return;
  uv_timer_stop(deadline_.get());
  // May destroy this.
  std::exchange(stopped_, nullptr)();
}

}  // namespace nano::http1

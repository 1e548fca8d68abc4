// See listener.h.
#include "server/http/listener.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "base/check.h"
#include "server/http/connection.h"

namespace nano::server {
namespace {

constexpr int kBacklog = 4096;  // The kernel caps it at net.core.somaxconn.

}  // namespace

Listener::Listener(uv_loop_t* loop, const HttpLimits& limits, Handler& handler)
    : state_(loop, limits, handler, *this),
      prepare_(MakeUvHandle<uv_prepare_t>(uv_prepare_init, loop)),
      deadline_(MakeUvHandle<uv_timer_t>(uv_timer_init, loop)) {
  signal(SIGPIPE, SIG_IGN);
  prepare_->data = this;
  deadline_->data = this;
  uv_prepare_start(prepare_.get(), [](uv_prepare_t* prepare) {
    static_cast<Listener*>(prepare->data)->RunDeferred();
  });
  // Sockets and connections keep the loop alive, these two do not.
  uv_unref(reinterpret_cast<uv_handle_t*>(prepare_.get()));
  uv_unref(reinterpret_cast<uv_handle_t*>(deadline_.get()));
}

Listener::~Listener() { NANO_CHECK(connections_.empty()); }

Result<void> Listener::Listen(int fd) {
  UvHandle<uv_tcp_t> socket = MakeUvHandle<uv_tcp_t>(uv_tcp_init, state_.loop);
  socket->data = this;
  if (const int error = uv_tcp_open(socket.get(), fd); error != 0) {
    close(fd);
    return Error{std::string("cannot listen on the socket: ") + uv_strerror(error), {}, {}};
  }
  // Inherited by every accepted socket, which saves a system call for each.
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const int error = uv_listen(reinterpret_cast<uv_stream_t*>(socket.get()), kBacklog,
                              [](uv_stream_t* server, int status) {
                                auto* self = static_cast<Listener*>(server->data);
                                // Out of descriptors, say: libuv tries again, others are unhurt.
                                if (status != 0) return;
                                self->waiting_.push_back(reinterpret_cast<uv_tcp_t*>(server));
                                self->AcceptWaiting();
                              });
  if (error != 0) {
    return Error{std::string("cannot listen on the socket: ") + uv_strerror(error), {}, {}};
  }
  sockets_.push_back(std::move(socket));
  return {};
}

void Listener::AcceptWaiting() {
  // Until it is accepted, libuv takes no further connection off the socket: the rest waits in the
  // kernel's queue.
  while (!waiting_.empty() && connections_.size() < state_.limits.max_connections) {
    uv_tcp_t* server = waiting_.back();
    waiting_.pop_back();
    auto* connection = new Connection(state_);
    connections_.insert(connection);
    connection->Accept(reinterpret_cast<uv_stream_t*>(server));
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
  AcceptWaiting();
  CheckStopped();
}

void Listener::StopAccepting() {
  waiting_.clear();
  sockets_.clear();
}

void Listener::CloseIdle() {
  // Closing is told from the loop later, so that the set does not change meanwhile.
  for (Connection* connection : connections_) {
    if (connection->idle()) connection->Abort();
  }
}

void Listener::AbortAll() {
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

}  // namespace nano::server

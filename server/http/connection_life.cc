// A connection's life: accepting, timeouts, sending out, lingering and closing. See connection.h;
// its input side is in connection.cc.
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>

#include "base/check.h"
#include "server/http/connection.h"

namespace nano::server {

Connection::Connection(LoopState& loop)
    : loop_(loop),
      parser_(loop.limits, loop.pool),
      output_(
          reinterpret_cast<uv_stream_t*>(&tcp_), loop.pool,
          [](void* self) { static_cast<Connection*>(self)->OnWriteProgress(); }, this) {
  uv_tcp_init(loop.loop, &tcp_);
  tcp_.data = this;
  shutdown_.data = this;
  read_timeout_.owner = write_timeout_.owner = this;
  read_timeout_.fire = [](Timeout& t) { static_cast<Connection*>(t.owner)->OnReadTimeout(); };
  write_timeout_.fire = [](Timeout& t) { static_cast<Connection*>(t.owner)->OnWriteTimeout(); };
}

Connection::~Connection() {
  NANO_CHECK(state_ == State::kClosing);
  loop_.pool.Give(input_);
  loop_.pool.Give(body_);
}

void Connection::Accept(uv_stream_t* server) {
  // The listening socket passed TCP_NODELAY on.
  if (uv_accept(server, reinterpret_cast<uv_stream_t*>(&tcp_)) != 0) {
    Close();
    return;
  }
  loop_.timeouts.Start(read_timeout_, TimeoutKind::kHeader);
  UpdateReading();
}

bool Connection::idle() const {
  return state_ == State::kOpen && !exchange_active() && !parser_.in_head() && !parser_.in_body() &&
         input_.empty() && output_.queued() == 0;
}

std::string_view Connection::peer() {
  if (!peer_.empty() || state_ == State::kClosing) return peer_;
  sockaddr_storage address;
  int size = sizeof address;
  char text[INET6_ADDRSTRLEN];
  if (uv_tcp_getpeername(&tcp_, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
      uv_ip_name(reinterpret_cast<sockaddr*>(&address), text, sizeof text) != 0) {
    return {};
  }
  peer_ = text;
  return peer_;
}

bool Connection::DecidePersistence(bool possible) {
  // A body that the handler left unread is thrown away if it is short, else the connection is.
  const bool body_is_short = parser_.head().chunked || parser_.body_left() <= kDrainLimit;
  const bool drainable = body_complete() || (body_is_short && !awaits_continue_ && !end_of_input_);
  persists_ = persists_ && possible && exchange_->client_keeps_alive() && drainable &&
              body_error_.empty() && !loop_.stopping;
  return persists_;
}

void Connection::FlushSoon() {
  if (output_.buffered() >= kFlushAt) output_.Flush();
  // Also when all is sent: the write timeout and a broken connection are seen to from the loop.
  if (!processing_) Defer();
}

void Connection::OnExchangeEnded() {
  want_ = Want::kNothing;
  loop_.pool.Give(body_);
  if (processing_) {
    if (output_.buffered() >= kFlushAt) output_.Flush();
    return;
  }
  output_.Flush();
  const bool simple = persists_ && !end_of_input_ && input_.empty() && !parser_.in_body() &&
                      output_.queued() == 0 && !output_.failed();
  if (simple) {
    loop_.timeouts.Start(read_timeout_, TimeoutKind::kIdle);
    UpdateReading();
  } else {
    Defer();
  }
}

void Connection::Cut(bool reset) {
  want_ = Want::kNothing;
  persists_ = false;
  reset_ = reset;
  if (!processing_) Defer();
}

void Connection::Defer() {
  if (deferred_ || state_ == State::kClosing) return;
  deferred_ = true;
  loop_.deferred.push_back(this);
}

void Connection::RunDeferred() {
  deferred_ = false;
  if (state_ == State::kOpen) ProcessInput();
  Settle();
}

// Brings everything that follows from the connection's state up to date. Called from the loop, at
// the end of whatever happened.
void Connection::Settle() {
  if (state_ == State::kClosing) return;
  output_.Flush();
  if (output_.failed()) {
    Abort();
    return;
  }
  if (state_ == State::kOpen && end_of_input_ && input_.empty()) {
    if (exchange_active()) {
      if (want_ != Want::kNothing && !body_complete()) {
        FailBody(400, "the connection ended within the request's body");
      }
    } else if (persists_ && parser_.in_head()) {
      Reject(400, "the connection ended within the request's head");
    } else {
      persists_ = false;
    }
  }
  if (state_ == State::kOpen && !exchange_active() && !persists_) {
    // A client that asked for the end, or has sent all it will, sends nothing more.
    const bool client_is_done =
        end_of_input_ || (exchange_.has_value() && !exchange_->client_keeps_alive() &&
                          body_complete() && input_.empty());
    Finish(!client_is_done);
  }
  if (state_ == State::kFinishing && output_.buffered() > 0) output_.Flush();
  if (state_ == State::kFinishing && output_.queued() == 0) {
    if (linger_ && !end_of_input_ && !reset_ && !output_.failed()) {
      StartLingering();
    } else {
      Close(reset_);
    }
  }
  if (state_ == State::kClosing) return;
  UpdateReading();
  UpdateTimeouts();
}

void Connection::Finish(bool linger) {
  if (state_ != State::kOpen) return;
  state_ = State::kFinishing;
  linger_ = linger;
  drained_ = 0;
}

void Connection::StartLingering() {
  state_ = State::kLingering;
  loop_.timeouts.Start(read_timeout_, TimeoutKind::kLinger);
  const int error =
      uv_shutdown(&shutdown_, reinterpret_cast<uv_stream_t*>(&tcp_), [](uv_shutdown_t*, int) {});
  if (error < 0) Close();
}

void Connection::Abort() {
  if (exchange_active()) {
    exchange_->Abandon();
    want_ = Want::kNothing;
    loop_.handler.OnAborted(*exchange_);
  }
  Close();
}

void Connection::Close(bool reset) {
  if (state_ == State::kClosing) return;
  state_ = State::kClosing;
  loop_.timeouts.Clear(read_timeout_);
  loop_.timeouts.Clear(write_timeout_);
  if (deferred_) std::erase(loop_.deferred, this);
  const uv_close_cb closed = [](uv_handle_t* handle) {
    auto* self = static_cast<Connection*>(handle->data);
    self->loop_.owner.OnConnectionClosed(self);
  };
  if (reset && uv_tcp_close_reset(&tcp_, closed) == 0) return;
  uv_close(reinterpret_cast<uv_handle_t*>(&tcp_), closed);
}

void Connection::UpdateReading() {
  // Unused input is bounded: beyond it the client has to wait. Reading on below it is what notices
  // a client that goes away.
  bool wanted = !end_of_input_;
  if (state_ == State::kOpen) {
    wanted = wanted && input_.size() - input_at_ < LoopState::kReadBuffer &&
             (persists_ || exchange_active());
  }
  if (wanted == reading_) return;
  auto* stream = reinterpret_cast<uv_stream_t*>(&tcp_);
  reading_ = wanted;
  if (!wanted) {
    uv_read_stop(stream);
    return;
  }
  uv_read_start(
      stream,
      [](uv_handle_t* handle, size_t, uv_buf_t* buf) {
        auto& shared = static_cast<Connection*>(handle->data)->loop_.read_buffer;
        *buf = {.base = shared.data(), .len = shared.size()};
      },
      [](uv_stream_t* s, ssize_t size, const uv_buf_t*) {
        static_cast<Connection*>(s->data)->OnRead(size);
      });
}

void Connection::UpdateTimeouts() {
  Timeouts& timeouts = loop_.timeouts;
  const auto keep = [&](TimeoutKind kind) {
    if (!read_timeout_.running() || read_timeout_.kind != kind) timeouts.Start(read_timeout_, kind);
  };
  if (state_ == State::kOpen) {
    if (exchange_active()) {
      if (want_ != Want::kNothing && !body_complete()) {
        keep(TimeoutKind::kBody);
      } else if (end_of_input_) {
        keep(TimeoutKind::kPresence);
      } else {
        timeouts.Clear(read_timeout_);
      }
    } else if (parser_.in_body()) {
      keep(TimeoutKind::kBody);
    } else if (parser_.in_head()) {
      keep(TimeoutKind::kHeader);
    } else {
      timeouts.Start(read_timeout_, TimeoutKind::kIdle);
    }
  } else if (state_ == State::kFinishing) {
    timeouts.Clear(read_timeout_);
  }
  if (output_.queued() == 0) {
    timeouts.Clear(write_timeout_);
  } else if (!write_timeout_.running()) {
    write_mark_ = output_.queued();
    timeouts.Start(write_timeout_, TimeoutKind::kWrite);
  }
}

void Connection::OnWriteProgress() {
  if (state_ == State::kClosing) return;
  if (!output_.failed() && output_.queued() <= kLowWater) {
    if (exchange_active() && exchange_->TakeWantsDrain()) loop_.handler.OnDrain(*exchange_);
    if (state_ == State::kOpen && !input_.empty()) ProcessInput();
  }
  loop_.timeouts.Clear(write_timeout_);
  Settle();
}

// Of a client whose input has ended: whether its system has reset the connection, which libuv, not
// reading any more, does not tell.
bool Connection::ClientIsGone() const {
  uv_os_fd_t fd;
  tcp_info info{};
  socklen_t size = sizeof info;
  return uv_fileno(reinterpret_cast<const uv_handle_t*>(&tcp_), &fd) == 0 &&
         getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 && info.tcpi_state == TCP_CLOSE;
}

void Connection::OnReadTimeout() {
  if (read_timeout_.kind == TimeoutKind::kPresence) {
    if (ClientIsGone()) {
      Abort();
    } else {
      UpdateTimeouts();
    }
  } else if (state_ == State::kOpen && exchange_active()) {
    FailBody(408, "the request's body did not arrive in time");
    Settle();
  } else if (state_ == State::kOpen && parser_.in_head()) {
    Reject(408, "the request's head did not arrive in time");
    Settle();
  } else {
    Close();
  }
}

void Connection::OnWriteTimeout() {
  if (output_.queued() < write_mark_) {
    write_mark_ = output_.queued();
    loop_.timeouts.Start(write_timeout_, TimeoutKind::kWrite);
    return;
  }
  Abort();
}

}  // namespace nano::server

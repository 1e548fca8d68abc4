// A connection's life: accepting, sending out, lingering and closing. See connection.h; its input
// side is in connection.cc, its timeouts in connection_timeouts.cc.
#include <string>

#include "base/check.h"
#include "http/http1/connection.h"
#include "http/http1/head_text.h"
#include "net/tick.h"

namespace nano::http1 {

const net::Socket::Events Connection::kEvents = {
    .ready = [](void* self, bool readable,
                bool writable) { static_cast<Connection*>(self)->OnReady(readable, writable); },
    .closed =
        [](void* self) {
          auto* connection = static_cast<Connection*>(self);
          connection->loop_.owner.OnConnectionClosed(connection);
        },
};

Connection::Connection(LoopState& loop)
    : loop_(loop),
      socket_(kEvents, this),
      parser_(loop.limits, loop.pool),
      output_(socket_, loop.pool) {
  read_timeout_.owner = write_timeout_.owner = this;
  read_timeout_.fire = [](net::Timeout& t) { static_cast<Connection*>(t.owner)->OnReadTimeout(); };
  write_timeout_.fire = [](net::Timeout& t) {
    static_cast<Connection*>(t.owner)->OnWriteTimeout();
  };
}

Connection::~Connection() {
  NANO_CHECK(state_ == State::kClosing);
  loop_.pool.Give(input_);
  loop_.pool.Give(body_);
}

void Connection::Start(int fd, const http::Endpoint& endpoint, const sockaddr* peer) {
  scheme_ = endpoint.scheme;
  if (peer != nullptr && peer->sa_family != AF_UNIX) address_ = IpAddress::Of(*peer);
  socket_.Open(loop_.loop, fd);
  fd_ = fd;
  loop_.clients.Add(fd);
  if (endpoint.secure) socket_.Secure(endpoint.secure(), loop_.pool);
  loop_.timeouts.Start(read_timeout_, TimeoutKind::kHeader);
  UpdateWatch();
}

void Connection::Resume(int fd, const http::Endpoint& endpoint, std::string_view input,
                        bool stays) {
  Start(fd, endpoint);
  if (input.empty()) return;
  (void)peer();  // While it is there.
  stays_ = stays;
  OnInput(input);
  stays_ = false;
}

bool Connection::Depart(http::Left left) {
  NANO_CHECK(processing_);
  if (std::exchange(stays_, false) || !socket_.plain() || state_ != State::kOpen) return false;
  departing_ = std::make_unique<Departing>(Departing{.left = std::move(left), .head = {}});
  AppendRequestHead(departing_->head, parser_.head());
  state_ = State::kDeparting;
  return true;
}

void Connection::LeaveIfIdle() {
  if (StillIdle() && socket_.plain()) Leave(loop_.pass_on, {});
}

void Connection::SettleDeparture() {
  if (output_.queued() == 0 && output_.buffered() == 0) {
    const std::unique_ptr<Departing> departing = std::move(departing_);
    departing->head.append(input_, input_at_);
    return Leave(departing->left, std::move(departing->head));
  }
  UpdateWatch();
  UpdateTimeouts();
}

void Connection::Leave(const http::Left& left, std::string input) {
  TellSent();
  state_ = State::kClosing;
  Forget();
  left({.socket = socket_.Release(), .input = std::move(input)});
}

void Connection::OnReady(bool readable, bool writable) {
  turn_bytes_ = 0;
  if (writable) {
    output_.Resume();
    OnWriteProgress();
  }
  if (!readable || state_ == State::kClosing) return;
  // A part of the body, or word that the client has left.
  if (exchange_active() && !exchange_->responder->HasTurn(*exchange_)) return AwaitTurn();
  Read();
}

bool Connection::idle() const {
  return state_ == State::kOpen && !exchange_active() && !parser_.in_head() && !parser_.in_body() &&
         input_.empty() && output_.queued() == 0 && output_.buffered() == 0;
}

std::string_view Connection::peer() {
  if (!peer_.empty()) return peer_;
  if (address_) {
    peer_ = address_->ToString();
  } else if (state_ != State::kClosing) {
    peer_ = socket_.PeerAddress();
  }
  return peer_;
}

bool Connection::DecidePersistence(bool possible) {
  // A body that the handler left unread is thrown away if it is short, else the connection is.
  const bool body_is_short =
      parser_.head().chunked || (parser_.body_left() <= kDrainLimit && !parser_.body_exceeds());
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
  // Who answers may be in the middle of a turn: whatever calls the handler waits for the loop.
  if (!DeferWithOthers()) loop_.owner.SendDeferred();
}

void Connection::Cut(bool reset) {
  want_ = Want::kNothing;
  persists_ = false;
  reset_ = reset;
  if (!processing_) Defer();
}

void Connection::Defer() {
  if (deferred_ || state_ == State::kClosing) return;
  if (loop_.deferred.empty()) loop_.held_since = net::Tick();
  deferred_ = true;
  loop_.deferred.push_back(this);
}

void Connection::SendDeferred() { Send(); }

void Connection::RunDeferred() {
  deferred_ = false;
  turn_bytes_ = 0;  // Whoever was ready had their turn.
  if (state_ == State::kOpen) ProcessInput();
  NoteHeld();
  Settle();
}

// Settles when all other connections that are ready had their turn: requests are cheaper together
// and answers are cheaper together, as each kind stays in the processor's caches. But answers wait
// for a few quick handlers at most, not for one that computes: as soon as the clock has ticked, all
// go out, which is false then and the caller's to do.
bool Connection::DeferWithOthers() {
  Defer();
  return net::Tick() == loop_.held_since;
}

// Brings everything that follows from the connection's state up to date. Called from the loop, at
// the end of whatever happened.
void Connection::Settle() {
  if (state_ == State::kClosing) return;
  Send();
  if (output_.failed()) return OnBroken();
  if (state_ == State::kDeparting) [[unlikely]] {
    return SettleDeparture();
  }
  if (state_ == State::kOpen && end_of_input_ && input_.empty()) {
    if (exchange_active()) {
      if (want_ != Want::kNothing && !body_complete()) {
        // In the middle of both, it has gone away; there is nobody to be told a status.
        if (exchange_->response_started()) return Abort();
        FailBody({400, "the connection ended within the request's body", kMalformedBody});
      }
    } else if (persists_ && parser_.in_head()) {
      Reject(400, "the connection ended within the request's head");
    } else {
      persists_ = false;
    }
  }
  // An answer that had begun before the server was stopped could not say that it is the last.
  if (loop_.stopping && !loop_.may_ask_again && was_asked() && !exchange_active() &&
      !parser_.in_head() && input_.empty()) {
    persists_ = false;
  }
  if (state_ == State::kOpen && !exchange_active() && !persists_) {
    // A client that asked for the end, or has sent all it will, sends nothing more.
    const bool client_is_done =
        end_of_input_ || (exchange_.has_value() && !exchange_->client_keeps_alive() &&
                          body_complete() && input_.empty());
    Finish(!client_is_done);
  }
  if (state_ == State::kFinishing && output_.buffered() > 0) Send();
  if (state_ == State::kFinishing && output_.queued() == 0) {
    if (linger_ && !end_of_input_ && !reset_ && !output_.failed()) {
      StartLingering();
    } else {
      Close(reset_);
    }
  }
  if (state_ == State::kClosing) return;
  if (loop_.pass_on && idle() && socket_.plain()) [[unlikely]] {
    return Leave(loop_.pass_on, {});
  }
  if (kept_ != 0 || output_.queued() != 0 || !body_.empty() || !input_.empty()) CountKept();
  UpdateWatch();
  UpdateTimeouts();
}

void Connection::Finish(bool linger) {
  if (state_ != State::kOpen) return;
  state_ = State::kFinishing;
  linger_ = linger;
  drained_ = 0;
  NoteHeld();
}

// Looks at what came since the loop has looked.
bool Connection::StillIdle() {
  turn_bytes_ = 0;
  if (idle()) Read();
  return idle();
}

void Connection::EndIfIdle() {
  if (!StillIdle()) return;
  persists_ = false;
  Settle();
}

void Connection::CloseIfIdle() {
  if (StillIdle()) Abort();
}

void Connection::StartLingering() {
  state_ = State::kLingering;
  linger_until_ = uv_now(loop_.loop) + loop_.limits.linger_time;
  WaitLingering();
  if (!socket_.EndWriting()) Close();
}

void Connection::WaitLingering() {
  loop_.timeouts.Start(read_timeout_,
                       loop_.stopping ? TimeoutKind::kLastLinger : TimeoutKind::kLinger);
}

void Connection::OnStopping() {
  if (state_ == State::kLingering) WaitLingering();
}

void Connection::Abort(const char* why) {
  EndUntold(why);
  if (exchange_active()) {
    exchange_->Abandon(UnsentOf(*exchange_), why);
    want_ = Want::kNothing;
    exchange_->responder->OnAborted(*exchange_);
  }
  Close();
}

// Nothing can be read or written any more. That a client goes away is its business; that its
// security failed is told, since the client may not have the words.
void Connection::OnBroken() {
  if (const std::string_view failure = socket_.failure(); !failure.empty()) {
    const std::string reason = "its security failed: " + std::string(failure);
    loop_.handler.OnProtocolError({.reason = reason, .peer = peer()});
  }
  Abort();
}

void Connection::Close(bool reset) {
  if (state_ == State::kClosing) return;
  EndUntold(nullptr);
  state_ = State::kClosing;
  Forget();
  socket_.Close(reset);
}

// Nothing calls it any more.
void Connection::Forget() {
  loop_.clients.Remove(fd_);
  KeepNothing();
  loop_.timeouts.Clear(read_timeout_);
  loop_.timeouts.Clear(write_timeout_);
  if (deferred_) std::erase(loop_.deferred, this);
}

// Unused input is bounded: beyond it the client has to wait.
bool Connection::reading() const {
  if (end_of_input_) return false;
  if (state_ != State::kOpen) return state_ != State::kDeparting;
  return input_.size() - input_at_ < LoopState::kReadBuffer && (persists_ || exchange_active());
}

void Connection::UpdateWatch() { socket_.Watch(reading(), writing()); }

}  // namespace nano::http1

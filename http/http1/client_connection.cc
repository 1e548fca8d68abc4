// Reading responses, sending requests, and the ways in which a connection ends.
#include "http/http1/client_connection.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "net/tick.h"

namespace nano::http1 {

const net::Socket::Events ClientConnection::kEvents = {
    .ready =
        [](void* self, bool readable, bool writable) {
          static_cast<ClientConnection*>(self)->OnSocketReady(readable, writable);
        },
    .closed =
        [](void* self) {
          auto* connection = static_cast<ClientConnection*>(self);
          if (connection->owner_ != nullptr) connection->owner_->OnClosed(*connection);
          delete connection;
        },
};

ClientConnection::ClientConnection(ClientLoop& loop, Owner& owner)
    : loop_(loop),
      owner_(&owner),
      socket_(kEvents, this),
      output_(socket_, loop.pool),
      look_(loop.loop, [this] { Look(); }),
      parser_(loop.limits, loop.pool) {}

ClientConnection& ClientConnection::Make(ClientLoop& loop, Owner& owner) {
  return *new ClientConnection(loop, owner);
}

ClientConnection::~ClientConnection() { NANO_CHECK(closed() && !held_); }

void ClientConnection::Start(int fd, std::unique_ptr<net::TlsLayer> layer, User& user) {
  user_ = &user;
  socket_.Open(loop_.loop, fd);
  // A peer that has vanished without a word is noticed though nothing is sent …
  socket_.ProbePeer(kProbeSeconds);
  const uint64_t interval = loop_.longest_silence / kLooks;
  look_.Start(interval, interval);  // … and when something is.
  if (layer) {
    Secure(std::move(layer));
  } else {
    UpdateWatch();
  }
}

void ClientConnection::Secure(std::unique_ptr<net::TlsLayer> layer) {
  NANO_CHECK(state_ == State::kIdle && output_.queued() == 0);
  state_ = State::kSecuring;
  outer_tls_ = std::exchange(tls_, layer.get());
  socket_.Secure(std::move(layer), loop_.pool);
  UpdateWatch();
}

void ClientConnection::Begin(ResponseParser::Request request) {
  NANO_CHECK(state_ == State::kIdle);
  state_ = State::kBusy;
  reading_ = true;
  tells_drained_ = false;
  parser_.Start(request);
}

bool ClientConnection::Quiet() {
  // What was read is of no use anyway: the connection will be closed.
  return state_ == State::kIdle && socket_.Read(loop_.look_buffer) == -EAGAIN;
}

void ClientConnection::Flush(std::string_view tail) {
  output_.FlushWith(tail);
  if (congested()) tells_drained_ = true;
  // A connection that is broken is told by the loop: the next read finds it.
  UpdateWatch();
}

// It waits for what else is ready, but not for somebody who computes: when the clock has ticked,
// all goes out.
void ClientConnection::FlushWithOthers() {
  const int64_t tick = net::Tick();
  if (loop_.held.empty()) loop_.held_since = tick;
  if (!held_) loop_.held.push_back(this);
  held_ = true;
  if (tick != loop_.held_since) loop_.SendHeld();
}

void ClientConnection::SendHeld() {
  held_ = false;
  Flush();
}

void ClientConnection::TellDrained() {
  tells_drained_ = true;
  UpdateWatch();
}

void ClientConnection::SetReading(bool reading) {
  if (reading_ == reading) return;
  reading_ = reading;
  UpdateWatch();
}

void ClientConnection::UpdateWatch() {
  if (closed()) return;
  const bool securing = state_ == State::kSecuring;
  socket_.Watch(reading_ || state_ != State::kBusy,
                securing || tells_drained_ || output_.queued() > 0);
}

void ClientConnection::OnSocketReady(bool readable, bool writable) {
  if (state_ == State::kSecuring) return OnSecured();
  if (state_ == State::kBusy && !user_->HasTurn()) {
    user_->OnProgress();   // It is not the server that is waited for.
    return UpdateWatch();  // Of an error it tells once only, unless it is asked again.
  }
  if (writable) {
    const size_t before = output_.queued();
    output_.Resume();
    if (output_.queued() != before) user_->OnProgress();
    if (closed()) return;
    if (tells_drained_ && output_.queued() <= kLowWater) {
      tells_drained_ = false;
      user_->OnDrained();
      if (closed()) return;
    }
  }
  // Also of a connection that cannot be written to: the server may have answered before it closed.
  if (readable || output_.failed()) Read();
  if (!closed()) UpdateWatch();
}

void ClientConnection::OnSecured() {
  const std::string_view failure = socket_.failure();
  if (!failure.empty()) return Break(End::kTls, std::string(failure));
  const ssize_t size = socket_.Read(loop_.read_buffer);
  if (size == -EAGAIN) {
    state_ = State::kIdle;
    UpdateWatch();
    user_->OnReady();
    return;
  }
  if (size > 0) return Break(End::kProtocol, "the server speaks before it is asked");
  if (size == 0) return Break(End::kEnded, "the server closed the connection");
  BreakBySystem(size);
}

// Once for each time that the loop tells of input: others have their turn in between.
void ClientConnection::Read() {
  if (state_ == State::kBusy && !output_.failed() && !user_->TakesMore()) {
    return SetReading(false);
  }
  net::Pipe pipe;
  ssize_t size = ReadUnseen(pipe);
  if (size == -EOPNOTSUPP) {
    const bool in_head = state_ == State::kBusy && parser_.in_head() && socket_.plain();
    size =
        socket_.Read(in_head ? loop_.read_buffer.first(ClientLoop::kHeadRead) : loop_.read_buffer);
  }
  if (size == -EAGAIN) {
    // Nothing to read, and nothing can be written.
    if (output_.failed()) BreakBySystem(-EPIPE);
    return;
  }
  if (size < 0) return BreakBySystem(size);
  if (size == 0) return OnEndOfInput();
  if (state_ != State::kBusy) {
    return Break(End::kProtocol, "the server speaks though it was not asked");
  }
  user_->OnProgress();
  if (pipe.held() > 0) return ProcessPiped(pipe);
  Process({loop_.read_buffer.data(), static_cast<size_t>(size)});
}

// Of a body whose next bytes need not be looked at, if somebody wants them so; as Socket::Read, and
// -EOPNOTSUPP if they are to be read.
ssize_t ClientConnection::ReadUnseen(net::Pipe& pipe) {
  const uint64_t unframed = state_ == State::kBusy ? parser_.unframed() : 0;
  if (unframed == 0 || unframed < loop_.least_piped || !socket_.plain() || !user_->TakesPiped()) {
    return -EOPNOTSUPP;
  }
  pipe = loop_.pipes.Take();
  if (!pipe) return -EOPNOTSUPP;
  const ssize_t size =
      socket_.ReadInto(pipe, std::min<uint64_t>(unframed, ClientLoop::kReadBuffer));
  // Nothing was moved though the loop has told of input: that is so at the end, but also for as
  // long as urgent data (RFC 6093) is next, which only a read gets past.
  return size == 0 || size == -EAGAIN ? -EOPNOTSUPP : size;
}

void ClientConnection::ProcessPiped(net::Pipe& part) {
  parser_.Skip(part.held());
  user_->OnPiped(part);
  if (state_ != State::kBusy) return;
  if (!parser_.ended()) return user_->OnPaused();
  Complete({});
  user_->OnResponseEnd();
}

void ClientConnection::Process(std::string_view data) {
  while (state_ == State::kBusy && (!data.empty() || parser_.pending())) {
    const ResponseParser::Step step = parser_.Parse(data);
    data.remove_prefix(step.consumed);
    switch (step.event) {
      case ResponseParser::Event::kNeedMore:
      case ResponseParser::Event::kInterim:
        continue;
      case ResponseParser::Event::kHead: {
        reusable_ = parser_.head().keep_alive;
        const bool all = parser_.ended();
        if (all) Complete(data);
        user_->OnHead(parser_.head());
        parser_.ReleaseHead();
        if (all) return;
        break;
      }
      case ResponseParser::Event::kBody:
        user_->OnBody(step.body);
        break;
      case ResponseParser::Event::kEnd:
        break;
      case ResponseParser::Event::kError:
        return Break(End::kProtocol, std::string(step.reason));
    }
    if (state_ != State::kBusy || !parser_.ended()) continue;
    Complete(data);
    user_->OnResponseEnd();
    return;
  }
  if (state_ == State::kBusy) user_->OnPaused();
}

// The response has ended. Bytes behind its end would become the next one's answer.
void ClientConnection::Complete(std::string_view behind) {
  settled_ = behind.empty() && output_.queued() == 0 && !output_.failed();
  reusable_ = reusable_ && settled_;
  state_ = State::kIdle;
}

void ClientConnection::Look() {
  if (!socket_.PeerSilent(loop_.longest_silence)) return;
  Break(End::kBroken, "the server's host does not confirm what is sent to it");
}

void ClientConnection::OnEndOfInput() {
  if (state_ != State::kBusy) return Break(End::kEnded, "the server closed the connection");
  const ResponseParser::Step step = parser_.Finish();
  if (step.event == ResponseParser::Event::kError) {
    return Break(End::kEnded, std::string(step.reason));
  }
  reusable_ = settled_ = false;
  state_ = State::kIdle;
  user_->OnResponseEnd();
}

void ClientConnection::Break(End end, std::string reason) {
  Ending ending{end, std::move(reason), {}};
  if (end == End::kTls && tls_ != nullptr) {
    // As the socket does for the reason: if nothing is wrong with the inner one, it is the other.
    const bool inner = outer_tls_ == nullptr || !tls_->failure_code().empty();
    ending.code = (inner ? tls_ : outer_tls_)->failure_code();
  }
  Close();
  user_->OnEnded(ending);
}

void ClientConnection::BreakBySystem(ssize_t error) {
  if (error == -EPROTO) return Break(End::kTls, std::string(socket_.failure()));
  Break(End::kBroken, std::strerror(static_cast<int>(-error)));
}

void ClientConnection::Close() {
  if (closed()) return;
  state_ = State::kClosed;
  reusable_ = false;
  if (std::exchange(held_, false)) std::erase(loop_.held, this);
  look_.Stop();
  socket_.Close(/*reset=*/false);
}

}  // namespace nano::http1

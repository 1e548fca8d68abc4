// One client connection: reads requests one after the other, hands them to the handler, and sees
// their answers out. Owns the socket, the parser, the exchange under way and the output.
//
// Life: Accept; then requests until either side is done; a last answer may be followed by lingering
// (the sending side shut down, input thrown away for a bounded time, so that a reset does not take
// the answer from the client); then the handle closes and the owner deletes the connection. It may
// also leave for another process before it answers a request, or between two. Thread: the loop's
// own.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/ip_address.h"
#include "http/departure.h"
#include "http/endpoint.h"
#include "http/http1/exchange.h"
#include "http/http1/loop_state.h"
#include "http/http1/parser.h"
#include "net/output.h"
#include "net/socket.h"
#include "net/timeouts.h"

namespace nano::http1 {

class Connection {
 public:
  explicit Connection(LoopState& loop);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Takes over a descriptor that was accepted at `endpoint`, in non-blocking mode, and starts
  // reading. `peer`: its address, which the system does not know any more once it is gone; null:
  // it is asked for.
  void Start(int fd, const http::Endpoint& endpoint, const sockaddr* peer = nullptr);
  // The same for one that another process has read `input` from; `stays`: the request that this
  // begins with is answered here, whoever says otherwise.
  void Resume(int fd, const http::Endpoint& endpoint, std::string_view input, bool stays);
  // An idle one leaves, as LoopState::pass_on says.
  void LeaveIfIdle();

  // Neither a request nor an answer is under way.
  bool idle() const;
  // A request has come on it.
  bool was_asked() const { return exchange_.has_value(); }
  // Ends an idle connection in words that a client understands: no more is sent, and what comes is
  // thrown away for a while. One on which a request has come meanwhile goes on.
  void EndIfIdle();
  // The same, without a word or a wait.
  void CloseIfIdle();
  // The server has begun to stop (LoopState::stopping).
  void OnStopping();
  // Ends the connection at once; an exchange under way is aborted, or cut for `why`, as
  // http::Exchange::refusal has it.
  void Abort(const char* why = nullptr);
  // Goes on with what an exchange's method left for later. Called by the listener only.
  void RunDeferred();
  // For how many milliseconds more the client will take what is kept for it, or send what is
  // missing of what is kept, if it goes on as it did; 0 if nothing is kept for it.
  double Slowness() const;
  // It has had the time to show that it does not go on.
  bool has_waited() const;
  // Whose it is what is kept; null: nothing is.
  const KeptShares::Holder* holder() const { return holder_; }
  // Ends the connection for that.
  void EndSlow();
  // The same of what there is to be sent alone. Calls nobody.
  void SendDeferred();

  // --- For the exchange; none of these calls the handler. ---
  net::Output& output() { return output_; }
  http::DateField& date() { return loop_.date; }
  std::string_view peer();
  std::string_view scheme() const { return scheme_; }
  void WantBody(bool whole);
  void LimitBody(uint64_t bytes) { parser_.LimitBody(bytes); }
  // Decides, when a response begins, whether the connection persists after it.
  bool DecidePersistence(bool possible);
  // Sends what is buffered before the loop waits again, or now if it is much.
  void FlushSoon();
  // More is queued than the client reads; where there is no room for its app's, that is anything.
  bool congested() const {
    const size_t queued = output_.queued();
    return queued > kHighWater || (queued != 0 && lacks_room()) || output_.holds_part() ||
           output_.failed();
  }
  // So much is kept for slow clients that this one's response cannot be.
  bool lacks_room() const { return !loop_.kept.Admits(account()); }
  http::Obstacle Overload() const {
    return {http::Obstacle::Kind::kOverload, loop_.kept.budget(), loop_.kept.total()};
  }
  // Keeps LoopState::kept up to date, when there may be more than a little.
  void CountKept();
  // Why the request's body could not be had, as Exchange::refusal; null: it could.
  const char* body_refusal() const { return body_refusal_; }
  // What is sent may come from the system.
  bool MovesOutput() const { return socket_.plain() && !output_.holds_part(); }
  // So many bytes of a stream were written in this turn of the loop that others should have theirs.
  bool TakesTurn(size_t size) { return (turn_bytes_ += size) > kTurn; }
  void OnExchangeEnded();
  // See http::ServerExchange.
  bool Depart(http::Left left);
  // The response cannot be completed: sends what there is and closes without its end.
  void Cut(bool reset);

 private:
  enum class State : uint8_t {
    kOpen,       // Requests and answers.
    kDeparting,  // Leaves when what was to be sent is.
    kFinishing,  // The last answer is on its way out; then lingering or closing.
    kLingering,  // Throwing input away until the client closes.
    kClosing,    // The handle is closing.
  };
  enum class Want : uint8_t { kNothing, kPart, kWhole };

  static constexpr size_t kHighWater = 128 * 1024;     // Of output queued: the handler should wait.
  static constexpr size_t kLowWater = 32 * 1024;       // Of output queued: the handler may go on.
  static constexpr size_t kFlushAt = 64 * 1024;        // Of output buffered: worth a system call.
  static constexpr size_t kTurn = 256 * 1024;          // Of a stream, before others have a turn.
  static constexpr uint64_t kDrainLimit = 256 * 1024;  // Of an unread body, to keep the connection.
  static constexpr const char* kMalformedBody = "malformed-body";  // As Exchange::refusal.
  static constexpr size_t kMostUntold = 16;          // Answers at once of which some is not sent.
  static constexpr uint32_t kSilentChecks = 4;       // See CheckPresence.
  static constexpr unsigned kKeepAliveSeconds = 15;  // TCP's, while a client's input has ended.
  static constexpr uint64_t kLeastLinger = 64 * 1024 * 1024;  // Thrown away after a last answer.

  // Why a body cannot be had: what the client is told, and the same as Exchange::refusal. All
  // static.
  struct BodyFailure {
    int status;
    std::string_view text;
    const char* refusal;
  };

  // Where it goes, and what of its input is parsed already.
  struct Departing {
    http::Left left;
    std::string head;
  };

  bool exchange_active() const { return exchange_.has_value() && exchange_->active(); }
  // Who has what is kept now: also after the exchange has ended, until the next one.
  const void* account() const { return exchange_.has_value() ? exchange_->account : nullptr; }

  // Input (connection.cc).
  void Read();
  bool StillIdle();
  void Discard();
  void OnInput(std::string_view data);
  void OnEndOfInput();
  size_t Process(std::string_view data);
  void ProcessInput();
  void Keep(std::string_view rest);
  // Tells of input that no request has been made of (ClientDescriptors).
  void NoteHeld() {
    // Whoever is only to read the last answer waits for nothing.
    const bool waits = state_ == State::kOpen || state_ == State::kDeparting;
    const bool holds = waits && (parser_.in_head() || !input_.empty());
    if (holds == holds_) [[likely]] {
      return;
    }
    holds_ = holds;
    loop_.clients.Hold(fd_, holds);
  }
  void Dispatch();
  void OnBodyPart(const Parser::Step& step);
  void OnBodyEnd();
  void DeliverBody(std::string_view part, bool last);
  void OnMalformed(int status, std::string_view reason);
  bool RefuseBody(const http::Obstacle& obstacle, std::string_view reason);
  void FailBody(const BodyFailure& failure);
  void Reject(int status, std::string_view reason);
  size_t AppendRejection(int status, std::string_view reason);
  bool body_complete() const { return !parser_.in_body(); }
  // The handler waits for some of the request's body, of which nothing has come.
  bool awaits_body() const {
    return exchange_active() && want_ != Want::kNothing && !body_complete() && !turn_due_;
  }
  // Input is to be read: the client has not ended it, and there is room or a use for it.
  bool reading() const;
  // Output waits for the client to take some, or a stream for its next turn.
  bool writing() const {
    return output_.queued() > 0 || (exchange_active() && exchange_->wants_drain());
  }

  // Life (connection_life.cc).
  void OnReady(bool readable, bool writable);
  void Settle();
  void SettleDeparture();
  void Leave(const http::Left& left, std::string input);
  bool DeferWithOthers();
  void UpdateWatch();
  void Defer();
  void Finish(bool linger);
  void StartLingering();
  void WaitLingering();
  void Close(bool reset = false);
  void Forget();
  void OnBroken();

  // What is to be sent (connection_sending.cc).
  void Send() {
    output_.Flush();
    if (!untold_.empty()) [[unlikely]] {
      return TellSent();
    }
    if (!exchange_.has_value() || !exchange_->untold()) return;
    if (exchange_->end() <= output_.handed()) exchange_->TellSent();
  }
  void KeepUntold();
  bool TakesMore();
  void TellSent();
  uint64_t UnsentOf(const Http1Exchange& exchange) const;
  Http1Exchange* FirstUnsent();
  void EndUntold(const char* why);
  void CutSlow(http::SlowWith with, std::string_view reason);

  // What is kept (connection_kept.cc).
  bool keeps_for_client() const {
    return output_.queued() > 0 || (want_ == Want::kWhole && !body_complete());
  }
  void KeepNothing();

  // Timeouts (connection_timeouts.cc).
  void UpdateTimeouts();
  void OnWriteProgress();
  void AwaitBody();
  void AwaitTurn();
  void OnNothingRead();
  void CountBody(size_t size);
  void FailLateBody();
  // Bytes that the client's system has taken, in all. The socket is told to be writable only when a
  // good part of its buffer is free, which a slow client may need minutes for.
  uint64_t taken() const { return socket_.delivered(); }
  uint64_t TakenSince(uint64_t mark) const {
    const uint64_t now = taken();
    return now > mark ? now - mark : 0;  // A Unix socket's count may be lower than before.
  }
  void CheckPresence();
  void OnReadTimeout();
  void OnWriteTimeout();

  static const net::Socket::Events kEvents;

  LoopState& loop_;
  net::Socket socket_;
  Parser parser_;
  net::Output output_;
  std::optional<Http1Exchange> exchange_;
  std::list<Http1Exchange> untold_;  // Those before it that have ended and are not sent.
  size_t untold_bytes_ = 0;          // What may be remembered of their requests' heads.
  net::Timeout read_timeout_;        // Idle, header, body, linger or presence.
  net::Timeout write_timeout_;
  uint64_t write_mark_ = 0;  // taken() when write_timeout_ was started.
  // Of a body: what has come since it was last enough for a timeout, and for how long it was waited
  // for since, until window_began_, from when on it is waited for again if it is (awaiting_).
  uint64_t window_ = 0;
  uint64_t window_waited_ = 0;  // In the loop's milliseconds, as the next.
  uint64_t window_began_ = 0;

  int fd_ = -1;  // The socket's.
  State state_ = State::kOpen;
  Want want_ = Want::kNothing;
  bool processing_ = false;       // Inside Process: output is sent when it ends.
  bool end_of_input_ = false;     // The client has sent all it will; it may still read.
  bool persists_ = true;          // More requests are read after the exchange under way.
  bool linger_ = false;           // What to do when kFinishing is done.
  bool deferred_ = false;         // In loop_.deferred.
  bool awaits_continue_ = false;  // The client waits for "100 Continue" before it sends the body.
  bool reset_ = false;            // Close by a reset.
  bool stays_ = false;            // The request that comes now must not depart.
  bool awaiting_ = false;         // A body is waited for, as window_waited_ has it.
  bool holds_ = false;            // As NoteHeld has told.
  bool turn_due_ = false;         // Something has come that is read in its request's turn.

  std::string input_;                     // What was read and cannot be used yet.
  size_t input_at_ = 0;                   // Bytes of input_ that are done with.
  std::string body_;                      // Of a body wanted whole.
  std::unique_ptr<Departing> departing_;  // Of kDeparting.
  uint64_t received_ = 0;                 // Bytes that have come, in all.
  size_t kept_ = 0;                       // This one's part of LoopState::kept, …
  KeptShares::Holder* holder_ = nullptr;  // … of which that one has it, …
  uint64_t kept_since_ = 0;     // … which is not 0 since then, in the loop's milliseconds, …
  uint64_t kept_taken_ = 0;     // … when taken() was that …
  uint64_t kept_received_ = 0;  // … and received_ that.
  uint64_t drained_ = 0;        // Bytes thrown away since the response ended.
  uint64_t linger_until_ = 0;   // In the loop's milliseconds: the end of lingering, come what may.
  size_t turn_bytes_ = 0;       // See TakesTurn.
  uint32_t presence_checks_ = 0;  // Of the exchange under way, since its client ended its input …
  uint64_t presence_mark_ = 0;    // … when its response had come so far.
  std::string_view body_error_;   // Why the body cannot be read; static text.
  const char* body_refusal_ = nullptr;  // The same, as Exchange::refusal.
  std::string_view scheme_;             // Of the endpoint.
  std::optional<IpAddress> address_;    // The peer's, from when it was accepted …
  std::string peer_;                    // … and as text, once that was asked for.
};

}  // namespace nano::http1

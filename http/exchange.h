// One HTTP exchange as who answers sees it: a request to read and a response to give. The server
// implements it on a connection; the compiler implements it for warm-up requests. It knows no
// sockets.
//
// Ownership: whoever hands an exchange to who answers owns it and keeps it alive until the response
// is ended, or until it has told who answers that the client went away. Thread: that of who
// answers.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "http/message.h"
#include "http/service_aim.h"

namespace nano::net {
struct FilePart;
class Pipe;
}  // namespace nano::net

namespace nano::http {

class Exchange;

// How an exchange ended. A response is sent when the system has all of it: whether the client's end
// of the connection ever has, nobody can tell.
enum class Ending : uint8_t {
  kWhole,    // The response is complete, and sent.
  kCut,      // It had begun, and is not; or the server ended the connection before that.
  kAborted,  // The client went away before that.
};

// Why a response is not taken, or what is left of a request's body.
struct Obstacle {
  enum class Kind : uint8_t {
    kTooLarge,  // It is longer than it may be.
    kFields,    // The response's header fields are.
    kOverload,  // So much is kept for slow clients that there is no room for it.
  };
  Kind kind = Kind::kTooLarge;
  uint64_t limit = 0;  // Bytes …
  uint64_t used = 0;   // … as these, at least.
};

// Who is told what becomes of an exchange, perhaps in the middle of a call of it: it only takes
// note. Who answers may have been done with it for long: with all that the client has not read yet
// behind it. So it is told of a copy, perhaps, and outlives the connection.
class ExchangeObserver {
 public:
  virtual void OnEnded(Exchange& exchange, Ending ending) = 0;
  // It leaves for another process, where all begins anew.
  virtual void OnLeft(Exchange& /*exchange*/) {}

 protected:
  ~ExchangeObserver() = default;
};

// Who ends exchanges whose responses are not taken; outlives what who answers does with them.
class Refuser {
 public:
  // The response, or the rest of it, is not taken (Exchange::refused). The exchange is to be ended
  // when who answers is done with its turn, whatever that has done with it: by Fail, or by Respond
  // if the response has not begun. In the middle of a call of it.
  virtual void OnRefused(Exchange& exchange, const Obstacle& obstacle) = 0;

 protected:
  ~Refuser() = default;
};

class Exchange {
 public:
  virtual ~Exchange() = default;

  // For whoever implements it: tells who is to be told.
  void TellEnded(Ending ending) {
    if (observer != nullptr) observer->OnEnded(*this, ending);
    if (recorder != nullptr) [[unlikely]] {
      recorder->OnEnded(*this, ending);
    }
  }

  // For whoever implements it: whether nothing more of the response is taken, of which there are
  // `size` bytes now.
  bool Refuses(uint64_t size) {
    if (response_limit != 0 && size > response_limit && !refused) [[unlikely]] {
      Refuse({.kind = Obstacle::Kind::kTooLarge, .limit = response_limit, .used = size});
    }
    return refused;
  }
  void Refuse(const Obstacle& obstacle) {
    if (refuser == nullptr) return;
    refused = true;
    refuser->OnRefused(*this, obstacle);
  }

  // Of the request's body, if it has one and has announced it.
  virtual std::optional<uint64_t> body_length() const { return std::nullopt; }

  // Of one with a depth: what counts the calls that the client's request leads to, in all apps.
  // Null where nobody counts. Theirs, to be handed on as it came.
  virtual std::shared_ptr<void> tally() const { return nullptr; }

  // Asks for the request's body. Who answers is told of its parts: with `whole`, once, when all
  // of it is there; otherwise of one part for each call, perhaps before it returns.
  virtual void ReadBody(bool whole) = 0;

  // Answers with a body that is known whole. Ends the exchange; the views are copied or sent at
  // once.
  virtual void Respond(const ResponseHead& head, std::string_view body) = 0;

  // Answers with a body that comes in parts. `length` frames it with content-length, else chunked.
  virtual void StartBody(const ResponseHead& head, std::optional<uint64_t> length) = 0;
  // Sends a part. False: more is queued than the peer reads; wait to be told that it
  // may go on.
  virtual bool WriteBody(std::string_view part) = 0;
  // Whether a part can be sent on that the system holds (http/call.h) …
  virtual bool TakesPiped() const { return false; }
  // … which is as WriteBody, after TakesPiped has said so. What does not go at once is taken from
  // the pipe, or with it.
  virtual bool WritePiped(net::Pipe& /*part*/) { return true; }
  // Whether a part can be sent from a file …
  virtual bool TakesFile() const { return false; }
  // … which is as WriteBody, after TakesFile has said so. The exchange may be ended at once,
  // however much of it waits, which nobody keeps a copy of.
  virtual bool WriteFile(net::FilePart&& /*part*/) { return true; }
  // Ends a body begun by StartBody, and the exchange with it.
  virtual void EndBody() = 0;

  // The app failed. Before a response has begun: 500, details only in the log. After: the
  // connection is cut, so that the client sees a truncated body as an error. Ends the exchange.
  virtual void Fail() = 0;

  // How many apps of the server call each other in a row, up to this one; 0: a client's request.
  uint32_t depth = 0;
  // Of one with a depth and without a tally: how many calls the client's request has led to, where
  // it came from.
  uint32_t calls = 0;
  // Of one with a depth, if it is for more than the app's `fetch`; else null.
  std::shared_ptr<const ServiceAim> aim;

  // StartBody has been called: the response is a stream, and not ended.
  bool streams = false;

  // Bytes that the response's body may have; 0: no bound. Set with a refuser.
  uint64_t response_limit = 0;
  // Who answers is not listened to any more; the refuser, who ends it, takes this back before.
  bool refused = false;

  // The handle that who answers has for this exchange; 0 while there is none.
  uint32_t handle = 0;

  // Whose it is, of those who share what is kept for their clients; never looked into. Null: no
  // one's.
  void* account = nullptr;

  // Told once each, if they are set: who counts, and then who keeps a record of it.
  ExchangeObserver* observer = nullptr;
  ExchangeObserver* recorder = nullptr;
  Refuser* refuser = nullptr;

  // When it was there to be given to who answers, in nanoseconds of the monotonic clock; 0: to
  // nobody.
  uint64_t began = 0;

  // Of the response: its status, 0 before it begins, and the bytes of its body; of one that has
  // ended, those that were sent. If the client was answered by HTTP itself after all, as its body
  // could not be had, those of that answer.
  int status = 0;
  uint64_t sent = 0;
  // Of the request's body: the bytes that who answers was given.
  uint64_t received = 0;
  // Ticks of CPU time (runtime/watchdog.h) that were found to be spent on it so far.
  uint32_t cpu_ticks = 0;
  // Why it was answered, or ended, in the place of who should have; static, null: it was not.
  const char* refusal = nullptr;

  // What it is called in the log; 0 until somebody asks.
  uint64_t request_id = 0;
  // The trace that it is part of, 16 bytes of which some are not 0; all 0: none.
  std::array<uint8_t, 16> trace_id{};
};

}  // namespace nano::http

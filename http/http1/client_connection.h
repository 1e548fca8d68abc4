// One connection to a server: sends one request after the other and reads their responses, for
// whoever uses it at the time. Knows no names, pools or tenants, and sets no time limits, but
// notices within a minute that the server's host has vanished: whoever waits has it asked by the
// system, and what is sent has to be confirmed, be it that there is no room.
//
// Life: Start; then exchanges, each begun by Begin and ended by OnHead or OnResponseEnd, with
// silence between them; then Close, by either side. Deletes itself when the loop is done with its
// socket, after its owner has been told. Owns the socket, the parser and the output. Thread: the
// loop's own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http/http1/client_loop.h"
#include "http/http1/response_parser.h"
#include "net/handles.h"
#include "net/output.h"
#include "net/pipe.h"
#include "net/socket.h"
#include "net/tls/tls_layer.h"

namespace nano::http1 {

class ClientConnection {
 public:
  enum class End : uint8_t {
    kEnded,     // The server has closed it, in order.
    kBroken,    // Reset, or no longer reachable.
    kTls,       // The secure layer failed.
    kProtocol,  // What came is no response, or nobody had asked for it.
  };
  struct Ending {
    End end = End::kEnded;
    std::string reason;  // In words.
    std::string code;    // Of the secure layer's failure.
  };

  // Who uses the connection. Told from the loop; each call may close the connection or hand it to
  // somebody else.
  class User {
   public:
    // The connection is secured, if it has to be, and a request may be sent.
    virtual void OnReady() = 0;
    // Whether there is time to tell of what comes now. False: the loop tells of it again in its
    // next turn.
    virtual bool HasTurn() { return true; }
    // More of the response may come. False: it stays with the system until SetReading says
    // otherwise.
    virtual bool TakesMore() = 0;
    // The head of the response; the views die with the call. Without a body the response is
    // complete, the connection may be handed on, and OnResponseEnd does not come.
    virtual void OnHead(const ParsedResponse& head) = 0;
    virtual void OnBody(std::string_view part) = 0;
    // The next part of the body may come by OnPiped, in a pipe and unseen.
    virtual bool TakesPiped() { return false; }
    virtual void OnPiped(net::Pipe& /*part*/) {}
    // All that has come was told, and it is not the end.
    virtual void OnPaused() {}
    // The response is complete. The connection is of use for another if reusable().
    virtual void OnResponseEnd() = 0;
    // It is closed, with or without a response under way. Nothing more is told.
    virtual void OnEnded(const Ending& ending) = 0;
    // What waits to be sent has become little.
    virtual void OnDrained() = 0;
    // A byte came or went.
    virtual void OnProgress() = 0;

   protected:
    ~User() = default;
  };
  class Owner {
   public:
    // It is about to be deleted.
    virtual void OnClosed(ClientConnection& connection) = 0;

   protected:
    ~Owner() = default;
  };

  // Has to be started, and closed.
  static ClientConnection& Make(ClientLoop& loop, Owner& owner);
  ClientConnection(const ClientConnection&) = delete;
  ClientConnection& operator=(const ClientConnection&) = delete;

  // The owner ends; nobody is told any more. Only of a connection that is closed.
  void Disown() { owner_ = nullptr; }

  // Takes over a connected descriptor in non-blocking mode. Without a layer it is ready at once,
  // and OnReady does not come.
  void Start(int fd, std::unique_ptr<net::TlsLayer> layer, User& user);
  // Goes on through a secure layer, on a connection that has become a tunnel, within one that is
  // there; nothing waits to be sent. OnReady comes.
  void Secure(std::unique_ptr<net::TlsLayer> layer);
  void SetUser(User& user) { user_ = &user; }

  // A request is about to be sent, whose response is read next.
  void Begin(ResponseParser::Request request);
  // Where to append it; Flush sends it, with `tail` behind.
  std::string& buffer() { return output_.buffer(); }
  void Flush(std::string_view tail = {});
  // The same, together with what other connections have to send, when all that was ready had its
  // turn: each of those who are to get it is woken once, and not for one request after the other.
  void FlushWithOthers();
  // Bytes that wait to be sent.
  size_t queued() const { return output_.queued(); }
  // More is queued than the server reads; OnDrained comes when it is not so any more.
  bool congested() const { return output_.queued() > kHighWater; }
  // OnDrained comes anyway, from the loop, as soon as the server reads.
  void TellDrained();
  // Reads on, or leaves what comes to the system; on at first, and off when the user does not take
  // it.
  void SetReading(bool reading);

  // Within User::OnHead: takes over its text, as ResponseParser has it.
  std::string TakeHead() { return parser_.TakeHead(); }
  // The server has begun to answer what was asked last.
  bool answered() const { return parser_.begun(); }
  // Nothing is under way, all was said and read, and the server keeps it open as far as it says.
  bool reusable() const { return state_ == State::kIdle && reusable_; }
  // The request has gone, and nothing came behind its response.
  bool settled() const { return state_ == State::kIdle && settled_; }
  // A look at the socket, before an idle connection is used again: it is open, and nothing has come
  // that nobody asked for and that would be taken for the next answer.
  bool Quiet();
  bool closed() const { return state_ == State::kClosed; }
  // Ends it, in order; the user is not told.
  void Close();

  // --- For the loop. ---
  void SendHeld();

 private:
  enum class State : uint8_t { kSecuring, kIdle, kBusy, kClosed };

  static constexpr size_t kHighWater = 128 * 1024;
  static constexpr size_t kLowWater = 32 * 1024;
  static constexpr unsigned kProbeSeconds = 15;
  static constexpr unsigned kLooks = 4;  // In the longest time without a confirmation.

  ClientConnection(ClientLoop& loop, Owner& owner);
  ~ClientConnection();

  void OnSocketReady(bool readable, bool writable);
  void Read();
  ssize_t ReadUnseen(net::Pipe& pipe);
  void Process(std::string_view data);
  void ProcessPiped(net::Pipe& part);
  void Complete(std::string_view behind);
  void OnEndOfInput();
  void OnSecured();
  void Look();
  void Break(End end, std::string reason);
  void BreakBySystem(ssize_t error);
  void UpdateWatch();

  static const net::Socket::Events kEvents;

  ClientLoop& loop_;
  Owner* owner_;  // Null when it has ended.
  User* user_ = nullptr;
  net::Socket socket_;
  net::Output output_;
  net::Timer look_;
  ResponseParser parser_;
  // The socket's: the one within others, and the one around that, if there are two.
  net::TlsLayer* tls_ = nullptr;
  net::TlsLayer* outer_tls_ = nullptr;
  State state_ = State::kIdle;
  bool reading_ = true;
  bool reusable_ = true;
  bool settled_ = true;
  bool held_ = false;  // Among those of the loop that have something to send.
  bool tells_drained_ = false;
};

}  // namespace nano::http1

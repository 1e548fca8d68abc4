// The proxies and TLS servers on a fuzzed client's way: each connection goes by a script, which
// makes tunnels and handshakes as real ones do, but for what it does to the bytes. On the client's
// own thread and in its turns.
//
// A script is text that is sent through all the TLS there is by then, but for bytes from 0x80 on,
// which are steps (below). '@' is sent as it is where nobody but the origin can have said it, and
// as '^' before, also by whom is on the way: who is told that was told what anybody could forge.
//
// Owns its sockets, and the certificate that its TLS shows. Thread: the program's only one.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/tls/tls_layer.h"

struct ssl_ctx_st;

namespace nano::fuzz {

// Steps of a script. Other bytes beyond ASCII are sent as they are.
inline constexpr char kTurnOver = '\x81';  // The rest follows in the next turn.
inline constexpr char kHead = '\x82';      // Waits for the head of a request, for some turns.
inline constexpr char kSecure = '\x83';    // Is a TLS server from here on, within what there is.
inline constexpr char kShut = '\x84';      // Sends no more, in order.
inline constexpr char kBreak = '\x85';     // Resets the connection.
inline constexpr char kRaw = '\x86';       // What comes until the next step goes beneath all TLS.
inline constexpr char kFlip = '\x87';      // The next byte says which one of those sent next is …
inline constexpr char kCut = '\x88';       // … another; or up to which those sent next are sent;
inline constexpr char kSwap = '\x89';      // or where what is sent next is cut and swapped.
inline constexpr char kTwice = '\x8a';     // What is sent next is sent twice.
inline constexpr char kNotify = '\x8b';    // The innermost TLS says that it is at its end.
inline constexpr char kNext = '\x8c';      // What follows is for the next connection.

// What a client's way leads through, before the origin speaks.
struct Way {
  size_t layers = 0;   // Of TLS.
  size_t tunnels = 0;  // Asked for by heads of requests.
  std::string good;    // The script of those who do it right.
};

class LayeredPeer {
 public:
  LayeredPeer();
  ~LayeredPeer();
  LayeredPeer(const LayeredPeer&) = delete;
  LayeredPeer& operator=(const LayeredPeer&) = delete;

  uint16_t port() const { return port_; }
  // The certificate, for who is to trust it: for 127.0.0.1.
  const std::string& authority() const { return authority_; }

  // Forgets what was before. Connections go by the scripts in turn, and then do it right.
  void Begin(const Way& way, std::vector<std::string> scripts);
  void Turn();
  // Resets every connection, and each that comes.
  void EndAll();
  // The client has closed all connections; they are closed here, too.
  bool AllClosed();

 private:
  struct Line;

  void Accept();
  void Receive(Line& line);
  void GoOn(Line& line);
  bool Secure(Line& line);
  void Say(Line& line, std::string text, bool raw);
  void Put(Line& line, size_t layers, std::string bytes);
  void Flush(Line& line);
  bool IsOrigin(const Line& line) const;
  static void Close(Line& line);

  int listener_;
  uint16_t port_ = 0;
  ssl_ctx_st* context_;
  std::string authority_;
  Way way_;
  std::vector<std::string> scripts_;
  size_t next_script_ = 0;
  std::list<Line> lines_;
  bool ending_ = false;
};

}  // namespace nano::fuzz

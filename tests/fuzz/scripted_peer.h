// The server that a fuzzed client calls: answers requests by scripts, on the client's own thread
// and in the same turns, so that what has been sent has arrived. Reads requests strictly, and
// checks what a server can see of a client's mistakes.
//
// A script is what is sent, byte for byte, but for bytes from 0x80 on, which are steps (below), and
// '@', in whose place comes the tag of the call whose request came last on the connection: whoever
// is told another one's tag was told another one's answer.
//
// Owns its sockets. Thread: the program's only one.
#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <string>
#include <vector>

namespace nano::fuzz {

// Steps of a script. Other bytes beyond ASCII stand for the one of their lower seven bits.
inline constexpr char kWait = '\x81';   // The rest follows in the next turn …
inline constexpr char kLater = '\x82';  // … or some turns later.
inline constexpr char kEnd = '\x83';    // Sends no more, in order.
inline constexpr char kReset = '\x84';
inline constexpr char kFill = '\x85';  // Tags, until all that was sent fills the client's buffer.
inline constexpr char kPart = '\x86';  // What follows answers the next request.

// What the server knows of a call.
struct PeerCall {
  char tag = 0;
  std::string head;          // Of its request, as it has to come.
  bool streamed = false;     // What was sent of its body cannot be sent again.
  bool chunked = false;      // The body, all of it tags; else …
  uint64_t body_length = 0;  // … of so many bytes.

  int requests = 0;           // As they came: one, or two if it was asked again.
  bool on_used_line = false;  // The first of them.
  bool body_begun = false;    // A part of its body has come.
  uint64_t answered = 0;      // Bytes sent since it asked.
  bool lets_line_go = false;  // It has failed, or was given up before a byte of its answer.
};

class ScriptedPeer {
 public:
  // `calls` by their numbers, which the client adds to. Only so many servers are told apart.
  static constexpr size_t kPorts = 2;
  explicit ScriptedPeer(std::deque<PeerCall>& calls);
  ~ScriptedPeer();
  ScriptedPeer(const ScriptedPeer&) = delete;
  ScriptedPeer& operator=(const ScriptedPeer&) = delete;

  uint16_t port(size_t which) const { return ports_[which]; }

  // Forgets what was before; the first request is answered by the first script, and so on, and then
  // by a good one.
  void Begin(std::vector<std::string> scripts);
  // Takes what has come, and sends what is due.
  void Turn();
  // Connections that the client had open when the turn began.
  size_t open() const { return open_; }
  // Resets every connection, and each that comes.
  void EndAll();
  // The client has closed all connections; they are closed here, too.
  bool AllClosed();

 private:
  struct Line;

  void Accept();
  void Receive(Line& line);
  void TakeRequests(Line& line);
  bool TakeHead(Line& line);
  bool TakeBody(Line& line);
  void Answer(Line& line);
  bool Send(Line& line, const std::string& bytes);
  static void Close(Line& line);

  std::deque<PeerCall>& calls_;
  int listeners_[kPorts];
  uint16_t ports_[kPorts];
  std::list<Line> lines_;
  std::vector<std::string> scripts_;
  size_t next_script_ = 0;
  size_t open_ = 0;
  bool ending_ = false;
};

}  // namespace nano::fuzz

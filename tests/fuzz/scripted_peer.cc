// Reading requests strictly, and answering by scripts.
#include "tests/fuzz/scripted_peer.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>

#include "base/check.h"
#include "http/http1/client_loop.h"

namespace nano::fuzz {
namespace {

constexpr char kGood[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n@@";
constexpr int kTurnsLater = 5;

}  // namespace

struct ScriptedPeer::Line {
  int fd = -1;
  std::string input;         // Not taken yet.
  PeerCall* call = nullptr;  // Whose request came last.
  int requests = 0;
  enum class Expects { kHead, kBody } expects = Expects::kHead;
  uint64_t body_left = 0;     // Of the body or of the chunk.
  bool in_chunk = false;      // Else a chunk's size comes next.
  std::string script;         // Still to be done.
  size_t sent = 0;            // For the request that came last.
  int turns = 0;              // Until the script goes on.
  std::string waiting;        // What the system did not take.
  bool input_ended = false;   // The client's.
  bool output_ended = false;  // Ours.
};

ScriptedPeer::ScriptedPeer(std::deque<PeerCall>& calls) : calls_(calls) {
  for (size_t i = 0; i < kPorts; ++i) {
    listeners_[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    NANO_CHECK(bind(listeners_[i], generic, size) == 0 && listen(listeners_[i], 128) == 0);
    NANO_CHECK(getsockname(listeners_[i], generic, &size) == 0);
    ports_[i] = ntohs(address.sin_port);
  }
}

ScriptedPeer::~ScriptedPeer() {
  for (Line& line : lines_) Close(line);
  for (const int listener : listeners_) close(listener);
}

void ScriptedPeer::Begin(std::vector<std::string> scripts) {
  NANO_CHECK(lines_.empty());
  scripts_ = std::move(scripts);
  next_script_ = 0;
  ending_ = false;
}

void ScriptedPeer::Turn() {
  Accept();
  open_ = 0;
  for (Line& line : lines_) {
    if (line.fd < 0) continue;
    Receive(line);
    if (line.fd >= 0 && !line.input_ended) ++open_;
    if (line.turns > 0 && --line.turns > 0) continue;
    Answer(line);
  }
}

void ScriptedPeer::EndAll() {
  ending_ = true;
  for (Line& line : lines_) Close(line);
}

bool ScriptedPeer::AllClosed() {
  Accept();
  for (Line& line : lines_) {
    if (line.fd >= 0) Receive(line);
    if (line.fd >= 0 && !line.input_ended) return false;
  }
  for (Line& line : lines_) Close(line);
  lines_.clear();
  return true;
}

void ScriptedPeer::Accept() {
  for (const int listener : listeners_) {
    for (;;) {
      const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (fd < 0) break;
      lines_.emplace_back().fd = fd;
      if (ending_) Close(lines_.back());
    }
  }
}

// By a reset, so that the system need not remember the connection.
void ScriptedPeer::Close(Line& line) {
  if (line.fd < 0) return;
  const linger at_once{1, 0};
  setsockopt(line.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(std::exchange(line.fd, -1));
}

void ScriptedPeer::Receive(Line& line) {
  char part[16384];
  ssize_t size;
  while ((size = recv(line.fd, part, sizeof part, 0)) > 0) {
    line.input.append(part, static_cast<size_t>(size));
    TakeRequests(line);
  }
  if (size == 0) line.input_ended = true;
  if (size < 0 && errno != EAGAIN) Close(line);
}

void ScriptedPeer::TakeRequests(Line& line) {
  while (line.expects == Line::Expects::kHead ? TakeHead(line) : TakeBody(line)) {
  }
}

bool ScriptedPeer::TakeHead(Line& line) {
  const size_t end = line.input.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  const std::string head = line.input.substr(0, end + 4);
  line.input.erase(0, end + 4);
  const auto found = std::find_if(calls_.begin(), calls_.end(),
                                  [&](const PeerCall& call) { return call.head == head; });
  NANO_CHECK(found != calls_.end());  // A request that nobody made.
  PeerCall& call = *found;

  // Nobody asks on a connection on which something went wrong.
  if (line.call != nullptr) NANO_CHECK(!line.call->lets_line_go);
  // Asked once more, at most, and only if the server may well not have seen it.
  if (++call.requests == 1) {
    call.on_used_line = line.requests > 0;
  } else {
    NANO_CHECK(call.requests == 2 && call.on_used_line && call.answered == 0);
    NANO_CHECK(!(call.streamed && call.body_begun));
  }
  ++line.requests;
  line.call = &call;
  line.sent = 0;
  line.body_left = call.body_length;
  line.in_chunk = !call.chunked;
  if (call.chunked || call.body_length > 0) line.expects = Line::Expects::kBody;
  line.script += next_script_ < scripts_.size() ? scripts_[next_script_++] : kGood;
  return true;
}

// A part of the body, which consists of the call's tag.
bool ScriptedPeer::TakeBody(Line& line) {
  std::string& input = line.input;
  if (!input.empty()) line.call->body_begun = true;
  if (!line.in_chunk) {
    const size_t end = input.find("\r\n");
    if (end == std::string::npos) return false;
    const auto [rest, error] =
        std::from_chars(input.data(), input.data() + end, line.body_left, 16);
    NANO_CHECK(error == std::errc() && rest == input.data() + end);
    if (line.body_left == 0) {
      if (input.size() < end + 4) return false;
      NANO_CHECK(input.compare(end + 2, 2, "\r\n") == 0);
      input.erase(0, end + 4);
      line.expects = Line::Expects::kHead;
      return true;
    }
    input.erase(0, end + 2);
    line.in_chunk = true;
  }
  const size_t size = std::min<uint64_t>(input.size(), line.body_left);
  for (size_t i = 0; i < size; ++i) NANO_CHECK(input[i] == line.call->tag);
  input.erase(0, size);
  line.body_left -= size;
  if (line.body_left > 0) return false;
  if (!line.call->chunked) {
    line.expects = Line::Expects::kHead;
    return true;
  }
  if (input.size() < 2) return false;
  NANO_CHECK(input.starts_with("\r\n"));
  input.erase(0, 2);
  line.in_chunk = false;
  return true;
}

void ScriptedPeer::Answer(Line& line) {
  while (line.fd >= 0 && !(line.script.empty() && line.waiting.empty())) {
    if (!line.waiting.empty()) {
      if (!Send(line, std::exchange(line.waiting, {}))) return;
      continue;
    }
    const auto is_step = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
    const auto step = std::find_if(line.script.begin(), line.script.end(), is_step);
    if (step != line.script.begin()) {
      std::string text(line.script.begin(), step);
      line.script.erase(line.script.begin(), step);
      // Whoever has asked meanwhile takes what comes now for its answer.
      Receive(line);
      if (line.fd < 0) return;
      std::replace(text.begin(), text.end(), '@', line.call->tag);
      if (!Send(line, text)) return;
      continue;
    }
    const char what = line.script.front();
    line.script.erase(0, 1);
    switch (what) {
      case kWait:
        line.turns = 1;
        return;
      case kLater:
        line.turns = kTurnsLater;
        return;
      case kEnd:
        shutdown(line.fd, SHUT_WR);
        line.output_ended = true;
        break;
      case kReset:
        Close(line);
        break;
      case kFill: {
        constexpr size_t kBuffer = http1::ClientLoop::kHeadRead;
        line.script.insert(0, kBuffer - line.sent % kBuffer, '@');
        break;
      }
      default:
        line.script.insert(line.script.begin(), static_cast<char>(what & 0x7f));
    }
  }
}

// False if that is all for now.
bool ScriptedPeer::Send(Line& line, const std::string& bytes) {
  if (line.output_ended) return true;
  const ssize_t size = send(line.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (size < 0 && errno != EAGAIN) {
    Close(line);
    return false;
  }
  const size_t taken = size < 0 ? 0 : static_cast<size_t>(size);
  line.sent += taken;
  line.call->answered += taken;
  line.waiting = bytes.substr(taken);
  return line.waiting.empty();
}

}  // namespace nano::fuzz

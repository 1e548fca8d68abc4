// Tests of secured sockets: the owner reads and writes plain bytes, whatever the layer and the
// descriptor make of them, and learns of handshakes, ends and failures as of any socket's.
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/output.h"
#include "net/socket.h"
#include "tests/unit/toy_secure_layer.h"

namespace nano::net {
namespace {

using testing::ToyPeer;
using testing::ToySecureLayer;
using Side = ToySecureLayer::Side;

// Both ends of a line, non-blocking, with little room.
std::pair<int, int> MakeLine() {
  int ends[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
  for (const int end : ends) {
    const int size = 4096;
    setsockopt(end, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  }
  return {ends[0], ends[1]};
}

// The same over TCP, which alone throws input away by itself.
std::pair<int, int> MakeTcpLine() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(listen(listener, 1) == 0);
  REQUIRE(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  const int first = socket(AF_INET, SOCK_STREAM, 0);
  REQUIRE(connect(first, reinterpret_cast<sockaddr*>(&address), size) == 0);
  const int second = accept(listener, nullptr, nullptr);
  REQUIRE(second >= 0);
  close(listener);
  for (const int end : {first, second}) {
    const int on = 1;
    setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(end, F_SETFL, O_NONBLOCK);
  }
  return {first, second};
}

struct Loop {
  Loop() { uv_loop_init(&loop); }
  ~Loop() {
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&loop) == 0);
  }
  // Turns the loop until `done`, or for so many turns that it never will be.
  bool Until(const std::function<bool()>& done) {
    for (int turn = 0; turn < 10'000 && !done(); ++turn) uv_run(&loop, UV_RUN_NOWAIT);
    return done();
  }
  // As many turns as anything that is going to happen needs.
  void Settle() {
    for (int turn = 0; turn < 50; ++turn) uv_run(&loop, UV_RUN_NOWAIT);
  }

  uv_loop_t loop;
  BufferPool pool;
};

// A secured socket with an output, used as a connection uses them.
class End {
 public:
  End(Loop& loop, int fd, Side side) : End(loop, fd, std::make_unique<ToySecureLayer>(side)) {}
  End(Loop& loop, int fd, std::unique_ptr<SecureLayer> layer)
      : socket_(kEvents, this), output(socket_, loop.pool) {
    socket_.Open(&loop.loop, fd);
    socket_.Secure(std::move(layer), loop.pool);
  }
  ~End() { Close(); }
  End(const End&) = delete;
  End& operator=(const End&) = delete;

  void Send(std::string_view text) {
    output.buffer().append(text);
    output.Flush();
    Watch();
  }
  void Watch() { socket_.Watch(reads && result != 0 && !error(), output.queued() > 0); }
  void Close(bool reset = false) {
    if (!std::exchange(closed_, true)) socket_.Close(reset);
  }
  bool error() const { return result < 0 && result != -EAGAIN; }
  Socket& socket() { return socket_; }

  bool reads = true;
  size_t read_size = 64 * 1024;
  std::string received;
  ssize_t result = -EAGAIN;  // Of the last read.
  int told_readable = 0;
  int told_writable = 0;

 private:
  static const Socket::Events kEvents;

  void OnReady(bool readable, bool writable) {
    told_readable += readable;
    told_writable += writable;
    if (writable) output.Resume();
    if (readable) {
      std::vector<char> buffer(read_size);
      result = socket_.Read(buffer);
      if (result > 0) received.append(buffer.data(), static_cast<size_t>(result));
    }
    if (!closed_) Watch();
  }

  Socket socket_;
  bool closed_ = false;

 public:
  Output output;
};

const Socket::Events End::kEvents = {
    .ready = [](void* end, bool readable,
                bool writable) { static_cast<End*>(end)->OnReady(readable, writable); },
    .closed = [](void*) {},
};

// A secured socket, and its peer played by hand on the bare descriptor.
struct Played {
  explicit Played(Side side, std::pair<int, int> over = MakeLine())
      : line(over),
        end(std::make_unique<End>(loop, line.first, side)),
        peer(side == Side::kServer ? Side::kClient : Side::kServer) {
    end->Watch();
  }
  // A server's.
  explicit Played(std::unique_ptr<SecureLayer> layer)
      : line(MakeLine()),
        end(std::make_unique<End>(loop, line.first, std::move(layer))),
        peer(Side::kClient) {
    end->Watch();
  }
  ~Played() {
    end->Close();
    loop.Settle();
    close(line.second);
  }

  // Carries bytes in both directions until nothing moves; `at_once`: to the socket, in one piece.
  void Exchange(size_t at_once = SIZE_MAX) {
    for (int still = 0; still < 20; ++still) {
      loop.Settle();
      char part[1024];
      ssize_t size;
      while ((size = recv(line.second, part, sizeof part, 0)) > 0) {
        still = 0;
        wire.append(part, static_cast<size_t>(size));
        peer.Take({part, static_cast<size_t>(size)});
      }
      hung_up = size == 0;
      const std::string_view next = std::string_view(peer.outgoing).substr(0, at_once);
      if (next.empty()) continue;
      const ssize_t sent = send(line.second, next.data(), next.size(), MSG_NOSIGNAL);
      if (sent > 0) {
        peer.outgoing.erase(0, static_cast<size_t>(sent));
        still = 0;
      }
    }
  }
  // Sends what the peer has to say in one piece.
  void SendTogether() {
    REQUIRE(send(line.second, peer.outgoing.data(), peer.outgoing.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(peer.outgoing.size()));
    peer.outgoing.clear();
  }

  Loop loop;
  std::pair<int, int> line;
  std::unique_ptr<End> end;
  ToyPeer peer;
  std::string wire;  // What came over it.
  bool hung_up = false;
};

std::string Text(size_t size) {
  std::string text;
  while (text.size() < size) text += std::to_string(text.size()) + ",";
  text.resize(size);
  return text;
}

TEST_CASE("two secured sockets tell each other more than the line holds", "[secure]") {
  Loop loop;
  const auto [first, second] = MakeLine();
  End client(loop, first, Side::kClient);
  End server(loop, second, Side::kServer);
  server.Watch();
  // Before the handshake: it waits.
  const std::string question = Text(300'000);
  client.Send(question);
  CHECK(client.output.queued() == question.size());
  REQUIRE(loop.Until([&] { return server.received.size() == question.size(); }));
  CHECK(server.received == question);

  const std::string head = Text(100);
  const std::string body = Text(1'000'000);
  server.output.buffer().append(head);
  server.output.FlushWith(body);
  server.Watch();
  CHECK(server.output.queued() > 0);
  REQUIRE(loop.Until([&] { return client.received.size() == head.size() + body.size(); }));
  CHECK(client.received == head + body);
  loop.Settle();
  CHECK(server.output.queued() == 0);
  client.Close();
  REQUIRE(loop.Until([&] { return server.result == 0; }));
  server.Close();
}

TEST_CASE("output is gone when what carries it is, and not before", "[secure]") {
  Played played(Side::kServer);
  played.Exchange();
  // Less than is sealed at once, and more.
  const std::string text = Text(GENERATE(20'000, 200'000));
  played.end->Send(text);
  played.loop.Settle();
  CHECK(played.end->output.queued() > 0);
  const uint64_t delivered = played.end->socket().delivered();
  played.Exchange();
  CHECK(played.end->output.queued() == 0);
  CHECK(played.peer.received == text);
  CHECK(played.end->socket().delivered() > delivered);
  // Never plain.
  CHECK(played.wire.find(text.substr(0, 20)) == std::string::npos);
}

TEST_CASE("bytes that arrive one by one are a handshake and data all the same", "[secure]") {
  const Side side = GENERATE(Side::kClient, Side::kServer);
  Played played(side);
  played.end->Send("asked early");
  played.Exchange(1);
  played.peer.Send("one");
  played.peer.Send("two");
  played.Exchange(1);
  CHECK(played.end->received == "onetwo");
  CHECK(played.peer.received == "asked early");
}

TEST_CASE("who waits to write is not woken while the handshake waits to read", "[secure]") {
  Played played(Side::kServer);
  played.end->Send("answer");
  played.loop.Settle();
  CHECK(played.end->told_writable == 0);
  CHECK(played.end->output.queued() == 6);
  played.Exchange();
  CHECK(played.end->output.queued() == 0);
  CHECK(played.peer.received == "answer");
}

TEST_CASE("data with the end of the handshake waits until it is wanted", "[secure]") {
  Played played(Side::kServer);
  played.end->reads = false;
  played.end->Send("hello");  // What it waits for.
  played.SendTogether();      // The client's hello.
  played.loop.Settle();
  char part[100];
  const ssize_t size = recv(played.line.second, part, sizeof part, 0);
  REQUIRE(size > 0);
  played.peer.Take({part, static_cast<size_t>(size)});
  played.peer.Send("early bird");
  played.SendTogether();
  played.loop.Settle();
  CHECK(played.end->output.queued() == 0);
  CHECK(played.end->received.empty());
  // The descriptor has nothing more, and would never tell.
  played.end->reads = true;
  played.end->read_size = 5;
  played.end->Watch();
  CHECK(played.loop.Until([&] { return played.end->received == "early bird"; }));
  played.end->read_size = 64 * 1024;
  played.peer.Send("next");
  played.Exchange();
  CHECK(played.end->received == "early birdnext");
}

TEST_CASE("the peer's end is told after its data, once, and is no end of ours", "[secure]") {
  Played played(Side::kServer);
  played.Exchange();
  played.peer.Send("last words");
  played.peer.End();
  played.SendTogether();
  played.loop.Settle();
  CHECK(played.end->received == "last words");
  CHECK(played.end->result == 0);
  const int told = played.end->told_readable;
  played.loop.Settle();
  CHECK(played.end->told_readable == told);
  played.end->Send("answer");
  played.Exchange();
  CHECK(played.peer.received == "answer");
  CHECK(played.end->socket().failure().empty());
}

TEST_CASE("an end that was not announced is no end", "[secure]") {
  Played played(Side::kServer);
  const bool open = GENERATE(true, false);
  if (open) played.Exchange();
  shutdown(played.line.second, SHUT_WR);
  played.loop.Settle();
  CHECK(played.end->result == -ECONNRESET);
}

TEST_CASE("our end is told, after all that was sent, and the descriptor's follows", "[secure]") {
  Played played(Side::kServer);
  played.Exchange();
  const std::string text = Text(100'000);
  played.end->Send(text);
  played.Exchange();
  CHECK(played.end->socket().EndWriting());
  played.Exchange();
  CHECK(played.peer.received == text);
  CHECK(played.peer.layer().state() == SecureLayer::State::kEnded);
  CHECK(played.hung_up);
  // Its own end stays open.
  played.peer.Send("still here");
  played.Exchange();
  CHECK(played.end->received == "still here");
}

TEST_CASE("our end waits for a line that is full", "[secure]") {
  Played played(Side::kServer);
  played.Exchange();
  // The peer reads nothing, and the last bytes fill the line to the brim.
  const std::string filler(1'000'000, 'x');
  while (send(played.line.first, filler.data(), filler.size(), MSG_NOSIGNAL) > 0) continue;
  CHECK(played.end->socket().EndWriting());
  played.loop.Settle();
  char part[65536];
  size_t size = 0;
  std::string last;
  CHECK(played.loop.Until([&] {
    const ssize_t got = recv(played.line.second, part, sizeof part, 0);
    if (got > 0) last.assign(part, static_cast<size_t>(got));
    size += static_cast<size_t>(std::max<ssize_t>(got, 0));
    return got == 0;
  }));
  CHECK(last.ends_with(std::string_view("E\0\0\0", 4)));
}

TEST_CASE("closing says goodbye, a reset does not", "[secure]") {
  Played played(Side::kServer);
  const bool reset = GENERATE(false, true);
  played.Exchange();
  played.end->Close(reset);
  played.Exchange();
  const SecureLayer::State expected =
      reset ? SecureLayer::State::kOpen : SecureLayer::State::kEnded;
  CHECK(played.peer.layer().state() == expected);
  CHECK(played.hung_up);
}

TEST_CASE("a peer that breaks the protocol is told so, and the owner why", "[secure]") {
  const bool during_handshake = GENERATE(true, false);
  Played played(Side::kServer);
  if (!during_handshake) played.Exchange();
  std::string& bytes = played.peer.outgoing;
  if (bytes.empty()) played.peer.Send("data");
  bytes.back() ^= 1;
  played.Exchange();
  CHECK(played.end->result == -EPROTO);
  CHECK(played.end->socket().failure() == "the sum is wrong");
  CHECK(played.peer.layer().failure() == "the peer says: the sum is wrong");
  played.end->Send("nobody reads this");
  CHECK(played.end->output.failed());
}

TEST_CASE("bytes that a layer cannot seal are not written", "[secure]") {
  using Worn = ToySecureLayer::Worn;
  const Worn worn = GENERATE(Worn::kFails, Worn::kSealsNothing);
  // More than is sealed at once, which goes; the rest does not.
  const size_t sealable = 100'000;
  const std::string text = Text(GENERATE(50, 80'000));
  Played played(std::make_unique<ToySecureLayer>(Side::kServer, sealable, worn));
  played.Exchange();
  size_t written = 0;
  while (!played.end->output.failed()) {
    REQUIRE(written <= sealable);
    written += text.size();
    played.end->Send(text);
    played.Exchange();
  }
  Socket& socket = played.end->socket();
  CHECK(socket.Write("more", {}) == -EPROTO);
  // As much as the layer sealed, and nothing of what it did not.
  CHECK(played.peer.received.size() <= sealable);
  CHECK(played.peer.received.size() < written);
  if (worn == Worn::kFails) {
    CHECK(socket.failure() == "its keys are worn out");
    CHECK(played.peer.layer().failure() == "the peer says: its keys are worn out");
  }
}

TEST_CASE("a writer learns that the handshake failed", "[secure]") {
  Played played(Side::kClient);
  played.end->reads = false;
  played.end->Send("question");
  REQUIRE(send(played.line.second, "H\0\0\1", 4, MSG_NOSIGNAL) == 4);
  played.loop.Settle();
  CHECK(played.end->output.failed());
  CHECK(played.end->socket().failure() == "the sum is wrong");
}

TEST_CASE("input that nobody wants is thrown away, up to an end that was told", "[secure]") {
  Played played(Side::kServer, MakeTcpLine());
  played.Exchange();
  played.end->reads = false;
  played.end->Watch();
  Socket& socket = played.end->socket();
  played.peer.Send(Text(1000));
  SECTION("the descriptor's end") {
    played.SendTogether();
    CHECK(socket.Discard() > 1000);
    CHECK(socket.Discard() == -EAGAIN);
    shutdown(played.line.second, SHUT_WR);
    CHECK(socket.Discard() == 0);
  }
  SECTION("an end that was told with data") {
    played.peer.End();
    played.SendTogether();
    std::vector<char> buffer(64 * 1024);
    CHECK(socket.Read(buffer) == 1000);
    CHECK(socket.Discard() == 0);
  }
}

}  // namespace
}  // namespace nano::net

// Tests of secured sockets: the owner reads and writes plain bytes, whatever the layer and the
// descriptor make of them, and learns of handshakes, ends and failures as of any socket's.
#include <sys/socket.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "net/file_part.h"
#include "net/socket.h"
#include "tests/unit/net/secure_line.h"
#include "tests/unit/toy_secure_layer.h"

namespace nano::net {
namespace {

using testing::End;
using testing::Loop;
using testing::MakeLine;
using testing::MakeTcpLine;
using testing::Played;
using testing::Side;
using testing::Text;
using testing::ToySecureLayer;

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

TEST_CASE("a file goes through a secured socket from where it is mapped", "[secure][file]") {
  Loop loop;
  const auto [first, second] = MakeLine();
  End client(loop, first, Side::kClient);
  End server(loop, second, Side::kServer);
  client.Watch();
  const auto body = std::make_shared<const std::string>(Text(3'000'000));
  const std::string head = Text(100);
  server.output.buffer().append(head);
  server.output.FlushWith(FilePart{.bytes = *body, .owner = body});
  server.output.FlushWith(std::string_view("after"));
  server.Watch();
  CHECK(server.output.queued() > 2'000'000);
  CHECK(server.output.kept() < 1000);
  CHECK(body.use_count() == 2);
  const std::string all = head + *body + "after";
  REQUIRE(loop.Until([&] { return client.received.size() == all.size(); }));
  CHECK((client.received == all));
  loop.Settle();
  CHECK(server.output.queued() == 0);
  CHECK(body.use_count() == 1);
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

// Tests of the control channel: what is sent comes, whole and in order, and what nobody may send
// ends it.
#include "server/control/channel.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nano::server {
namespace {

struct Side final : Channel::Peer {
  void OnPacket(Packet packet) override {
    packets.push_back(std::move(packet));
    if (on_packet) on_packet();
  }
  void OnChannelEnd(std::string_view error) override { end = std::string(error); }

  std::vector<Packet> packets;
  std::optional<std::string> end;
  std::function<void()> on_packet;
  std::unique_ptr<Channel> channel;
};

class Channels {
 public:
  Channels() {
    REQUIRE(uv_loop_init(&loop_) == 0);
    auto ends = Channel::MakeEnds();
    REQUIRE(ends.ok());
    left_raw_ = ends->first.get();
    raw_ = ends->second.get();
    left.channel = Channel::Open(&loop_, std::move(ends->first), left).value();
    right_end_ = std::move(ends->second);
  }
  ~Channels() {
    left.channel.reset();
    right.channel.reset();
    uv_run(&loop_, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&loop_) == 0);
  }

  void OpenRight() { right.channel = Channel::Open(&loop_, std::move(right_end_), right).value(); }
  void CloseRight() { right_end_ = Descriptor(); }

  // Until `done`, within a bound of turns.
  void RunUntil(const std::function<bool()>& done) {
    for (int turn = 0; turn < 100'000 && !done(); ++turn) uv_run(&loop_, UV_RUN_NOWAIT);
    REQUIRE(done());
  }

  // The other end, before OpenRight.
  int raw() const { return raw_; }
  int left_raw() const { return left_raw_; }

  Side left, right;

 private:
  uv_loop_t loop_;
  Descriptor right_end_;
  int raw_ = -1;
  int left_raw_ = -1;
};

TEST_CASE("packets come whole and in order, in both directions", "[channel]") {
  Channels channels;
  channels.OpenRight();
  const std::string large(3 << 20, 'x');
  REQUIRE(channels.left.channel->Send(1, "first").ok());
  REQUIRE(channels.left.channel->Send(2, large).ok());
  REQUIRE(channels.left.channel->Send(3, "").ok());
  REQUIRE(channels.right.channel->Send(4, "back").ok());
  channels.RunUntil(
      [&] { return channels.right.packets.size() == 3 && channels.left.packets.size() == 1; });
  const std::vector<Packet>& got = channels.right.packets;
  CHECK(got[0].kind == 1);
  CHECK(got[0].body == "first");
  CHECK(got[1].kind == 2);
  CHECK((got[1].body == large));
  CHECK(got[2].kind == 3);
  CHECK(got[2].body.empty());
  CHECK(channels.left.packets[0].body == "back");
}

TEST_CASE("what has come can be taken without the loop", "[channel]") {
  Channels channels;
  channels.OpenRight();
  CHECK_FALSE(channels.right.channel->ReceiveWithin(0));
  REQUIRE(channels.left.channel->Send(1, "first").ok());
  REQUIRE(channels.left.channel->Send(2, "second").ok());
  CHECK(channels.right.channel->ReceiveWithin(10'000));
  CHECK(channels.right.packets.size() == 2);
  SECTION("until its peer destroys it") {
    REQUIRE(channels.left.channel->Send(3, "third").ok());
    channels.right.on_packet = [&] { channels.right.channel.reset(); };
    CHECK_FALSE(channels.right.channel->ReceiveWithin(10'000));
    CHECK(channels.right.packets.size() == 3);
  }
  SECTION("until its end") {
    channels.left.channel.reset();
    CHECK_FALSE(channels.right.channel->ReceiveWithin(10'000));
    CHECK(channels.right.end.has_value());
  }
}

TEST_CASE("bodies of every size about the largest that goes in a packet", "[channel]") {
  Channels channels;
  channels.OpenRight();
  std::vector<size_t> sizes;
  for (size_t size = 32 * 1024 - 2; size <= 32 * 1024 + 2; ++size) sizes.push_back(size);
  for (const size_t size : sizes) {
    REQUIRE(channels.left.channel->Send(1, std::string(size, 'y')).ok());
  }
  channels.RunUntil([&] { return channels.right.packets.size() == sizes.size(); });
  for (size_t i = 0; i < sizes.size(); ++i)
    CHECK(channels.right.packets[i].body.size() == sizes[i]);
}

TEST_CASE("a descriptor goes along, beside a large body too", "[channel]") {
  Channels channels;
  channels.OpenRight();
  for (const std::string& body : {std::string("small"), std::string(100'000, 'z')}) {
    CAPTURE(body.size());
    channels.right.packets.clear();
    Descriptor file(memfd_create("test", MFD_CLOEXEC));
    REQUIRE(write(file.get(), "content", 7) == 7);
    REQUIRE(channels.left.channel->Send(1, body, file.get()).ok());
    file = Descriptor();  // A copy went.
    channels.RunUntil([&] { return channels.right.packets.size() == 1; });
    const Packet& packet = channels.right.packets[0];
    CHECK((packet.body == body));
    char text[8] = {};
    REQUIRE(pread(packet.descriptor.get(), text, 7, 0) == 7);
    CHECK(std::string(text) == "content");
    CHECK((fcntl(packet.descriptor.get(), F_GETFD) & FD_CLOEXEC) != 0);
  }
  CHECK_FALSE(channels.left.channel->Send(1, "body", 1'000'000).ok());
}

TEST_CASE("what a side that does not read cannot take waits for it", "[channel]") {
  Channels channels;
  constexpr int kCount = 5'000;
  for (int i = 0; i < kCount; ++i) {
    REQUIRE(channels.left.channel->Send(7, std::to_string(i) + std::string(1'000, '.')).ok());
  }
  channels.OpenRight();
  channels.RunUntil([&] { return channels.right.packets.size() == kCount; });
  for (int i = 0; i < kCount; ++i) {
    REQUIRE(
        channels.right.packets[static_cast<size_t>(i)].body.starts_with(std::to_string(i) + "."));
  }
}

TEST_CASE("a side that is gone is told of after what it had sent; sending to it does nothing",
          "[channel]") {
  Channels channels;
  REQUIRE(send(channels.raw(), "\x05\0\2\0\0\0hi", 8, 0) == 8);
  channels.CloseRight();
  REQUIRE(channels.left.channel->Send(1, "nobody hears").ok());
  channels.RunUntil([&] { return channels.left.end.has_value(); });
  REQUIRE(channels.left.packets.size() == 1);
  CHECK(channels.left.packets[0].body == "hi");
  CHECK(channels.left.end->empty());
  CHECK(channels.left.channel->Send(1, "nor this").ok());
}

TEST_CASE("a packet that nobody may send ends the channel, with a reason", "[channel]") {
  const std::string packets[] = {
      std::string("\x01", 1),                    // No header.
      std::string("\x01\0\5\0\0\0hi", 8),        // Shorter than it says.
      std::string("\x01\0\1\0\0\0hi", 8),        // Longer.
      std::string("\x01\2\2\0\0\0hi", 8),        // A descriptor that is not there.
      std::string("\x01\1\2\0\0\0", 6),          // A file that is not there.
      std::string("\x01\0\377\377\377\377", 6),  // More than there may be.
      std::string("\x01\0\0\200\0\0", 6) + std::string(40'000, 'x'),  // More than a packet has.
  };
  for (const std::string& packet : packets) {
    CAPTURE(packet.substr(0, 20));
    Channels channels;
    REQUIRE(send(channels.raw(), packet.data(), packet.size(), 0) ==
            static_cast<ssize_t>(packet.size()));
    channels.RunUntil([&] { return channels.left.end.has_value(); });
    CHECK(channels.left.packets.empty());
    CHECK_FALSE(channels.left.end->empty());
  }
}

// A packet whose body of 1000 bytes is in a file.
void SendInFile(int socket, int fd) {
  std::string header("\x01\1\350\3\0\0", 6);
  iovec data{.iov_base = header.data(), .iov_len = header.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(rights), &fd, sizeof fd);
  REQUIRE(sendmsg(socket, &message, 0) == 6);
}

TEST_CASE("a file that is shorter than the packet says ends the channel", "[channel]") {
  Channels channels;
  const Descriptor file(memfd_create("test", MFD_CLOEXEC));
  REQUIRE(ftruncate(file.get(), 100) == 0);
  SendInFile(channels.raw(), file.get());
  channels.RunUntil([&] { return channels.left.end.has_value(); });
  CHECK_THAT(*channels.left.end, Catch::Contains("shorter"));
}

TEST_CASE("a body in a file that could keep its reader waiting is not read", "[channel]") {
  for (const char* path : {"/dev/zero", "/proc/self/status"}) {
    CAPTURE(path);
    Channels channels;
    const Descriptor file(open(path, O_RDONLY | O_CLOEXEC));
    REQUIRE(file.get() >= 0);
    SendInFile(channels.raw(), file.get());
    channels.RunUntil([&] { return channels.left.end.has_value(); });
    CHECK_THAT(*channels.left.end, Catch::Contains("no file in memory"));
  }
}

TEST_CASE("a packet that cannot be sent ends the channel: nobody goes on without it", "[channel]") {
  Channels channels;
  const int least = 1;  // The kernel makes some thousand bytes of it.
  REQUIRE(setsockopt(channels.left_raw(), SOL_SOCKET, SO_SNDBUF, &least, sizeof least) == 0);
  channels.OpenRight();
  REQUIRE(channels.left.channel->Send(1, std::string(32 * 1024, 'x')).ok());
  REQUIRE(channels.left.channel->Send(2, "after it").ok());
  channels.RunUntil([&] { return channels.left.end && channels.right.end; });
  CHECK(channels.right.packets.empty());
}

TEST_CASE("a body that no receiver takes is not sent", "[channel]") {
  Channels channels;
  channels.OpenRight();
  // All zeros, of which the system makes one page.
  const Descriptor zeros(memfd_create("test", MFD_CLOEXEC));
  constexpr size_t kSize = Channel::kMaxBody + 1;
  REQUIRE(ftruncate(zeros.get(), static_cast<off_t>(kSize)) == 0);
  void* const bytes = mmap(nullptr, kSize, PROT_READ, MAP_PRIVATE, zeros.get(), 0);
  REQUIRE(bytes != MAP_FAILED);
  const Result<void> sent =
      channels.left.channel->Send(1, {static_cast<const char*>(bytes), kSize});
  munmap(bytes, kSize);
  REQUIRE_FALSE(sent.ok());
  CHECK_THAT(sent.error().message, Catch::Contains("too large"));
  REQUIRE(channels.left.channel->Send(2, "after it").ok());
  channels.RunUntil([&] { return channels.right.packets.size() == 1; });
}

TEST_CASE("a channel may be destroyed by who gets a packet of it", "[channel]") {
  Channels channels;
  channels.OpenRight();
  channels.right.on_packet = [&] { channels.right.channel.reset(); };
  REQUIRE(channels.left.channel->Send(1, "one").ok());
  REQUIRE(channels.left.channel->Send(1, "two").ok());
  channels.RunUntil([&] { return channels.left.end.has_value(); });
  CHECK(channels.right.packets.size() == 1);
}

}  // namespace
}  // namespace nano::server

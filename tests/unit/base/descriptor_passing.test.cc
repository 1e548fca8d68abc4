// base/descriptor_passing.h
#include "base/descriptor_passing.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <vector>

#include "base/descriptor.h"

namespace nano {
namespace {

struct Pair {
  Pair() {
    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
    sender = Descriptor(ends[0]);
    receiver = Descriptor(ends[1]);
  }
  Descriptor sender;
  Descriptor receiver;
};

TEST_CASE("a descriptor arrives as another one of the same file") {
  const Pair pair;
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const Descriptor reader(ends[0]);
  {
    const Descriptor writer(ends[1]);
    REQUIRE(SendDescriptor(pair.sender.get(), writer.get()));
  }
  const Descriptor received(ReceiveDescriptor(pair.receiver.get()));
  REQUIRE(received.get() >= 0);
  CHECK((fcntl(received.get(), F_GETFD) & FD_CLOEXEC) != 0);
  REQUIRE(write(received.get(), "x", 1) == 1);
  char byte = 0;
  CHECK(read(reader.get(), &byte, 1) == 1);
}

TEST_CASE("many arrive with one message, in their order") {
  const Pair pair;
  std::vector<Descriptor> files;
  std::vector<int> fds;
  for (size_t i = 0; i < kDescriptorsAtOnce; ++i) {
    files.emplace_back(fcntl(pair.sender.get(), F_DUPFD_CLOEXEC, 0));
    fds.push_back(files.back().get());
  }
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  const Descriptor reader(ends[0]), writer(ends[1]);
  fds.back() = writer.get();
  REQUIRE(SendDescriptors(pair.sender.get(), fds));
  const std::vector<Descriptor> received = ReceiveDescriptors(pair.receiver.get());
  REQUIRE(received.size() == kDescriptorsAtOnce);
  for (const Descriptor& each : received) CHECK((fcntl(each.get(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK(write(received.back().get(), "x", 1) == 1);
  CHECK(ReceiveDescriptors(pair.receiver.get(), MSG_DONTWAIT).empty());
  CHECK(errno == EAGAIN);
}

TEST_CASE("why no descriptor arrives") {
  Pair pair;
  CHECK(ReceiveDescriptor(pair.receiver.get(), MSG_DONTWAIT) == -1);
  CHECK(errno == EAGAIN);

  // No room: it is lost, the channel goes on.
  REQUIRE(SendDescriptor(pair.sender.get(), STDIN_FILENO));
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
  const int lost = ReceiveDescriptor(pair.receiver.get());
  const int reason = errno;
  REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(lost == -1);
  CHECK(reason == EMFILE);

  pair.sender = Descriptor();
  CHECK(ReceiveDescriptor(pair.receiver.get()) == -1);
  CHECK(errno == 0);
  CHECK_FALSE(SendDescriptor(pair.sender.get(), STDIN_FILENO));
}

}  // namespace
}  // namespace nano

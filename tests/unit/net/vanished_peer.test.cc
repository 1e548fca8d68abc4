// A peer whose host is gone, played by a filter that throws away what the system gets for it: what
// is known of it, and what the system is asked to do.
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>

#include "net/socket.h"
#include "tests/unit/net/secure_line.h"

namespace nano::net::testing {
namespace {

// A plain socket at one end of a TCP line, and the bare descriptor of the other.
struct Plain {
  Plain() { socket.Open(&loop.loop, line.first); }
  ~Plain() {
    socket.Close(false);
    loop.Settle();
    close(line.second);
  }
  // From now on nothing that is sent there arrives or is confirmed.
  void Vanish() const {
    sock_filter drop[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
    const sock_fprog program{1, drop};
    REQUIRE(setsockopt(line.second, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0);
  }
  // Sends until the system takes no more.
  void Fill() {
    const std::string part(64 * 1024, 'x');
    while (socket.Write(part, {}) > 0) continue;
  }
  int Option(int level, int name) const {
    int value = 0;
    socklen_t size = sizeof value;
    REQUIRE(getsockopt(line.first, level, name, &value, &size) == 0);
    return value;
  }

  static inline const Socket::Events kEvents = {.ready = [](void*, bool, bool) {},
                                                .closed = [](void*) {}};
  Loop loop;
  const std::pair<int, int> line = MakeTcpLine();
  Socket socket{kEvents, nullptr};
};

constexpr uint64_t kSilence = 60;  // In milliseconds.

}  // namespace

TEST_CASE("a peer that confirms nothing is silent, one without room for more is not") {
  Plain there, gone;
  gone.Vanish();
  CHECK(gone.socket.Write("lost", {}) == 4);
  // It reads nothing, and confirms that it has no room whenever it is asked.
  there.Fill();
  CHECK_FALSE(gone.socket.PeerSilent(UINT64_MAX));
  for (int tries = 0; tries < 1'000 && !gone.socket.PeerSilent(kSilence); ++tries) usleep(1'000);
  CHECK(gone.socket.PeerSilent(kSilence));
  // After a while it has been silent for all of it, or has been asked.
  usleep(5 * kSilence * 1'000);
  CHECK(gone.socket.PeerSilent(5 * kSilence));
  for (int tries = 0; tries < 5'000 && there.socket.PeerSilent(5 * kSilence); ++tries)
    usleep(1'000);
  CHECK_FALSE(there.socket.PeerSilent(5 * kSilence));
  CHECK(there.socket.PeerSilent(0));  // Bytes still wait.
}

TEST_CASE("a peer that has confirmed all is not silent, however long it says nothing") {
  Plain plain;
  CHECK(plain.socket.Write("arrives", {}) == 7);
  usleep(2'000);
  plain.Vanish();
  CHECK_FALSE(plain.socket.PeerSilent(0));
}

TEST_CASE("who waits has the system ask, and ends within a minute") {
  Plain plain;
  plain.socket.ProbePeer(15);
  CHECK(plain.Option(SOL_SOCKET, SO_KEEPALIVE) == 1);
  CHECK(plain.Option(IPPROTO_TCP, TCP_KEEPIDLE) == 15);
  CHECK(plain.Option(IPPROTO_TCP, TCP_KEEPIDLE) +
            plain.Option(IPPROTO_TCP, TCP_KEEPINTVL) * plain.Option(IPPROTO_TCP, TCP_KEEPCNT) <
        60);
  // It would end those whose peer has no room, too.
  CHECK(plain.Option(IPPROTO_TCP, TCP_USER_TIMEOUT) == 0);
}

}  // namespace nano::net::testing

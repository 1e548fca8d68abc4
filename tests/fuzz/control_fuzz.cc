// Fuzzes what supervisor and worker take from each other: packets, messages, releases, versions.
// Whatever comes, none of it may crash or over-read, and what was taken is written as it came.
//
// An input is a byte that says what it is, and the bytes of it; of packets, each after its size.
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "runtime/entry.h"
#include "server/control/channel.h"
#include "server/control/messages.h"
#include "server/release/release_codec.h"
#include "tests/fuzz/driver.h"

namespace {

using namespace nano::server;  // NOLINT(google-build-using-namespace): all of it is under test.

template <typename Message>
void TryMessage(std::string_view body) {
  const nano::Result<Message> message = Decode<Message>(body);
  if (message.ok()) NANO_CHECK(Encode(*message) == body);
}

std::shared_ptr<const AppVersion> VersionOf(uint32_t id) {
  auto version = std::make_shared<AppVersion>();
  version->id = id;
  version->name = "app" + std::to_string(id);
  version->digest = "0123";
  version->refusal = "has no snapshot here";
  version->env = {{"NAME", "value"}};
  version->services = {{"OTHER", "app1"}};
  return version;
}

// No snapshot is known, and versions 1 to 3 are, of the release that is served.
AppVersion::Snapshot FindNone(std::string_view) { return nullptr; }

const Release& Served() {
  static const std::shared_ptr<const Release> served = [] {
    std::vector<ServedApp> apps;
    for (uint32_t id = 1; id <= 3; ++id) {
      apps.push_back({.version = VersionOf(id), .hosts = {"app" + std::to_string(id) + ".test"}});
    }
    return *Release::Make(2, std::move(apps));
  }();
  return *served;
}

void TryRelease(std::string_view bytes) {
  const auto release = DecodeRelease(bytes, Served(), FindNone);
  if (!release.ok()) {
    NANO_CHECK(!release.error().message.empty());
    return;
  }
  // The same again: the order of its apps, and what was sent of it, are not as they came.
  const std::string encoded = EncodeRelease(Served(), **release);
  const auto again = DecodeRelease(encoded, Served(), FindNone);
  NANO_CHECK(again.ok());
  NANO_CHECK(EncodeRelease(Served(), **again) == encoded);
}

void TryVersion(std::string_view bytes) {
  const auto version = AppVersion::Decode(1, bytes, FindNone);
  if (version.ok()) NANO_CHECK(version->Encode() == bytes);
}

struct Taker final : Channel::Peer {
  void OnPacket(Packet packet) override {
    NANO_CHECK(!ended);
    bytes += packet.body.size();
  }
  void OnChannelEnd(std::string_view) override { ended = true; }
  size_t bytes = 0;
  bool ended = false;
};

// Sends one packet as somebody may who keeps to no rule; the first byte says with how many files.
void SendRaw(int end, std::string_view packet) {
  if (packet.empty()) return;
  const size_t files = static_cast<unsigned char>(packet[0]) % 4;
  std::string bytes(packet.substr(1));
  iovec data{.iov_base = bytes.data(), .iov_len = bytes.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * 3)] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  std::vector<nano::Descriptor> sent;
  if (files > 0) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * files);
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * files);
    for (size_t i = 0; i < files; ++i) {
      sent.emplace_back(memfd_create("fuzz", MFD_CLOEXEC));
      NANO_CHECK(ftruncate(sent.back().get(), 64) == 0);
      const int fd = sent.back().get();
      std::memcpy(CMSG_DATA(rights) + i * sizeof fd, &fd, sizeof fd);
    }
  }
  (void)sendmsg(end, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void TryPackets(std::string_view packets) {
  uv_loop_t loop;
  NANO_CHECK(uv_loop_init(&loop) == 0);
  Taker taker;
  {
    auto ends = Channel::MakeEnds();
    NANO_CHECK(ends.ok());
    auto channel = Channel::Open(&loop, std::move(ends->first), taker);
    NANO_CHECK(channel.ok());
    while (packets.size() > 1) {
      const size_t size = static_cast<unsigned char>(packets[0]);
      SendRaw(ends->second.get(), packets.substr(1, size));
      packets.remove_prefix(std::min(packets.size(), size + 1));
      uv_run(&loop, UV_RUN_NOWAIT);
    }
    ends->second = nano::Descriptor();
    for (int turn = 0; turn < 1'000 && !taker.ended; ++turn) uv_run(&loop, UV_RUN_NOWAIT);
    NANO_CHECK(taker.ended);
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  NANO_CHECK(uv_loop_close(&loop) == 0);
}

std::string ReleaseSeed() {
  std::vector<ServedApp> apps = Served().apps();
  apps.erase(apps.begin());
  apps[0].leaving = true;
  apps[1].canary = Canary{.version = VersionOf(5), .percent = 10};
  apps.push_back({.version = VersionOf(4), .hosts = {"app4.test"}, .is_default = true});
  return EncodeRelease(Served(), **Release::Make(3, std::move(apps)));
}

nano::fuzz::Material Material() {
  using std::string;
  return {
      .seeds = {"A" + ReleaseSeed(), "B" + VersionOf(1)->Encode(),
                "C" + Encode(Prepared{.number = 1, .error = "e", .failures = {{1, "boot", "m"}}}),
                "C" +
                    Encode(WorkerStatus{.token = 1, .versions = {{.version = 2}, {.version = 3}}}),
                "C" + Encode(DrainingVersions{{1, 2, 3}}),
                "C" +
                    Encode(Prepare{.number = 3, .boot = BootAhead::kAll, .release = ReleaseSeed()}),
                string("D\x09\0\1\0\2\0\0\0hi\x07\1\1\1\x40\0\0\0\x09\1\2\2\2\0\0\0hi", 29)},
      .tokens = {string("\0\0\0\0", 4), string("\1\0\0\0", 4), string("\xff\xff\xff\xff", 4),
                 string("\0", 1), string("\1", 1), "app1", ".test", "*."},
  };
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  // Of exactly its size, so that AddressSanitizer sees an overflow.
  const std::vector<char> copy(data + 1, data + size);
  const std::string_view rest(copy.data(), copy.size());
  switch (data[0] % 4) {
    case 'A' % 4:
      TryRelease(rest);
      break;
    case 'B' % 4:
      TryVersion(rest);
      break;
    case 'C' % 4:
      TryMessage<SnapshotPassed>(rest);
      TryMessage<Prepare>(rest);
      TryMessage<ReleaseNumber>(rest);
      TryMessage<Preparing>(rest);
      TryMessage<AppLog>(rest);
      TryMessage<Prepared>(rest);
      TryMessage<DrainingVersions>(rest);
      TryMessage<StatusRequest>(rest);
      TryMessage<ProfileStart>(rest);
      TryMessage<ProfileToken>(rest);
      TryMessage<ProfileEnd>(rest);
      TryMessage<SandboxState>(rest);
      TryMessage<WorkerStatus>(rest);
      TryMessage<StoreScopes>(rest);
      TryMessage<StoreUser>(rest);
      break;
    default:
      TryPackets(rest);
  }
  return 0;
}

int NanoMain(int argc, char** argv) { return nano::fuzz::Drive(argc, argv, Material()); }

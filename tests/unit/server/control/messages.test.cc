// Tests of the messages between supervisor and workers: what one writes the other reads, and
// nothing else.
#include "server/control/messages.h"

#include <catch2/catch.hpp>
#include <string>

namespace nano::server {
namespace {

// Encoding and decoding come to the same; nothing shorter or longer is the message.
template <typename Message>
Message Again(const Message& message) {
  const std::string encoded = Encode(message);
  Result<Message> decoded = Decode<Message>(encoded);
  REQUIRE(decoded.ok());
  CHECK(Encode(*decoded) == encoded);
  for (size_t size = 0; size < encoded.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(Decode<Message>(encoded.substr(0, size)).ok());
  }
  CHECK_FALSE(Decode<Message>(encoded + '\0').ok());
  return std::move(decoded).value();
}

TEST_CASE("messages come again as they were", "[control]") {
  const auto snapshot = Again(SnapshotPassed{.digest = "abc", .bytes = 1ull << 40});
  CHECK(snapshot.digest == "abc");
  CHECK(snapshot.bytes == 1ull << 40);
  const auto prepare = Again(Prepare{
      .number = 1'000'000'000'000, .boot = BootAhead::kAll, .release = std::string("\0x", 2)});
  CHECK(prepare.boot == BootAhead::kAll);
  CHECK(prepare.release.size() == 2);
  CHECK(Again(ReleaseNumber{7}).number == 7);
  const auto run = Again(
      RunStart{.token = 9, .mark = 3, .app = "shop", .cron = "* * * * *", .time = 1ull << 40});
  CHECK(run.cron == "* * * * *");
  CHECK(run.time == 1ull << 40);
  CHECK(Again(RunEnd{.token = 9, .outcome = "ok", .why = "", .ms = 5, .request = "r"}).ms == 5);
  CHECK(Again(Preparing{.version = 3, .step = "boot"}).step == "boot");
  CHECK(Again(AppLog{.version = 3, .line = "a line"}).line == "a line");
  const auto prepared = Again(
      Prepared{.number = 5, .error = "no", .failures = {{1, "boot", "why"}, {2, "health", ""}}});
  REQUIRE(prepared.failures.size() == 2);
  CHECK(prepared.failures[0].message == "why");
  CHECK(Again(DrainingVersions{{1, 2, 3}}).versions.size() == 3);
  CHECK(Again(StatusRequest{9}).token == 9);
  const auto profile = Again(ProfileStart{.token = 8, .app = "shop", .heap = true, .seconds = 30});
  CHECK((profile.token == 8 && profile.app == "shop" && profile.heap && profile.seconds == 30));
  CHECK(Again(ProfileToken{7}).token == 7);
  CHECK(Again(ProfileEnd{.token = 6, .error = "why"}).error == "why");
  const auto sandbox = Again(SandboxState{.in_force = "seccomp", .missing = "landlock"});
  CHECK((sandbox.in_force == "seccomp" && sandbox.missing == "landlock"));
  const auto broken = Again(BrokenVersion{.version = 4, .why = "too small"});
  CHECK((broken.version == 4 && broken.why == "too small"));
  const auto status = Again(WorkerStatus{.token = 1,
                                         .release = 2,
                                         .connections = 3,
                                         .versions = {{.version = 4,
                                                       .draining = true,
                                                       .booted = true,
                                                       .heap_bytes = 5,
                                                       .requests = 6,
                                                       .held = {1, 2, 3, 4}}}});
  REQUIRE(status.versions.size() == 1);
  CHECK(status.versions[0].draining);
  CHECK(status.versions[0].held == Held{1, 2, 3, 4});
}

TEST_CASE("a list that claims to be longer than its message is none", "[control]") {
  CHECK_FALSE(Decode<DrainingVersions>(std::string("\xff\xff\xff\xff\1\0\0\0", 8)).ok());
}

TEST_CASE("a way of booting that there is not is refused", "[control]") {
  std::string encoded = Encode(Prepare{.number = 1, .boot = BootAhead::kAll, .release = ""});
  encoded[sizeof(uint64_t)] = 2;  // After the number.
  CHECK_FALSE(Decode<Prepare>(encoded).ok());
}

}  // namespace
}  // namespace nano::server

// Those who use the store: what they have under way is bounded, whatever the services make of it.
#include "server/storage/store_users.h"

#include <fcntl.h>

#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/run_until.h"

namespace nano::server {
namespace {

// A user, and a service that keeps the calls until the test has them answered.
class Used final : private StoreChannel::Peer {
 public:
  explicit Used(std::function<void(StoreCall&)> on_call = [](StoreCall&) {}) {
    REQUIRE(uv_loop_init(&loop_) == 0);
    // As the store's has its channel to the supervisor: users do not keep a loop.
    kept_.emplace(&loop_, [] {});
    kept_->Start(3'600'000);
    users_ = std::make_unique<StoreUsers>(&loop_, log_, [this, on_call](StoreService, StoreCall c) {
      on_call(c);
      calls.push_back(std::move(c));
    });
    auto ends = StoreChannel::MakeEnds();
    REQUIRE(ends.ok());
    users_->Add(std::move(ends->first), {});
    channel_ = StoreChannel::Open(&loop_, std::move(ends->second), *this).value();
    channel_->SetReading(false);
  }
  ~Used() {
    calls.clear();
    kept_.reset();
    channel_.reset();
    users_.reset();
    uv_run(&loop_, UV_RUN_DEFAULT);
    uv_loop_close(&loop_);
  }

  void Send(int count) {
    for (int i = 0; i < count; ++i) {
      channel_->Send({.call = ++last_, .body = std::make_shared<const std::string>("request")});
    }
  }
  void RunUntil(const std::function<bool()>& done) { REQUIRE(test::RunUntil(loop_, done)); }
  void Run(int turns) {
    for (int i = 0; i < turns; ++i) uv_run(&loop_, UV_RUN_NOWAIT);
  }
  void Read() { channel_->SetReading(true); }

  std::vector<StoreCall> calls;
  std::vector<std::string> answers;

 private:
  void OnStoreMessage(StoreMessage message) override { answers.push_back(*message.body); }
  void OnStoreEnd(std::string_view error) override { FAIL("the channel has ended: " << error); }

  uv_loop_t loop_;
  std::optional<net::Timer> kept_;
  LogSink sink_{open("/dev/null", O_WRONLY | O_CLOEXEC)};
  Log log_{sink_, LogFormat::kJson};
  std::unique_ptr<StoreUsers> users_;
  std::unique_ptr<StoreChannel> channel_;
  uint32_t last_ = 0;
};

constexpr size_t kLarge = size_t{20} << 20;

TEST_CASE("an answer that is longer than a message is none, and the store goes on") {
  Used used;
  used.Send(2);
  used.RunUntil([&] { return used.calls.size() == 2; });
  used.calls[0].done(std::string(kMaxStoreMessage + 1, 'x'));
  used.calls[1].done("short");
  used.Read();
  used.RunUntil([&] { return used.answers.size() == 2; });
  CHECK(used.answers == std::vector<std::string>{"", "short"});
}

TEST_CASE("answers that are on their way from other threads count, whatever was sent before") {
  Used used;
  used.Send(4);
  used.RunUntil([&] { return used.calls.size() == 4; });
  std::thread([&] {
    for (size_t i : {0U, 1U}) used.calls[i].done(std::string(kLarge, 'x'));
  }).join();
  used.calls[2].done("short");
  CHECK_FALSE(used.calls[3].has_room());
  used.Run(1);  // In which the short one leaves.
  CHECK_FALSE(used.calls[3].has_room());
  used.Read();
  used.RunUntil([&] { return used.answers.size() == 3; });
  CHECK(used.calls[3].has_room());
}

TEST_CASE("of those that have waited for room a few are tried at once") {
  Used used;
  used.Send(1002);
  used.RunUntil([&] { return used.calls.size() == 1002; });
  for (size_t i : {0U, 1U}) used.calls[i].done(std::string(kLarge, 'x'));
  int tries = 0;
  for (size_t i = 2; i < used.calls.size(); ++i) used.calls[i].park([&tries] { ++tries; });
  used.Run(10);
  CHECK(tries == 0);
  used.Read();
  used.RunUntil([&] { return tries > 0 && used.answers.size() == 2; });
  used.Run(10);
  CHECK(tries <= 16);
}

TEST_CASE("calls that wait for another machine do not keep the user's others from being read") {
  constexpr int kMany = 100'000;
  bool detaches = false;
  Used used([&detaches](StoreCall& call) {
    if (detaches) call.detach();
  });
  SECTION("those that do not are read up to a bound") {
    used.Send(kMany);
    used.Run(1000);
    CHECK(used.calls.size() < kMany / 2);
  }
  SECTION("those that do are") {
    detaches = true;
    used.Send(kMany);
    used.RunUntil([&] { return used.calls.size() == kMany; });
    // And are counted no more than once.
    for (StoreCall& call : used.calls) call.done("");
    used.calls.clear();
    detaches = false;
    used.Read();
    used.Send(1);
    used.RunUntil([&] { return used.calls.size() == 1 && used.answers.size() == kMany; });
  }
}

}  // namespace
}  // namespace nano::server

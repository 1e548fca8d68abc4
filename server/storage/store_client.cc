// Calls by their numbers. See store_client.h for ownership and threads.
#include "server/storage/store_client.h"

#include <utility>
#include <vector>

namespace nano::server {
namespace {

constexpr uint64_t kTickMs = 1'000;
constexpr int kMostEnds = 2;

}  // namespace

StoreClient::StoreClient(uv_loop_t* loop, Log& log, std::function<void()> ask)
    : loop_(loop),
      log_(log),
      ask_(std::move(ask)),
      tick_(loop, [this] { OnTick(); }),
      refusals_(loop) {}

StoreClient::~StoreClient() = default;

uint32_t StoreClient::Start(StoreService service, uint32_t scope, std::string message, Done done) {
  do {
    ++last_call_;
  } while (last_call_ == 0 || calls_.contains(last_call_));
  const uint32_t number = last_call_;
  if (calls_.empty()) tick_.Start(kTickMs, kTickMs);
  // It is an app's, which can make it as long as it likes.
  if (message.size() > kMaxStoreMessage) {
    calls_.emplace(number, Call{.message = {}, .done = std::move(done), .began = uv_now(loop_)});
    refusals_.Post([this, number, bytes = message.size()] {
      Fail(number, "what the store is asked has " + std::to_string(bytes) +
                       " bytes, and is longer than the " + std::to_string(kMaxStoreMessage) +
                       " bytes that it takes");
    });
    return number;
  }
  StoreMessage request{.call = number,
                       .scope = scope,
                       .service = service,
                       .body = std::make_shared<const std::string>(std::move(message))};
  calls_.emplace(number, Call{.message = request, .done = std::move(done), .began = uv_now(loop_)});
  if (channel_ != nullptr) {
    channel_->Send(std::move(request));
  } else {
    Ask();
  }
  return number;
}

void StoreClient::Forget(uint32_t call) { calls_.erase(call); }

void StoreClient::Ask() {
  if (std::exchange(asked_, true)) return;
  ask_();
}

void StoreClient::SetChannel(Descriptor end) {
  asked_ = false;
  Result<std::unique_ptr<StoreChannel>> opened = StoreChannel::Open(loop_, std::move(end), *this);
  if (!opened.ok()) return log_.Error("cannot reach the store: " + opened.error().ToString());
  channel_ = std::move(opened).value();
  for (auto& [number, call] : calls_) {
    if (call.message.body != nullptr) channel_->Send(call.message);
  }
}

void StoreClient::OnStoreMessage(StoreMessage message) {
  const auto call = calls_.extract(message.call);
  if (call.empty()) return;  // Nobody waits for it.
  call.mapped().done(std::string_view(*message.body));
}

// What is asked next, or waits, has a new one sent.
void StoreClient::OnStoreEnd(std::string_view error) {
  if (!error.empty()) log_.Error("the channel to the store has ended: " + std::string(error));
  channel_.reset();
  std::vector<uint32_t> lost;
  for (auto& [number, call] : calls_) {
    if (++call.ends >= kMostEnds) lost.push_back(number);
  }
  for (const uint32_t number : lost) Fail(number, "the store has ended while it was asked, twice");
  if (!calls_.empty()) Ask();
}

void StoreClient::OnTick() {
  while (!calls_.empty()) {
    const auto& [number, call] = *calls_.begin();
    if (uv_now(loop_) - call.began < kPatienceMs) return;
    Fail(number, "the store has not answered for " + std::to_string(kPatienceMs / 1000) + " s");
  }
  tick_.Stop();
}

void StoreClient::Fail(uint32_t call, const std::string& why) {
  const auto failed = calls_.extract(call);
  if (!failed.empty()) failed.mapped().done(Error{why, {}, {}});
}

}  // namespace nano::server

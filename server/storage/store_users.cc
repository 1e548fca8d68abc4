// From channels to services and back, across threads. See store_users.h for ownership and threads.
#include "server/storage/store_users.h"

#include <deque>
#include <string>
#include <thread>
#include <unordered_set>
#include <utility>

namespace nano::server {
namespace {

// Of answers that a user has not taken, beyond which it gets no more of them …
constexpr size_t kMostAnswers = size_t{32} << 20;
// … and of requests that it has under way, beyond which it sends no more.
constexpr size_t kMostRequests = size_t{64} << 20;
constexpr size_t kMostCalls = 10'000;
// Of those for whom there was no room, so many are done again at once: all of them might find that
// the first few have taken it.
constexpr size_t kAgainAtOnce = 16;

}  // namespace

// What a user has under way, as other threads see it.
struct StoreUse {
  std::atomic<size_t> answers{0};  // Bytes that were made and not sent.
};

struct StoreReply {
  uint64_t user = 0;
  uint32_t call = 0;
  StoreService service = StoreService::kKv;
  size_t asked = 0;  // Bytes of the request.
  std::string answer;
};

class StoreUsers::Desk {
 public:
  using Reply = StoreReply;
  struct Parked {
    uint64_t user = 0;
    std::function<void()> again;
  };
  struct News {
    std::vector<Reply> replies;
    std::vector<Parked> parked;
  };

  Desk(uv_loop_t* loop, std::function<void()> on_news, std::function<void(Reply)> deliver)
      : deliver_(std::move(deliver)), async_(loop, std::move(on_news)) {
    async_.Unref();
  }

  void Put(Reply reply) {
    if (std::this_thread::get_id() == loop_thread_) return deliver_(std::move(reply));
    const std::lock_guard lock(mutex_);
    news_.replies.push_back(std::move(reply));
    Ring();
  }
  void Put(Parked parked) {
    const std::lock_guard lock(mutex_);
    news_.parked.push_back(std::move(parked));
    Ring();
  }
  News Take() {
    const std::lock_guard lock(mutex_);
    rung_ = false;
    return std::exchange(news_, {});
  }

 private:
  void Ring() {
    if (!std::exchange(rung_, true)) async_.Send();
  }

  const std::thread::id loop_thread_ = std::this_thread::get_id();
  const std::function<void(Reply)> deliver_;
  std::mutex mutex_;
  News news_;
  bool rung_ = false;
  net::Async async_;
};

class StoreUsers::User final : private StoreChannel::Peer {
 public:
  User(StoreUsers& owner, uint64_t id, StoreUser user)
      : owner_(owner), id_(id), user_(std::move(user)) {}

  Result<void> Open(Descriptor end) {
    channel_ = TRY(StoreChannel::Open(owner_.loop_, std::move(end), *this));
    return {};
  }

  void Reply(StoreReply reply) {
    if (detached_.erase(reply.call) == 0) {
      --calls_;
      asked_ -= reply.asked;
    }
    sending_ += reply.answer.size();
    channel_->Send({.call = reply.call,
                    .scope = 0,
                    .service = reply.service,
                    .body = std::make_shared<const std::string>(std::move(reply.answer))});
    Bound();
  }

  void Park(std::function<void()> again) {
    parked_.push_back(std::move(again));
    Resume();
  }

 private:
  void OnStoreMessage(StoreMessage message) override {
    ++calls_;
    asked_ += message.body->size();
    const auto desk = owner_.desk_;
    const auto use = use_;
    StoreCall call{.user = user_, .scope = message.scope, .message = message.body};
    call.done = [desk, use, id = id_, number = message.call, service = message.service,
                 asked = message.body->size()](std::string answer) {
      // No service should make it: it is none, then, which all who ask know how to take.
      if (answer.size() > kMaxStoreMessage) answer.clear();
      use->answers += answer.size();
      desk->Put(StoreReply{id, number, service, asked, std::move(answer)});
    };
    call.has_room = [use] { return use->answers < kMostAnswers; };
    call.park = [desk, id = id_](std::function<void()> again) {
      desk->Put(Desk::Parked{id, std::move(again)});
    };
    call.detach = [this, number = message.call,
                   bytes = static_cast<uint32_t>(message.body->size())] {
      if (!detached_.insert(number).second) return;
      --calls_;
      asked_ -= bytes;
      Bound();
    };
    Bound();
    owner_.on_call_(message.service, std::move(call));
  }

  void OnStoreEnd(std::string_view error) override {
    if (!error.empty()) {
      owner_.log_.Error("the store ends the channel of a worker: " + std::string(error));
    }
    owner_.Remove(id_);
  }

  // Others are on their way still.
  void OnStoreDrained() override {
    use_->answers -= std::exchange(sending_, 0);
    Bound();
    Resume();
  }

  void Bound() { channel_->SetReading(asked_ < kMostRequests && calls_ < kMostCalls); }

  void Resume() {
    for (size_t i = 0; i < kAgainAtOnce && !parked_.empty(); ++i) {
      if (use_->answers >= kMostAnswers) return;
      const std::function<void()> again = std::move(parked_.front());
      parked_.pop_front();
      again();
    }
  }

  StoreUsers& owner_;
  const uint64_t id_;
  const StoreUser user_;
  std::unique_ptr<StoreChannel> channel_;
  const std::shared_ptr<StoreUse> use_ = std::make_shared<StoreUse>();
  size_t calls_ = 0;
  size_t asked_ = 0;    // Bytes of the requests under way.
  size_t sending_ = 0;  // Bytes of answers that the channel has.
  std::unordered_set<uint32_t> detached_;
  std::deque<std::function<void()>> parked_;
};

StoreUsers::StoreUsers(uv_loop_t* loop, Log& log, OnCall on_call)
    : loop_(loop),
      log_(log),
      on_call_(std::move(on_call)),
      desk_(std::make_shared<Desk>(
          loop, [this] { OnNews(); }, [this](StoreReply reply) { Deliver(std::move(reply)); })),
      bury_(loop, [this] {
        for (const uint64_t id : std::exchange(gone_, {})) users_.erase(id);
      }) {}

StoreUsers::~StoreUsers() = default;

void StoreUsers::Add(Descriptor end, StoreUser user) {
  const uint64_t id = ++last_id_;
  auto added = std::make_unique<User>(*this, id, std::move(user));
  if (const Result<void> opened = added->Open(std::move(end)); !opened.ok()) {
    return log_.Error("the store cannot serve a worker: " + opened.error().ToString());
  }
  users_.emplace(id, std::move(added));
}

// Not within what it is told.
void StoreUsers::Remove(uint64_t id) {
  gone_.push_back(id);
  bury_.Start(0);
}

void StoreUsers::Deliver(StoreReply reply) {
  const auto user = users_.find(reply.user);
  if (user != users_.end()) user->second->Reply(std::move(reply));
}

void StoreUsers::OnNews() {
  Desk::News news = desk_->Take();
  for (StoreReply& reply : news.replies) Deliver(std::move(reply));
  for (Desk::Parked& parked : news.parked) {
    const auto user = users_.find(parked.user);
    if (user != users_.end()) user->second->Park(std::move(parked.again));
  }
}

}  // namespace nano::server

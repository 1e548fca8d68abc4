// From a call to the desk's answer. See cache_service.h for ownership and threads.
#include "server/storage/cache_service.h"

#include <sys/random.h>

#include <ctime>
#include <utility>

namespace nano::server {
namespace {

// After so many seconds a folder that could not be opened is tried again.
constexpr int64_t kRetry = 10;

// Where the numbers of bodies begin: not where those of an earlier process did.
uint64_t Seed() {
  uint64_t seed = 0;
  while (getrandom(&seed, sizeof seed, 0) != sizeof seed) {
  }
  return seed;
}

}  // namespace

CacheService::CacheService(const Grants& grants, kv::WorkPool& pool, std::string folder,
                           const cache::Bounds& bounds, cache::Epochs* epochs, Failed failed)
    : grants_(grants),
      folder_(std::move(folder)),
      bounds_(bounds),
      epochs_(epochs),
      failed_(std::move(failed)),
      line_(pool, [this](std::vector<Item> items) { Work(std::move(items)); }) {}

void CacheService::OnCall(StoreCall call) {
  if (call.user.is_operator) return line_.Add({.call = std::move(call)});
  const std::string* const app = grants_.AppOf(call.user, call.scope);
  // An answer that is none: there is no cache.
  if (app == nullptr) return call.done({});
  line_.Add({.call = std::move(call), .app = *app});
}

void CacheService::Work(std::vector<Item> items) {
  for (Item& item : items) {
    if (item.call.has_room()) {
      item.call.done(Answer(item));
      continue;
    }
    const auto park = item.call.park;
    const auto kept = std::make_shared<Item>(std::move(item));
    park([this, kept] { line_.Add(std::move(*kept)); });
  }
}

std::string CacheService::Answer(const Item& item) {
  const int64_t now = time(nullptr);
  if (desk_ == nullptr && !Open(now)) return {};
  Result<std::string> answer = item.call.user.is_operator
                                   ? desk_->AnswerOperator(*item.call.message, now)
                                   : desk_->Answer(item.app, *item.call.message, now);
  if (answer.ok()) return std::move(answer).value();
  failed_(answer.error());
  return {};
}

bool CacheService::Open(int64_t now) {
  if (retried_ != 0 && now < retried_ + kRetry) return false;
  auto store = cache::Store::Open(folder_, bounds_, now);
  if (!store.ok()) {
    retried_ = now;
    failed_(store.error());
    return false;
  }
  desk_ = std::make_unique<cache::Desk>(std::move(store).value(), epochs_, Seed());
  return true;
}

}  // namespace nano::server

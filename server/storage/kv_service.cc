// Who may reach what, and where that is. See kv_service.h for ownership and threads.
#include "server/storage/kv_service.h"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "server/storage/store_client.h"
#include "storage/kv/kv_file.h"
#include "storage/kv/redis_namespace.h"
#include "storage/kv/sqlite_namespace.h"

namespace nano::server {
namespace {

// Nobody waits any longer for an answer.
static_assert(kv::kPatienceMs == StoreClient::kPatienceMs);

constexpr char kEnding[] = ".sqlite";
// Of each other server. Most of their time they wait.
constexpr size_t kRemoteThreads = 4;

bool Writes(kv::Operation operation) {
  return operation == kv::Operation::kPut || operation == kv::Operation::kDelete;
}

std::string PlaceOf(const StoreBinding& binding) { return binding.url + "\n" + binding.name; }

// With what a namespace is told to do again when it could not be answered; and with the namespace,
// which is there as long as the call.
kv::Call CallOf(std::shared_ptr<kv::KvNamespace> space, StoreCall call, bool writes) {
  kv::Call made{.message = *call.message, .writes = writes};
  made.done = std::move(call.done);
  made.has_room = std::move(call.has_room);
  made.park = [park = std::move(call.park), space = std::move(space)](kv::Call parked) {
    auto kept = std::make_shared<kv::Call>(std::move(parked));
    park([kept, space] { space->Start(std::move(*kept)); });
  };
  return made;
}

}  // namespace

KvService::KvService(const Grants& grants, kv::WorkPool& pool, Result<std::string> folder,
                     Failed failed)
    : grants_(grants), pool_(pool), folder_(std::move(folder)), failed_(std::move(failed)) {}

void KvService::OnCall(StoreCall call) {
  const Result<kv::Request> request = kv::DecodeRequest(*call.message);
  if (!request.ok()) {
    return call.done(kv::EncodeFailure(kv::Outcome::kRefused, "400 " + request.error().message));
  }
  if (const std::string wrong = kv::WhatIsWrong(*request, time(nullptr)); !wrong.empty()) {
    return call.done(kv::EncodeFailure(kv::Outcome::kRefused, wrong));
  }
  if (request->operation == kv::Operation::kNamespaces) {
    if (call.user.is_operator) return call.done(Namespaces());
    return call.done(kv::EncodeFailure(kv::Outcome::kRefused, "403 not for apps"));
  }
  std::string why;
  const Space space = Find(call, *request, why);
  if (space == nullptr) return call.done(why);
  // A server that hangs is not to hold up what is kept here.
  if (space->is_remote()) call.detach();
  space->Start(CallOf(space, std::move(call), Writes(request->operation)));
}

void KvService::OnGrants() {
  std::set<std::string> granted;
  for (const StoreBinding& binding : grants_.Bindings()) granted.insert(PlaceOf(binding));
  std::erase_if(open_, [&granted](const auto& item) { return !granted.contains(item.first); });
  std::erase_if(remote_pools_, [](const auto& item) { return item.second.expired(); });
}

KvService::Space KvService::Find(const StoreCall& call, const kv::Request& request,
                                 std::string& why) {
  const StoreBinding* binding = nullptr;
  StoreBinding named;
  if (!call.user.is_operator) {
    binding = grants_.Find(call.user, call.scope, request.binding);
    if (binding == nullptr) {
      why = kv::EncodeFailure(kv::Outcome::kRefused, "403 the app has no such namespace");
      return nullptr;
    }
  } else {
    binding = grants_.FindNamed(request.name);
    if (binding == nullptr) {
      named.name = request.name;
      binding = &named;
    }
    if (!kv::IsNamespaceName(binding->name)) {
      why = kv::EncodeFailure(kv::Outcome::kRefused, "400 this is no name of a namespace");
      return nullptr;
    }
  }
  if (!folder_.ok() && binding->url.empty()) {
    why = kv::EncodeFailure(kv::Outcome::kFailed, "500 " + folder_.error().ToString());
    return nullptr;
  }
  return Open(*binding, why);
}

KvService::Space KvService::Open(const StoreBinding& binding, std::string& why) {
  const std::string place = PlaceOf(binding);
  if (const auto found = open_.find(place); found != open_.end()) return found->second;
  if (binding.url.empty()) {
    const std::string path = *folder_ + "/" + binding.name + kEnding;
    return open_[place] =
               Share(std::make_unique<kv::SqliteNamespace>(pool_, path, failed_), nullptr);
  }
  Result<redis::Address> address = redis::Address::Parse(binding.url);
  if (!address.ok()) {
    why = kv::EncodeFailure(kv::Outcome::kFailed, "500 " + address.error().message);
    return nullptr;
  }
  // Those that wait for one server wait for no other.
  std::weak_ptr<kv::WorkPool>& known = remote_pools_[address->name()];
  std::shared_ptr<kv::WorkPool> threads = known.lock();
  if (threads == nullptr) known = threads = std::make_shared<kv::WorkPool>(kRemoteThreads);
  auto space = std::make_unique<kv::RedisNamespace>(*threads, std::move(address).value(),
                                                    binding.name, failed_);
  return open_[place] = Share(std::move(space), std::move(threads));
}

// Whoever has it last may be one of its own threads, for which its end would wait in vain; and the
// loop is not to wait for a disk.
KvService::Space KvService::Share(std::unique_ptr<kv::KvNamespace> space,
                                  std::shared_ptr<kv::WorkPool> threads) {
  return Space(space.release(),
               [&pool = pool_, threads = std::move(threads)](kv::KvNamespace* last) mutable {
                 pool.Post([last, threads = std::move(threads)] { delete last; });
               });
}

// Those of apps, and those of which there are files.
std::string KvService::Namespaces() const {
  std::vector<std::string> names = grants_.Names();
  if (folder_.ok()) {
    std::error_code status;
    for (const auto& entry : std::filesystem::directory_iterator(*folder_, status)) {
      if (entry.path().extension() == kEnding) names.push_back(entry.path().stem().string());
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  kv::Answer answer;
  for (const std::string& name : names) answer.entries.push_back({.key = name});
  return kv::Encode(answer);
}

}  // namespace nano::server

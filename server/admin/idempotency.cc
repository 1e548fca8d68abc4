// Answers by client and key, in the order of their requests.
#include "server/admin/idempotency.h"

#include <utility>

namespace nano::server::admin {

std::string Idempotency::NameOf(std::string_view client, std::string_view key) {
  return std::string(client) + "\n" + std::string(key);
}

const Idempotency::Known* Idempotency::Find(std::string_view client, std::string_view key,
                                            uint64_t now_ms) {
  for (auto entry = entries_.begin();
       entry != entries_.end() && entry->since + kKeptMs <= now_ms;) {
    if (!entry->known.answered) {
      ++entry;  // It may take as long as it takes.
      continue;
    }
    by_name_.erase(entry->name);
    entry = entries_.erase(entry);
  }
  const auto found = by_name_.find(NameOf(client, key));
  return found == by_name_.end() ? nullptr : &found->second->known;
}

bool Idempotency::Begin(std::string_view client, std::string_view key, std::string request,
                        uint64_t now_ms) {
  if (entries_.size() == kMaxAnswers) {
    // The oldest answer has to go; what is under way has to stay.
    auto oldest = entries_.begin();
    while (oldest != entries_.end() && !oldest->known.answered) ++oldest;
    if (oldest == entries_.end()) return false;
    by_name_.erase(oldest->name);
    entries_.erase(oldest);
  }
  std::string name = NameOf(client, key);
  Known known{.request = std::move(request)};
  entries_.push_back({.name = name, .since = now_ms, .known = std::move(known)});
  by_name_[std::move(name)] = --entries_.end();
  return true;
}

void Idempotency::Answer(std::string_view client, std::string_view key, const Reply& reply) {
  const auto found = by_name_.find(NameOf(client, key));
  if (found == by_name_.end()) return;
  found->second->known.answered = true;
  found->second->known.reply = reply;
}

void Idempotency::Forget(std::string_view client, std::string_view key) {
  const auto found = by_name_.find(NameOf(client, key));
  if (found == by_name_.end()) return;
  entries_.erase(found->second);
  by_name_.erase(found);
}

}  // namespace nano::server::admin

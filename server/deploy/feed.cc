// A bounded queue that is read by number.
#include "server/deploy/feed.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace nano::server {

Feed::Feed(size_t most_entries, size_t most_bytes, uint64_t first)
    : most_entries_(most_entries), most_bytes_(most_bytes), next_(first) {
  NANO_CHECK(most_entries > 0 && first > 0);
}

size_t Feed::SizeOf(const Entry& entry) {
  return sizeof entry + entry.name.size() + entry.app.size() + entry.data.size();
}

uint64_t Feed::Publish(std::string name, std::string app, std::string data) {
  const uint64_t id = next_++;
  entries_.push_back({id, std::move(name), std::move(app), std::move(data)});
  bytes_ += SizeOf(entries_.back());
  // The last one stays however large it is.
  while (entries_.size() > most_entries_ || (bytes_ > most_bytes_ && entries_.size() > 1)) {
    bytes_ -= SizeOf(entries_.front());
    entries_.pop_front();
  }
  const std::vector<Follower*> told = followers_;
  for (Follower* follower : told) {
    const bool here = std::find(followers_.begin(), followers_.end(), follower) != followers_.end();
    if (here) follower->OnNews();
  }
  return id;
}

const Feed::Entry* Feed::After(uint64_t id) const {
  if (entries_.empty() || id >= last()) return nullptr;
  const uint64_t first = entries_.front().id;
  return &entries_[id < first ? 0 : static_cast<size_t>(id + 1 - first)];
}

bool Feed::Reaches(uint64_t id) const { return id < next_ && id + entries_.size() >= last(); }

uint64_t Feed::Before(size_t count) const { return last() - std::min(count, entries_.size()); }

void Feed::Follow(Follower& follower) {
  followers_.push_back(&follower);
  if (followers_.size() == 1 && on_followed_) on_followed_(true);
}

void Feed::Leave(Follower& follower) {
  const bool left = std::erase(followers_, &follower) > 0;
  if (left && followers_.empty() && on_followed_) on_followed_(false);
}

}  // namespace nano::server

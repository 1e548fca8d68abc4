// News in order, as many as fit: what readers follow at their own pace, and can go back in.
//
// Whoever has news publishes entries, which get increasing numbers. A reader keeps the number of
// the last entry it has seen and asks for the one after it; it holds nothing and nothing is held
// for it. One that falls behind further than the feed reaches back finds out by Reaches.
//
// Owns the entries. Thread: one at a time, the supervisor's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nano::server {

class Feed {
 public:
  // The name of news that are for readers of all apps' news: that something is missing here.
  static constexpr std::string_view kGap = "gap";

  struct Entry {
    uint64_t id = 0;
    std::string name;  // What kind of news: "swap", "log". A word.
    std::string app;   // Whom it is about; empty: the server.
    std::string data;  // A line without line feeds; JSON, but for log lines of a terminal's format.
  };

  // Who is told that there is more to read, from within Publish: it may read, follow and leave, but
  // not publish.
  class Follower {
   public:
    virtual void OnNews() = 0;

   protected:
    ~Follower() = default;
  };

  // Keeps so many entries and so many bytes of them. The first one's number is `first`: whoever
  // starts at the time of day in microseconds has numbers that no earlier life of the server had.
  Feed(size_t most_entries, size_t most_bytes, uint64_t first = 1);
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  // The new entry's number.
  uint64_t Publish(std::string name, std::string app, std::string data);

  // The first entry that is kept after number `id`; null: there is none yet.
  const Entry* After(uint64_t id) const;
  // Whether no entry after number `id` has been dropped, and `id` is one of this feed's.
  bool Reaches(uint64_t id) const;
  // The last entry's number; one before the first if there has been none.
  uint64_t last() const { return next_ - 1; }
  // The number after which `count` entries are kept, or as many as there are.
  uint64_t Before(size_t count) const;

  // A follower leaves before it is destroyed.
  void Follow(Follower& follower);
  void Leave(Follower& follower);
  bool followed() const { return !followers_.empty(); }
  // Calls when the first follower has come, and when the last one has left.
  void OnFollowed(std::function<void(bool followed)> call) { on_followed_ = std::move(call); }

 private:
  static size_t SizeOf(const Entry& entry);

  const size_t most_entries_;
  const size_t most_bytes_;
  size_t bytes_ = 0;
  uint64_t next_;
  std::deque<Entry> entries_;  // Their numbers have no gaps.
  std::vector<Follower*> followers_;
  std::function<void(bool)> on_followed_;
};

}  // namespace nano::server

// What a server of Redis is asked for KV, and what its replies mean.
//
// An entry is a hash, which expires by itself: v, m (metadata) and x (when it expires). A sorted
// set has the keys in their order, and one those of entries that expire, by when they do; all are
// changed together (MULTI).
//
//   nano:kv:{NAMESPACE}:e:KEY   nano:kv:{NAMESPACE}:keys   nano:kv:{NAMESPACE}:expiring
//
// Owns the texts of the commands. Thread: any one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "storage/kv/messages.h"
#include "storage/redis/connection.h"

namespace nano::kv {

class RedisCommands {
 public:
  explicit RedisCommands(const std::string& name) : prefix_("nano:kv:{" + name + "}:") {}

  // None for a list, which takes several turns. The request's texts have to live as long as this.
  void AddRequest(const Request& request, int64_t now);
  // So many keys at most, in their order, from "[KEY", or behind "(KEY".
  void AddRange(std::string_view from, size_t most);
  // Whether there is an entry, and HMGET m x of it: two commands.
  void AddLook(std::string_view key);
  // Takes the key of an entry that has expired out of the sets.
  void AddForget(std::string_view key);
  // The same of those that have expired, so many at most. Its reply is how many there were.
  void AddSweep(int64_t now, size_t most);

  const std::vector<redis::Command>& list() const { return list_; }

 private:
  std::string_view Keep(std::string text) { return texts_.emplace_back(std::move(text)); }
  std::string_view EntryOf(std::string_view key) { return Keep(prefix_ + "e:" + std::string(key)); }
  void AddPut(const Request& request, int64_t now);
  void AddDelete(const Request& request);

  const std::string prefix_;
  const std::string keys_ = prefix_ + "keys";
  const std::string expiring_ = prefix_ + "expiring";
  std::deque<std::string> texts_;
  std::vector<redis::Command> list_;
};

// The first error of replies, those of EXEC included.
std::optional<Error> ErrorIn(const std::vector<redis::Reply>& replies, size_t begin, size_t end);

// Bytes of its texts.
size_t SizeOf(const redis::Reply& reply);

// Of what was asked with AddRequest, whose replies begin there.
std::string AnswerOf(const Request& request, const std::vector<redis::Reply>& replies,
                     size_t begin);

// Of HMGET m x, in AddLook, without its key. Texts are put into `kept`.
Entry ListedIn(const redis::Reply& reply, std::deque<std::string>& kept);

// Of who asks for more than an answer can have.
std::string TooMuchAnswer();

}  // namespace nano::kv

// Answers what is asked of the store of responses, by messages: whose entries are spoken of is
// known beforehand.
//
// A body that is longer than a message has a number while it is read or written, which is good for
// who was given it: an app's own. There are so many at most; one that nobody has used for a while,
// as of a worker that was killed, goes, and its body is over.
//
// Owns the store and what is open of it. Thread: any one at a time. All calls block, on the disk.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "storage/cache/entry_file.h"
#include "storage/cache/epochs.h"
#include "storage/cache/messages.h"
#include "storage/cache/store.h"

namespace nano::cache {

class Desk {
 public:
  // Bodies that are read or written at once; and of one app no more than half of it.
  static constexpr size_t kMostOpen = 512;
  // For so long nobody has to ask for more, in seconds.
  static constexpr int64_t kPatience = 300;

  // `epochs` are raised for what changes; or null. `seed` is where the numbers begin: another one
  // at each start, so that none is taken for one of the time before.
  Desk(std::unique_ptr<Store> store, Epochs* epochs, uint64_t seed)
      : store_(std::move(store)), epochs_(epochs), last_(seed) {}
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

  // The answer to what an app asks; an Error: that is malformed. `now` is the time, in seconds
  // since 1970.
  Result<std::string> Answer(const std::string& app, std::string_view message, int64_t now);
  // The same of who operates the server.
  Result<std::string> AnswerOperator(std::string_view message, int64_t now);

  size_t open() const { return open_.size(); }

 private:
  // Of a body: one of the two.
  struct Open {
    std::string app;
    std::unique_ptr<EntryReader> reader;
    std::unique_ptr<Deposit> deposit;
    std::string key;  // Of what is written.
    uint64_t written = 0;
    int64_t used = 0;
  };

  std::string Match(const std::string& app, const Request& request, int64_t now);
  std::string Read(const std::string& app, const Request& request, int64_t now);
  std::string Put(const std::string& app, const Request& request, int64_t now);
  std::string Write(const std::string& app, const Request& request, int64_t now);
  std::string Finish(const std::string& app, const Request& request);
  std::string Purge(const Request& request, int64_t now);
  std::string Figures() const;
  std::string Caches(const Request& request);
  void Sweep(int64_t now);
  // 0: there is no room for another.
  uint64_t Keep(Open open, int64_t now);
  void Raise(std::string_view app, std::string_view key);
  void RaiseAll();
  Open* Find(const std::string& app, uint64_t number, int64_t now);

  const std::unique_ptr<Store> store_;
  Epochs* const epochs_;
  std::unordered_map<uint64_t, Open> open_;  // Goes before the store.
  uint64_t last_;
  int64_t swept_ = 0;
};

}  // namespace nano::cache

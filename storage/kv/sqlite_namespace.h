// A namespace in a file of SQLite that all workers share: reads and writes are two lines of work,
// so that no read waits for a disk to take what is written.
//
// A short value is got at once, by whoever asks, as long as that is quick: waking a thread takes
// longer than the file does. It is a line that opens the file for that, and closes it. Once one was
// slow, since a disk had to be asked, all go to the lines for a while.
//
// Writes that have come together are one change, and acknowledged when it is on disk. What is wrong
// with the file is said to whoever asks, and tried again with the next request: a file that was put
// in its place counts. If it was in vain that a line has waited for others, as for somebody who has
// a transaction open, all that came meanwhile fails with it.
//
// Owns its connections, of which the pool's threads use two. Thread: Start on one, the same for all
// calls.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "storage/kv/kv_file.h"
#include "storage/kv/kv_namespace.h"
#include "storage/kv/work_pool.h"

namespace nano::kv {

class SqliteNamespace final : public KvNamespace {
 public:
  // `failed` is told what is wrong with the file, once until it is right again; on any thread.
  SqliteNamespace(WorkPool& pool, std::string path, std::function<void(const Error&)> failed);

  void Start(Call call) override;

 private:
  // The answer, if it was to be had at once.
  std::optional<std::string> GetAtOnce(const Request& request);
  // Of a line: opens the file for GetAtOnce, and closes what that has given up.
  void Exchange();
  // What one line has open, and why it could not go on when it last had to wait for others.
  struct Side {
    std::optional<KvFile> file;
    int64_t began_ms = 0;   // When the line has begun with what it does …
    int64_t failed_ms = 0;  // … and when it failed after a long time; 0: it works.
    std::string failure;    // An answer.
  };

  // Those that can be done: none that is too late, nor has waited while others did in vain, for
  // whom the same is true.
  static std::vector<Call> Begin(Side& side, std::vector<Call> calls);
  void Read(std::vector<Call> calls);
  void Write(std::vector<Call> calls);
  Result<void> TryWrite(const std::vector<Call>& calls, std::vector<std::string>& answers);
  void Fail(const std::vector<Call>& calls, const Error& error, Side& side);

  const std::string path_;
  const std::function<void(const Error&)> failed_;
  std::optional<KvFile> at_once_;    // Of who calls Start …
  int64_t slow_until_ns_ = 0;        // … for whom it was slow.
  Side reads_, writes_;              // Each is one line's.
  std::mutex mutex_;                 // Of the two that follow.
  std::optional<KvFile> opened_;     // For who calls Start …
  std::optional<KvFile> given_up_;   // … and from there.
  std::atomic<bool> wanted_ = true;  // To be opened so.
  std::atomic<bool> told_ = false;   // What is wrong.
  int64_t swept_ = 0;                // When, in seconds since 1970.
  bool more_to_sweep_ = false;
  // Last: they end before what they work with.
  WorkLine<Call> reading_, writing_;
};

}  // namespace nano::kv

// Who has begun which call of `scheduled`, in memory that the workers share with the supervisor: a
// call is begun once, whichever worker it was given to, and however that ended.
//
// The supervisor offers a call at a mark, and tells a worker. The worker begins it by changing the
// mark, or finds that the supervisor has taken it back meanwhile: one of the two succeeds. So a
// worker's death tells whether the call may go to another one.
//
// Owns the mapping, which processes that are forked later inherit. Thread: the main one of each
// process.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace nano::server {

class RunMarks {
 public:
  static constexpr uint32_t kMarks = 1024;  // Calls that are under way at once.

  RunMarks();
  ~RunMarks();
  RunMarks(const RunMarks&) = delete;
  RunMarks& operator=(const RunMarks&) = delete;

  // In the supervisor. A token is not 0, and of one call.
  void Offer(uint32_t mark, uint64_t token) { At(mark).store(Offered(token)); }
  // False: it has been begun.
  bool TakeBack(uint32_t mark, uint64_t token) {
    uint64_t expected = Offered(token);
    return At(mark).compare_exchange_strong(expected, 0) || expected != Begun(token);
  }
  bool HasBegun(uint32_t mark, uint64_t token) const {
    return (*marks_)[mark].load() == Begun(token);
  }

  // In a worker. False: it is not to be begun. `mark` is not trusted.
  bool Begin(uint32_t mark, uint64_t token) {
    uint64_t expected = Offered(token);
    return mark < kMarks && At(mark).compare_exchange_strong(expected, Begun(token));
  }

 private:
  using Marks = std::array<std::atomic<uint64_t>, kMarks>;

  static uint64_t Offered(uint64_t token) { return token << 1; }
  static uint64_t Begun(uint64_t token) { return token << 1 | 1; }
  std::atomic<uint64_t>& At(uint32_t mark) { return (*marks_)[mark]; }

  Marks* marks_ = nullptr;
};

}  // namespace nano::server

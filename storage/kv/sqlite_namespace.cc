// Lines of work over connections. See sqlite_namespace.h for ownership and threads.
#include "storage/kv/sqlite_namespace.h"

#include <ctime>
#include <utility>
#include <vector>

namespace nano::kv {
namespace {

constexpr int64_t kSweepEvery = 10;  // Seconds, while anything is written.
// Entries that one sweep removes, and two for each write that comes with it.
constexpr int64_t kSweptAtOnce = 200;
// A get that takes longer than this has waited for a disk …
constexpr int64_t kSlowNs = 500'000;
// … and so might others, for so long.
constexpr int64_t kWaryNs = 1'000'000'000;
constexpr size_t kMostAtOnce = 64 * 1024;
// What fails after so long has waited for others.
constexpr int64_t kLongMs = 1'000;

int64_t Now() { return time(nullptr); }

}  // namespace

SqliteNamespace::SqliteNamespace(WorkPool& pool, std::string path,
                                 std::function<void(const Error&)> failed)
    : path_(std::move(path)),
      failed_(std::move(failed)),
      reading_(pool, [this](std::vector<Call> calls) { Read(std::move(calls)); }),
      writing_(pool, [this](std::vector<Call> calls) { Write(std::move(calls)); }) {}

void SqliteNamespace::Start(Call call) {
  if (!call.writes && call.has_room()) {
    const Result<Request> request = DecodeRequest(call.message);
    if (request.ok() && request->operation == Operation::kGet) {
      if (std::optional<std::string> answer = GetAtOnce(*request)) {
        return call.done(*std::move(answer));
      }
    }
  }
  (call.writes ? writing_ : reading_).Add(std::move(call));
}

// What is wrong with the file is found by the line, too, which tells it.
std::optional<std::string> SqliteNamespace::GetAtOnce(const Request& request) {
  const int64_t began = MonotonicNs();
  if (began < slow_until_ns_) return std::nullopt;
  if (!at_once_) {
    const std::lock_guard lock(mutex_);
    at_once_.swap(opened_);
    if (!at_once_) return std::nullopt;
  }
  auto answer = at_once_->GetShort(request.keys.front(), kMostAtOnce, Now());
  const int64_t ended = MonotonicNs();
  if (ended - began > kSlowNs) slow_until_ns_ = ended + kWaryNs;
  if (answer.ok()) return std::move(answer).value();
  const std::lock_guard lock(mutex_);
  given_up_.swap(at_once_);
  wanted_ = true;
  return std::nullopt;
}

void SqliteNamespace::Exchange() {
  if (!wanted_.exchange(false)) return;
  std::optional<KvFile> old;
  {
    const std::lock_guard lock(mutex_);
    old.swap(given_up_);
  }
  old.reset();
  Result<KvFile> opened = KvFile::Open(path_, KvFile::Purpose::kGlance);
  const std::lock_guard lock(mutex_);
  // The line's own file tells what is wrong, if that lasts.
  wanted_ = !opened.ok();
  if (!opened.ok()) return;
  opened_.emplace(std::move(opened).value());
}

std::vector<Call> SqliteNamespace::Begin(Side& side, std::vector<Call> calls) {
  side.began_ms = MonotonicMs();
  std::erase_if(calls, [&side](Call& call) {
    const bool is_late = call.IsLate();
    if (!is_late && call.began_ms >= side.failed_ms) return false;
    call.done(is_late ? LateAnswer() : side.failure);
    return true;
  });
  return calls;
}

// Nobody waits for the others' answers.
void SqliteNamespace::Read(std::vector<Call> calls) {
  calls = Begin(reads_, std::move(calls));
  if (calls.empty()) return;
  if (!reads_.file) {
    Result<KvFile> opened = KvFile::Open(path_, KvFile::Purpose::kRead);
    if (!opened.ok()) return Fail(calls, opened.error(), reads_);
    reads_.file.emplace(std::move(opened).value());
  }
  Exchange();
  const int64_t now = Now();
  if (const Result<void> begun = reads_.file->Begin(); !begun.ok()) {
    return Fail(calls, begun.error(), reads_);
  }
  for (size_t i = 0; i < calls.size(); ++i) {
    if (!calls[i].has_room()) {
      const auto park = calls[i].park;
      park(std::move(calls[i]));
      continue;
    }
    const Result<Request> request = DecodeRequest(calls[i].message);
    const Result<std::string> answer =
        request.ok() ? reads_.file->Do(*request, now) : Result<std::string>(request.error());
    if (!answer.ok()) {
      reads_.file->Rollback();
      calls.erase(calls.begin(), calls.begin() + static_cast<ptrdiff_t>(i));
      return Fail(calls, answer.error(), reads_);
    }
    calls[i].done(*answer);
  }
  told_ = false;
  reads_.failed_ms = 0;
  // It has changed nothing; what can fail of its end is found by the next one's beginning.
  (void)reads_.file->Commit();
}

void SqliteNamespace::Write(std::vector<Call> calls) {
  calls = Begin(writes_, std::move(calls));
  if (calls.empty()) return;
  if (!writes_.file) {
    Result<KvFile> opened = KvFile::Open(path_, KvFile::Purpose::kWrite);
    if (!opened.ok()) return Fail(calls, opened.error(), writes_);
    writes_.file.emplace(std::move(opened).value());
  }
  std::vector<std::string> answers;
  if (const Result<void> done = TryWrite(calls, answers); !done.ok()) {
    writes_.file->Rollback();
    return Fail(calls, done.error(), writes_);
  }
  told_ = false;
  writes_.failed_ms = 0;
  for (size_t i = 0; i < calls.size(); ++i) calls[i].done(std::move(answers[i]));
}

Result<void> SqliteNamespace::TryWrite(const std::vector<Call>& calls,
                                       std::vector<std::string>& answers) {
  const int64_t now = Now();
  TRY(writes_.file->Begin());
  for (const Call& call : calls) {
    const Request request = TRY(DecodeRequest(call.message));
    answers.push_back(TRY(writes_.file->Do(request, now)));
  }
  // As long as there is more, each change takes out more than it can have brought.
  if (more_to_sweep_ || now >= swept_ + kSweepEvery) {
    const auto written = static_cast<int64_t>(calls.size());
    more_to_sweep_ = TRY(writes_.file->Sweep(now, kSweptAtOnce + 2 * written));
    swept_ = now;
  }
  return writes_.file->Commit();
}

// The next request tries it with a new connection: the file may be another one by then.
void SqliteNamespace::Fail(const std::vector<Call>& calls, const Error& error, Side& side) {
  side.file.reset();
  if (!told_.exchange(true)) failed_(error);
  side.failure = EncodeFailure(Outcome::kFailed, "500 " + error.message);
  const int64_t now = MonotonicMs();
  side.failed_ms = now - side.began_ms >= kLongMs ? now : 0;
  for (const Call& call : calls) call.done(side.failure);
}

}  // namespace nano::kv

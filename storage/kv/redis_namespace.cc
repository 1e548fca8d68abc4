// When the server is asked, and what becomes of it when it does not answer. What it is asked is in
// redis_commands.cc. See redis_namespace.h for ownership and threads.
#include "storage/kv/redis_namespace.h"

#include <algorithm>
#include <ctime>
#include <deque>
#include <utility>

#include "storage/kv/redis_commands.h"

namespace nano::kv {
namespace {

using redis::Connection;
using redis::Reply;

// Whose replies may all be as long as a value can be.
constexpr size_t kAtOnce = 8;
constexpr int64_t kDownMs = 1'000;
constexpr int64_t kSweepEvery = 10;  // Seconds, while anything is written.
constexpr size_t kSweptAtOnce = 200;

// Of the replies to one call.
constexpr size_t kMostKept = kMaxAtOnceBytes + (size_t{1} << 20);

std::string Failure(const Error& error) {
  return EncodeFailure(Outcome::kFailed, "500 " + error.message);
}

}  // namespace

RedisNamespace::RedisNamespace(WorkPool& pool, redis::Address address, const std::string& name,
                               std::function<void(const Error&)> failed, redis::Patience patience)
    : address_(std::move(address)),
      patience_(patience),
      name_(name),
      failed_(std::move(failed)),
      line_(pool, [this](std::vector<Call> calls) { Work(std::move(calls)); }) {}

// One that was parked has its place.
void RedisNamespace::Start(Call call) {
  if (call.counted == nullptr) {
    const size_t bytes = call.message.size();
    if (load_->calls >= kMostCalls || (load_->calls > 0 && load_->bytes + bytes > kMostBytes)) {
      return call.done(EncodeFailure(Outcome::kFailed, "429 too much waits for the server of " +
                                                           address_.name() + " already"));
    }
    ++load_->calls;
    load_->bytes += bytes;
    call.counted = std::shared_ptr<void>(load_.get(), [load = load_, bytes](void*) {
      --load->calls;
      load->bytes -= bytes;
    });
  }
  line_.Add(std::move(call));
}

void RedisNamespace::Work(std::vector<Call> calls) {
  std::vector<Call> some;
  for (Call& call : calls) {
    if (call.IsLate()) {
      call.done(LateAnswer());
    } else if (!call.writes && !call.has_room()) {
      const auto park = call.park;
      park(std::move(call));
    } else {
      some.push_back(std::move(call));
      if (some.size() < kAtOnce) continue;
      Answer(some);
      some.clear();
    }
  }
  if (!some.empty()) Answer(some);
}

void RedisNamespace::Answer(std::vector<Call>& calls) {
  const bool had_one = connection_.has_value();
  Result<std::vector<std::string>> answers = TryAsk(calls);
  // A connection that has rested may have been closed meanwhile. One that is silent would be waited
  // for again.
  if (!answers.ok() && had_one && end_ == Connection::End::kClosed) answers = TryAsk(calls);
  if (answers.ok()) {
    told_ = false;
    for (size_t i = 0; i < calls.size(); ++i) calls[i].done(std::move((*answers)[i]));
    return;
  }
  // Only who has asked for it is told of a reply that is beyond all bounds.
  if (end_ == Connection::End::kWrong && calls.size() > 1) {
    for (Call& call : calls) {
      std::vector<Call> one;
      one.push_back(std::move(call));
      Answer(one);
    }
    return;
  }
  Error error = answers.error();
  if (error.where.empty()) error.where = address_.name();
  if (end_ != Connection::End::kWrong && !IsDown()) {
    down_ = error;
    down_until_ms_ = MonotonicMs() + kDownMs;
  }
  if (!std::exchange(told_, true)) failed_(error);
  const std::string answer = Failure(error);
  for (Call& call : calls) call.done(answer);
}

bool RedisNamespace::IsDown() const { return down_ && MonotonicMs() < down_until_ms_; }

Result<void> RedisNamespace::Connect() {
  if (connection_) return {};
  if (IsDown()) return *down_;
  end_ = Connection::End::kNone;
  connection_.emplace(TRY(Connection::Open(address_, patience_)));
  down_.reset();
  if (left_ == 0) return {};
  // An error of the server's: it has forgotten the connection, and what came by it.
  const auto killed = connection_->Ask({{"CLIENT", "KILL", "ID", std::to_string(left_)}});
  if (killed.ok()) {
    left_ = 0;
    return {};
  }
  end_ = connection_->end();
  connection_.reset();
  return killed.error();
}

Result<std::vector<std::string>> RedisNamespace::TryAsk(const std::vector<Call>& calls) {
  TRY(Connect());
  Result<std::vector<std::string>> answers = Ask(calls);
  if (answers.ok()) return answers;
  end_ = connection_->end();
  // One that the server has not closed itself it goes on reading.
  if (end_ != Connection::End::kClosed) left_ = connection_->id();
  connection_.reset();
  return answers;
}

// All that is no list as one pipeline.
Result<std::vector<std::string>> RedisNamespace::Ask(const std::vector<Call>& calls) {
  RedisCommands commands(name_);
  std::vector<Request> requests;
  std::vector<size_t> begins;
  const int64_t now = time(nullptr);
  size_t writes = 0;
  for (const Call& call : calls) {
    requests.push_back(TRY(DecodeRequest(call.message)));
    begins.push_back(commands.list().size());
    commands.AddRequest(requests.back(), now);
    if (call.writes) ++writes;
  }
  begins.push_back(commands.list().size());
  const size_t swept_at_most = kSweptAtOnce + 2 * writes;
  const bool sweeps = writes != 0 && (more_to_sweep_ || now >= swept_ + kSweepEvery);
  if (sweeps) commands.AddSweep(now, swept_at_most);

  std::vector<Reply> replies(commands.list().size());
  std::vector<size_t> kept(calls.size() + 1);
  size_t call = 0;
  TRY(connection_->Ask(commands.list(), [&](size_t command, Reply reply) {
    while (call < calls.size() && command >= begins[call + 1]) ++call;
    kept[call] += SizeOf(reply);
    if (kept[call] <= kMostKept) replies[command] = std::move(reply);
  }));
  if (sweeps) {
    swept_ = now;
    more_to_sweep_ = replies.back().number >= static_cast<int64_t>(swept_at_most);
  }
  std::vector<std::string> answers;
  for (size_t i = 0; i < requests.size(); ++i) {
    if (requests[i].operation == Operation::kList) {
      answers.push_back(TRY(List(requests[i])));
    } else if (kept[i] > kMostKept) {
      answers.push_back(TooMuchAnswer());
    } else if (const auto error = ErrorIn(replies, begins[i], begins[i + 1])) {
      answers.push_back(Failure(*error));
    } else {
      answers.push_back(AnswerOf(requests[i], replies, begins[i]));
    }
  }
  return answers;
}

// Page by page, since some of the keys may have expired. Keys and metadata that are too many for
// one answer, as only others can have written them, are another page of the caller's.
Result<std::string> RedisNamespace::List(const Request& request) {
  std::deque<std::string> kept;
  kv::Answer answer;
  std::string after(request.after);
  const size_t wanted = size_t{request.limit} + 1;
  size_t bytes = 0;
  bool is_full = false;
  for (bool more = true; more && !is_full && answer.entries.size() < wanted;) {
    const std::string from =
        after.empty() || after < request.prefix ? "[" + std::string(request.prefix) : "(" + after;
    RedisCommands range(name_);
    range.AddRange(from, wanted - answer.entries.size());
    const auto found = TRY(connection_->Ask(range.list()));
    if (const auto error = ErrorIn(found, 0, 1)) return Failure(*error);
    const std::vector<Reply>& keys = found.front().items;
    more = keys.size() == wanted - answer.entries.size();
    RedisCommands commands(name_);
    size_t asked = 0;
    for (; asked < keys.size() && keys[asked].text.starts_with(request.prefix); ++asked) {
      commands.AddLook(keys[asked].text);
    }
    if (asked < keys.size()) more = false;
    if (asked == 0) break;
    after = keys[asked - 1].text;
    std::vector<Reply> entries(commands.list().size());
    size_t complete = 0;  // Of the keys.
    TRY(connection_->Ask(commands.list(), [&](size_t command, Reply reply) {
      if (is_full) return;
      bytes += SizeOf(reply) + keys[command / 2].text.size();
      is_full = bytes > kMostKept;
      if (is_full) return;
      entries[command] = std::move(reply);
      complete = (command + 1) / 2;
    }));
    if (const auto error = ErrorIn(entries, 0, entries.size())) return Failure(*error);
    RedisCommands forget(name_);
    for (size_t i = 0; i < complete; ++i) {
      const std::string& key = kept.emplace_back(keys[i].text);
      if (entries[2 * i].number == 0) {
        forget.AddForget(key);
        continue;
      }
      Entry& entry = answer.entries.emplace_back(ListedIn(entries[2 * i + 1], kept));
      entry.key = key;
    }
    if (!forget.list().empty()) TRY(connection_->Ask(forget.list()));
  }
  if (is_full && answer.entries.empty()) return TooMuchAnswer();
  if (is_full || answer.entries.size() == wanted) answer.complete = false;
  if (answer.entries.size() == wanted) answer.entries.pop_back();
  return Encode(answer);
}

}  // namespace nano::kv

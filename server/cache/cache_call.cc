// What is asked of the store, and what is told of it. See cache_call.h for ownership and threads.
#include "server/cache/cache_call.h"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <optional>
#include <utility>

#include "http/cache_rules.h"
#include "http/fields.h"
#include "storage/cache/entry_key.h"
#include "storage/cache/messages.h"

namespace nano::server {
namespace {

using cache::Answer;
using cache::kPart;
using cache::Operation;
using cache::Outcome;

// Of what a stream brings, before its source has to wait.
constexpr size_t kHighWater = 4 * kPart;

// No response has it: there is none.
constexpr int kNoResponse = 0;

int64_t Now() { return time(nullptr); }

// One operation: asks one thing at a time, and tells the caller nothing before the loop's next
// turn.
class CacheCall : public http::Call {
 public:
  CacheCall(CacheStoreWay* way, net::Later& later, AppCounters& counters,
            const http::CallRequest& request, http::Caller& caller)
      : caller_(caller),
        counters_(counters),
        later_(later),
        key_(cache::KeyText(request.aim == nullptr ? "" : request.aim->entrypoint,
                            std::string(request.scheme)
                                .append("://")
                                .append(request.authority)
                                .append(request.target))),
        // Longer ones have no entries.
        way_(key_.size() <= cache::kMostHead ? way : nullptr) {}
  ~CacheCall() override {
    if (asked_ != 0) way_->Forget(asked_);
    // Whatever was under way, nobody goes on with it.
    if (number_ != 0) {
      way_->Ask(cache::Encode({.operation = Operation::kClose, .number = number_}),
                [](std::string_view) {});
    }
  }
  CacheCall(const CacheCall&) = delete;
  CacheCall& operator=(const CacheCall&) = delete;

  bool Write(std::string_view /*part*/) override { return true; }
  void EndRequest() override {}
  void Read() override {}

 protected:
  bool has_store() const { return way_ != nullptr; }
  CacheStoreWay& way() { return *way_; }
  bool waits() const { return asked_ != 0; }

  // `heard` is told of the answer; one that there is not, or that cannot be read, has failed.
  template <typename Heard>
  void Ask(const cache::Request& request, Heard heard) {
    asked_ = way_->Ask(cache::Encode(request), [this, heard](std::string_view message) {
      asked_ = 0;
      const Result<Answer> answer = cache::DecodeAnswer(message);
      heard(answer.ok() ? answer.value() : Answer{.outcome = Outcome::kFailed});
    });
  }

  // The response, which has no body. From the loop's next turn on.
  void AnswerLater(int status) {
    later_.Post([this, status, alive = std::weak_ptr<int>(alive_)] {
      if (!alive.expired()) AnswerNow(status);
    });
  }
  void AnswerNow(int status) {
    caller_.OnHead({.status = status, .status_text = "OK", .headers = ""});
  }

  http::Caller& caller_;
  AppCounters& counters_;
  net::Later& later_;
  const std::string key_;
  uint64_t number_ = 0;                                         // Of a body in the store.
  const std::shared_ptr<int> alive_ = std::make_shared<int>();  // Gone with the call.

 private:
  CacheStoreWay* const way_;
  uint32_t asked_ = 0;
};

class MatchCall final : public CacheCall {
 public:
  MatchCall(CacheStoreWay* way, net::Later& later, AppCounters& counters,
            const http::CallRequest& request, http::Caller& caller)
      : CacheCall(way, later, counters, request, caller), fields_(http::BlockOf(request.headers)) {
    if (!has_store()) {
      AnswerLater(kNoResponse);
    } else if (!FindCopy()) {
      Ask({.operation = Operation::kMatch, .key = key_},
          [this](const Answer& answer) { OnFound(answer); });
    }
  }

  void Read() override {
    if (at_ == end_) return caller_.OnEnd();
    if (number_ == 0) {
      const std::string_view body = copy_ == nullptr ? body_ : copy_->body;
      const uint64_t from = std::exchange(at_, end_);
      return caller_.OnBody(body.substr(from, end_ - from));
    }
    Ask({.operation = Operation::kRead, .number = number_, .offset = at_},
        [this](const Answer& answer) { OnPart(answer); });
  }
  bool AtEnd() const override { return at_ == end_; }

 private:
  void OnFound(const Answer& found) {
    const int64_t now = Now();
    if (found.outcome != Outcome::kDone || found.expires <= now) {
      number_ = found.number;
      counters_.cache_misses.Add(1);
      return AnswerNow(kNoResponse);
    }
    if (found.number == 0) {
      body_ = found.bytes;
      way().front().Keep(place_, way().app(), key_, found, now);
    }
    Tell(found, now);
  }

  bool FindCopy() {
    place_ = way().front().PlaceOf(way().app(), key_);
    copy_ = way().front().Find(place_, way().app(), key_, Now());
    if (copy_ == nullptr) return false;
    later_.Post([this, alive = std::weak_ptr<int>(alive_)] {
      if (!alive.expired()) OnCopy();
    });
    return true;
  }

  void OnCopy() {
    Tell({.size = copy_->body.size(),
          .status = static_cast<uint16_t>(copy_->status),
          .status_text = copy_->status_text,
          .fields = copy_->fields,
          .born = copy_->born},
         Now());
  }

  void Tell(const Answer& found, int64_t now) {
    counters_.cache_hits.Add(1);
    const http::CacheAnswer answer = http::AnswerFromCache(
        http::CacheRequest::Of(fields_),
        {.status = found.status, .fields = found.fields, .size = found.size, .born = found.born},
        now);
    number_ = found.number;
    const http::ByteRange range = answer.body.value_or(http::ByteRange{});
    at_ = range.first;
    end_ = range.first + range.length;
    caller_.OnHead(
        {.status = answer.status,
         .status_text = answer.status == found.status ? found.status_text : std::string_view(),
         .headers = answer.fields,
         .has_body = at_ != end_,
         .coded = http::FieldValue(answer.fields, "content-encoding").has_value(),
         .length = range.length});
  }

  void OnPart(const Answer& answer) {
    if (answer.outcome != Outcome::kDone || answer.bytes.empty()) {
      return caller_.OnFailed({http::FailureKind::kReset, "ERR_CACHE_BODY",
                               "what the cache has found cannot be read any more"});
    }
    const std::string_view part = answer.bytes.substr(0, end_ - at_);
    at_ += part.size();
    caller_.OnBody(part);
  }

  const std::string fields_;
  CacheFront::Place place_;
  std::shared_ptr<const CacheFront::Copy> copy_;  // Null: it is the store's.
  std::string body_;                              // Of a short one of the store's.
  uint64_t at_ = 0, end_ = 0;                     // Of the body: what was not given yet.
};

// What a response that is put says of itself, before its fields: lines of names that no field has.
struct PutHead {
  int status = 0;
  std::string_view status_text;
  bool authorized = false;
  std::optional<uint64_t> length;
  std::string_view wire;  // Its fields.
};

PutHead ParsePutHead(std::string_view wire) {
  PutHead head;
  while (wire.starts_with(':')) {
    const size_t end = std::min(wire.find("\r\n"), wire.size());
    std::string_view line = wire.substr(1, end - 1);
    wire.remove_prefix(std::min(end + 2, wire.size()));
    const size_t colon = std::min(line.find(": "), line.size());
    const std::string_view name = line.substr(0, colon);
    std::string_view value = line.substr(std::min(colon + 2, line.size()));
    const auto number = [&value](auto& to) {
      std::from_chars(value.data(), value.data() + value.size(), to);
    };
    if (name == "status") {
      number(head.status);
      const size_t space = std::min(value.find(' '), value.size());
      head.status_text = value.substr(std::min(space + 1, value.size()));
    } else if (name == "length") {
      number(head.length.emplace());
    } else if (name == "authorized") {
      head.authorized = true;
    }
  }
  head.wire = wire;
  return head;
}

class PutCall final : public CacheCall {
 public:
  PutCall(CacheStoreWay* way, net::Later& later, AppCounters& counters,
          const http::CallRequest& request, http::Caller& caller)
      : CacheCall(way, later, counters, request, caller) {
    const PutHead head = ParsePutHead(request.headers);
    status_ = head.status;
    status_text_ = head.status_text;
    length_ = head.length;
    rules_ = http::JudgeResponse(head.status, http::BlockOf(head.wire), head.authorized, Now());
    if (!has_store() || rules_.refusal != http::Storable::Refusal::kNone ||
        key_.size() + status_text_.size() + rules_.fields.size() > cache::kMostHead) {
      End(413);
    } else if (request.body_kind != http::CallRequest::Body::kStream) {
      body_ = request.body;
      ended_ = true;
      Go();
    }
  }

  bool Write(std::string_view part) override {
    if (over_) return true;  // Nobody takes it.
    body_ += part;
    if (!part.empty()) Go();
    waited_for_ = rest().size() >= kHighWater;
    return !waited_for_;
  }

  void EndRequest() override {
    ended_ = true;
    if (!over_) Go();
  }

 private:
  // The next step, if one can be taken.
  void Go() {
    if (waits()) return;
    if (number_ == 0) {
      const bool is_whole = ended_ && body_.size() <= kPart;
      if (!is_whole && body_.size() < kPart) return;
      if (is_whole && !HasItsLength(body_.size())) return End(413);
      cache::Request begin{.operation = is_whole ? Operation::kPut : Operation::kBegin,
                           .key = key_,
                           .status = static_cast<uint16_t>(status_),
                           .status_text = status_text_,
                           .fields = rules_.fields,
                           .born = rules_.born,
                           .expires = rules_.expires};
      if (is_whole) begin.bytes = body_;
      return Ask(begin, [this, is_whole](const Answer& answer) {
        if (answer.outcome != Outcome::kDone) return End(413);
        if (is_whole) return End(204);
        number_ = answer.number;
        Go();
      });
    }
    if (rest().size() >= kPart || (ended_ && !rest().empty())) {
      const size_t size = std::min(rest().size(), kPart);
      return Ask({.operation = Operation::kWrite,
                  .number = number_,
                  .offset = written_,
                  .bytes = rest().substr(0, size)},
                 [this, size](const Answer& answer) { OnWritten(answer, size); });
    }
    if (!ended_) return;
    if (!HasItsLength(written_)) return End(413);
    Ask({.operation = Operation::kFinish, .number = number_, .offset = written_},
        [this](const Answer& answer) {
          number_ = 0;
          End(answer.outcome == Outcome::kDone ? 204 : 413);
        });
  }

  void OnWritten(const Answer& answer, size_t size) {
    if (answer.outcome != Outcome::kDone) {
      number_ = 0;
      return End(413);
    }
    written_ += size;
    taken_ += size;
    // Not part for part: a body that came as a whole may be a thousand of them.
    if (taken_ >= body_.size() / 2) body_.erase(0, std::exchange(taken_, 0));
    Go();
    if (waited_for_ && rest().size() < kHighWater) {
      waited_for_ = false;
      caller_.OnDrained();  // May destroy this.
    }
  }

  // What was not written yet.
  std::string_view rest() const { return std::string_view(body_).substr(taken_); }

  // What is shorter or longer than it says was cut on its way (RFC 9111, section 3.3).
  bool HasItsLength(uint64_t size) const { return !length_ || *length_ == size; }

  void End(int status) {
    over_ = true;
    if (status == 204) counters_.cache_stored.Add(1);
    AnswerLater(status);
  }

  int status_ = 0;
  std::string status_text_;
  std::optional<uint64_t> length_;
  http::Storable rules_;
  std::string body_;      // What of it is here; it begins with what was written, …
  size_t taken_ = 0;      // … so much.
  uint64_t written_ = 0;  // Of it.
  bool ended_ = false;    // Nothing more comes.
  bool over_ = false;     // What becomes of it is known.
  bool waited_for_ = false;
};

class DeleteCall final : public CacheCall {
 public:
  DeleteCall(CacheStoreWay* way, net::Later& later, AppCounters& counters,
             const http::CallRequest& request, http::Caller& caller)
      : CacheCall(way, later, counters, request, caller) {
    if (has_store()) {
      Ask({.operation = Operation::kDelete, .key = key_}, [this](const Answer& answer) {
        AnswerNow(answer.outcome == Outcome::kDone ? 200 : 404);
      });
    } else {
      AnswerLater(404);
    }
  }
};

}  // namespace

std::optional<runtime::OutboundPort::KeptResponse> FindKeptCopy(CacheStoreWay& way,
                                                                AppCounters& counters,
                                                                std::string_view cache,
                                                                std::string_view url,
                                                                std::string_view fields) {
  const std::string key = cache::KeyText(cache, url);
  const int64_t now = Now();
  const auto copy = way.front().Find(way.front().PlaceOf(way.app(), key), way.app(), key, now);
  if (copy == nullptr || http::FieldValue(copy->fields, "content-encoding")) return std::nullopt;
  counters.cache_hits.Add(1);
  const std::string block = http::BlockOf(fields);
  http::CacheAnswer answer = http::AnswerFromCache(http::CacheRequest::Of(block),
                                                   {.status = copy->status,
                                                    .fields = copy->fields,
                                                    .size = copy->body.size(),
                                                    .born = copy->born},
                                                   now);
  runtime::OutboundPort::KeptResponse kept{.status = answer.status,
                                           .fields = std::move(answer.fields)};
  kept.status_text = answer.status == copy->status ? copy->status_text : std::string();
  if (answer.body && answer.body->length != 0) {
    kept.has_body = true;
    kept.body = std::string_view(copy->body).substr(answer.body->first, answer.body->length);
    kept.owner = copy;
  }
  return kept;
}

std::unique_ptr<http::Call> StartCacheCall(CacheStoreWay* way, net::Later& later,
                                           AppCounters& counters, const http::CallRequest& request,
                                           http::Caller& caller) {
  if (request.method == "PUT") {
    return std::make_unique<PutCall>(way, later, counters, request, caller);
  }
  if (request.method == "DELETE") {
    return std::make_unique<DeleteCall>(way, later, counters, request, caller);
  }
  return std::make_unique<MatchCall>(way, later, counters, request, caller);
}

}  // namespace nano::server

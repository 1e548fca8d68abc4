// One answer for each operation. See desk.h for ownership and threads.
#include "storage/cache/desk.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "storage/cache/entry_key.h"

namespace nano::cache {
namespace {

// Entries that are looked into for one message: others wait meanwhile.
constexpr size_t kLooks = 1'000;

std::string Only(Outcome outcome) { return Encode(cache::Answer{.outcome = outcome}); }

EntryHead HeadOf(const Request& request) {
  return {.key = request.key,
          .status = request.status,
          .status_text = request.status_text,
          .fields = request.fields,
          .born = request.born,
          .expires = request.expires};
}

}  // namespace

Result<std::string> Desk::Answer(const std::string& app, std::string_view message, int64_t now) {
  const Request request = TRY(DecodeRequest(message));
  Sweep(now);
  switch (request.operation) {
    case Operation::kMatch:
      return Match(app, request, now);
    case Operation::kRead:
      return Read(app, request, now);
    case Operation::kClose:
      if (Find(app, request.number, now) != nullptr) open_.erase(request.number);
      return Only(Outcome::kDone);
    case Operation::kPut:
    case Operation::kBegin:
      return Put(app, request, now);
    case Operation::kWrite:
      return Write(app, request, now);
    case Operation::kFinish:
      return Finish(app, request);
    case Operation::kDelete:
      Raise(app, request.key);
      return Only(store_->Remove(app, KeyOf(request.key), now) ? Outcome::kDone : Outcome::kNone);
    case Operation::kPurge:
    case Operation::kFigures:
    case Operation::kCaches:
      break;
  }
  return Error{"an app asks the cache for what is not an app's", {}, {}};
}

Result<std::string> Desk::AnswerOperator(std::string_view message, int64_t now) {
  const Request request = TRY(DecodeRequest(message));
  switch (request.operation) {
    case Operation::kPurge:
      return Purge(request, now);
    case Operation::kFigures:
      return Figures();
    case Operation::kCaches:
      return Caches(request);
    default:
      return Error{"who operates the server asks the cache for what is an app's", {}, {}};
  }
}

std::string Desk::Purge(const Request& request, int64_t now) {
  const std::string app(request.app);
  if (!request.key.empty()) {
    Raise(app, request.key);
    return Encode(cache::Answer{.size = uint64_t{store_->Remove(app, KeyOf(request.key), now)}});
  }
  if (request.prefix.empty()) {
    RaiseAll();
    return Encode(cache::Answer{.size = store_->Purge(app)});
  }
  uint64_t count = 0;
  const std::string after =
      store_->Look(app, request.after, kLooks, [&](std::string_view text, uint64_t) {
        if (!text.starts_with(request.prefix)) return;
        Raise(app, text);
        count += store_->Remove(app, KeyOf(text), now) ? 1 : 0;
      });
  // Once, for all who have copies of anything: of what was not here any more there may be some.
  if (after.empty()) RaiseAll();
  return Encode(cache::Answer{.size = count, .after = after});
}

std::string Desk::Figures() const {
  const std::vector<AppFigures> all = store_->Figures();
  cache::Answer answer;
  for (const AppFigures& one : all) {
    answer.figures.push_back({.app = one.app,
                              .entries = one.entries,
                              .bytes = one.bytes,
                              .hits = one.hits,
                              .misses = one.misses,
                              .stored = one.stored,
                              .evicted = one.evicted});
  }
  return Encode(answer);
}

std::string Desk::Caches(const Request& request) {
  std::map<std::string, cache::Figures, std::less<>> caches;
  const std::string after = store_->Look(
      std::string(request.app), request.after, kLooks, [&](std::string_view text, uint64_t bytes) {
        cache::Figures& figures = caches[std::string(CacheOf(text))];
        ++figures.entries;
        figures.bytes += bytes;
      });
  cache::Answer answer;
  for (auto& [name, figures] : caches) {
    figures.app = name;
    answer.figures.push_back(figures);
  }
  answer.after = after;
  return Encode(answer);
}

std::string Desk::Match(const std::string& app, const Request& request, int64_t now) {
  const EntryKey key = KeyOf(request.key);
  Descriptor file = store_->Find(app, key, now);
  if (file.get() < 0) return Only(Outcome::kNone);
  std::optional<EntryReader> reader = EntryReader::Open(std::move(file), request.key);
  cache::Answer answer;
  const bool is_short = reader && reader->body_size() <= kPart;
  if (reader && is_short && reader->body_size() > 0) {
    const std::optional<std::string_view> body = reader->Read(0, kPart);
    if (body) {
      answer.bytes = *body;
    } else {
      reader.reset();
    }
  }
  if (!reader) {  // It is damaged.
    store_->Remove(app, key, now);
    return Only(Outcome::kNone);
  }
  answer.size = reader->body_size();
  answer.status = static_cast<uint16_t>(reader->status());
  answer.status_text = reader->status_text();
  answer.fields = reader->fields();
  answer.born = reader->born();
  answer.expires = reader->expires();
  if (is_short) return Encode(answer);
  Open open{.app = app, .reader = std::make_unique<EntryReader>(std::move(*reader))};
  // The views are of what has moved.
  answer.status_text = open.reader->status_text();
  answer.fields = open.reader->fields();
  answer.number = Keep(std::move(open), now);
  return answer.number == 0 ? Only(Outcome::kNone) : Encode(answer);
}

std::string Desk::Read(const std::string& app, const Request& request, int64_t now) {
  Open* const open = Find(app, request.number, now);
  if (open == nullptr || open->reader == nullptr || request.offset >= open->reader->body_size()) {
    return Only(Outcome::kNone);
  }
  const std::optional<std::string_view> part = open->reader->Read(request.offset, kPart);
  if (!part) {  // It is damaged. The next one to ask for the entry finds that, too.
    open_.erase(request.number);
    return Only(Outcome::kNone);
  }
  return Encode(cache::Answer{.bytes = *part});
}

std::string Desk::Put(const std::string& app, const Request& request, int64_t now) {
  std::unique_ptr<Deposit> deposit = store_->Begin(app, HeadOf(request), now);
  if (deposit == nullptr) return Only(Outcome::kFailed);
  if (request.operation == Operation::kPut) {
    Raise(app, request.key);
    const bool kept = deposit->Write(request.bytes) && deposit->Finish();
    return Only(kept ? Outcome::kDone : Outcome::kFailed);
  }
  const uint64_t number =
      Keep({.app = app, .deposit = std::move(deposit), .key = std::string(request.key)}, now);
  if (number == 0) return Only(Outcome::kFailed);
  return Encode(cache::Answer{.number = number});
}

std::string Desk::Write(const std::string& app, const Request& request, int64_t now) {
  Open* const open = Find(app, request.number, now);
  if (open == nullptr || open->deposit == nullptr) return Only(Outcome::kFailed);
  // Of what was sent twice the second is nothing new.
  if (request.offset + request.bytes.size() == open->written) return Only(Outcome::kDone);
  if (request.offset != open->written || !open->deposit->Write(request.bytes)) {
    open_.erase(request.number);
    return Only(Outcome::kFailed);
  }
  open->written += request.bytes.size();
  return Only(Outcome::kDone);
}

std::string Desk::Finish(const std::string& app, const Request& request) {
  Open* const open = Find(app, request.number, 0);
  if (open == nullptr || open->deposit == nullptr) return Only(Outcome::kFailed);
  Raise(app, open->key);
  // `offset` is how much it is: what got lost on the way is no part of a response.
  const bool kept = open->written == request.offset && open->deposit->Finish();
  open_.erase(request.number);
  return Only(kept ? Outcome::kDone : Outcome::kFailed);
}

void Desk::Sweep(int64_t now) {
  constexpr int64_t kEach = 10;
  if (now - swept_ < kEach) return;
  swept_ = now;
  std::erase_if(open_, [now](const auto& item) { return now - item.second.used > kPatience; });
}

uint64_t Desk::Keep(Open open, int64_t now) {
  if (open_.size() >= kMostOpen / 2) {
    const auto own = std::ranges::count_if(
        open_, [&open](const auto& item) { return item.second.app == open.app; });
    if (open_.size() >= kMostOpen || static_cast<size_t>(own) >= kMostOpen / 2) return 0;
  }
  open.used = now;
  if (++last_ == 0) ++last_;
  open_.emplace(last_, std::move(open));
  return last_;
}

void Desk::Raise(std::string_view app, std::string_view key) {
  if (epochs_ != nullptr) epochs_->Raise(CopyKeyOf(app, key));
}

// Also of what is not here any more there may be copies.
void Desk::RaiseAll() {
  if (epochs_ != nullptr) epochs_->RaiseAll();
}

Desk::Open* Desk::Find(const std::string& app, uint64_t number, int64_t now) {
  const auto found = open_.find(number);
  if (found == open_.end() || found->second.app != app) return nullptr;
  found->second.used = std::max(found->second.used, now);
  return &found->second;
}

}  // namespace nano::cache

// Requests as commands, and replies as answers. See redis_namespace.h for ownership and threads.
#include "storage/kv/redis_namespace.h"

#include <algorithm>
#include <ctime>
#include <deque>
#include <utility>

namespace nano::kv {
namespace {

using redis::Command;
using redis::Reply;

// Whose replies may all be as long as a value can be.
constexpr size_t kAtOnce = 8;
constexpr int64_t kDownSeconds = 1;

// Unless it is there again.
constexpr char kForget[] =
    "if redis.call('EXISTS', KEYS[2]) == 0 then return redis.call('ZREM', KEYS[1], ARGV[1]) end "
    "return 0";

// What a request is asked with. Texts live as long as this.
class Commands {
 public:
  std::string_view Keep(std::string text) { return texts_.emplace_back(std::move(text)); }
  void Add(Command command) { list_.push_back(std::move(command)); }
  const std::vector<Command>& list() const { return list_; }

 private:
  std::deque<std::string> texts_;
  std::vector<Command> list_;
};

Error Refused(const std::string& text) { return Error{"the server refused it: " + text, {}, {}}; }

// The first error of replies, those of EXEC included.
std::optional<Error> ErrorIn(const std::vector<Reply>& replies, size_t begin, size_t end) {
  for (size_t i = begin; i < end; ++i) {
    if (replies[i].kind == Reply::Kind::kError) return Refused(replies[i].text);
    for (const Reply& item : replies[i].items) {
      if (item.kind == Reply::Kind::kError) return Refused(item.text);
    }
  }
  return std::nullopt;
}

// Of HMGET v m x.
Entry EntryIn(const Reply& reply) {
  Entry entry{.found = reply.items.size() == 3 && reply.items[0].kind == Reply::Kind::kText};
  if (!entry.found) return entry;
  entry.value = reply.items[0].text;
  if (reply.items[1].kind == Reply::Kind::kText) entry.metadata = reply.items[1].text;
  return entry;
}

std::string AnswerOf(const Request& request, const std::vector<Reply>& replies, size_t begin) {
  kv::Answer answer;
  if (request.operation != Operation::kGet && request.operation != Operation::kGetMany) {
    return Encode(answer);
  }
  size_t bytes = 0;
  for (size_t i = 0; i < request.keys.size(); ++i) {
    Entry entry = EntryIn(replies[begin + i]);
    if (request.operation == Operation::kGetMany) entry.key = request.keys[i];
    bytes += entry.value.size();
    answer.entries.push_back(entry);
  }
  if (bytes > kMaxAtOnceBytes) {
    return EncodeFailure(Outcome::kRefused, "413 Total size of request exceeds the limit of 25MB");
  }
  return Encode(answer);
}

}  // namespace

RedisNamespace::RedisNamespace(WorkPool& pool, redis::Address address, const std::string& name,
                               std::function<void(const Error&)> failed)
    : address_(std::move(address)),
      prefix_("nano:kv:{" + name + "}:"),
      keys_(prefix_ + "keys"),
      failed_(std::move(failed)),
      line_(pool, [this](std::vector<Call> calls) { Work(std::move(calls)); }) {}

void RedisNamespace::Work(std::vector<Call> calls) {
  for (size_t i = 0; i < calls.size(); i += kAtOnce) {
    std::vector<Call> some;
    for (size_t j = i; j < std::min(i + kAtOnce, calls.size()); ++j) {
      if (calls[j].writes || calls[j].has_room()) {
        some.push_back(std::move(calls[j]));
      } else {
        const auto park = calls[j].park;
        park(std::move(calls[j]));
      }
    }
    if (!some.empty()) Answer(some);
  }
}

void RedisNamespace::Answer(std::vector<Call>& calls) {
  Result<std::vector<std::string>> answers = Ask(calls);
  // A connection that has rested may have been closed meanwhile.
  if (!answers.ok() && !down_) answers = Ask(calls);
  if (answers.ok()) {
    told_ = false;
    for (size_t i = 0; i < calls.size(); ++i) calls[i].done(std::move((*answers)[i]));
    return;
  }
  Error error = answers.error();
  if (error.where.empty()) error.where = address_.name();
  if (!std::exchange(told_, true)) failed_(error);
  const std::string answer = EncodeFailure(Outcome::kFailed, "500 " + error.message);
  for (Call& call : calls) call.done(answer);
}

Result<void> RedisNamespace::Connect() {
  if (connection_) return {};
  const int64_t now = time(nullptr);
  if (down_ && now < down_until_) return *down_;
  Result<redis::Connection> opened = redis::Connection::Open(address_);
  if (!opened.ok()) {
    down_ = opened.error();
    down_until_ = now + kDownSeconds;
    return opened.error();
  }
  down_.reset();
  connection_.emplace(std::move(opened).value());
  return {};
}

// All that is no list as one pipeline.
Result<std::vector<std::string>> RedisNamespace::Ask(const std::vector<Call>& calls) {
  TRY(Connect());
  Commands commands;
  std::vector<Request> requests;
  std::vector<size_t> begins;
  const int64_t now = time(nullptr);
  for (const Call& call : calls) {
    const Request& request = requests.emplace_back(TRY(DecodeRequest(call.message)));
    begins.push_back(commands.list().size());
    switch (request.operation) {
      case Operation::kGet:
      case Operation::kGetMany:
        for (const std::string_view key : request.keys) {
          commands.Add({"HMGET", commands.Keep(EntryOf(key)), "v", "m", "x"});
        }
        break;
      case Operation::kPut: {
        const std::string_view entry = commands.Keep(EntryOf(request.keys.front()));
        const int64_t at = ExpiryOf(request.expiration, request.ttl, now).at;
        const std::string_view expiration = commands.Keep(std::to_string(at));
        Command set = {"HSET", entry, "v", request.value};
        if (request.metadata) set.insert(set.end(), {"m", *request.metadata});
        if (at != 0) set.insert(set.end(), {"x", expiration});
        commands.Add({"MULTI"});
        commands.Add({"DEL", entry});
        commands.Add(std::move(set));
        if (at != 0) commands.Add({"EXPIREAT", entry, expiration});
        commands.Add({"ZADD", keys_, "0", request.keys.front()});
        commands.Add({"EXEC"});
        break;
      }
      case Operation::kDelete: {
        Command remove = {"DEL"};
        Command forget = {"ZREM", keys_};
        for (const std::string_view key : request.keys) {
          remove.push_back(commands.Keep(EntryOf(key)));
          forget.push_back(key);
        }
        commands.Add({"MULTI"});
        commands.Add(std::move(remove));
        commands.Add(std::move(forget));
        commands.Add({"EXEC"});
        break;
      }
      case Operation::kList:
      case Operation::kNamespaces:
        break;
    }
  }
  begins.push_back(commands.list().size());
  Result<std::vector<Reply>> replies = connection_->Ask(commands.list());
  if (!replies.ok()) {
    connection_.reset();
    return replies.error();
  }
  std::vector<std::string> answers;
  for (size_t i = 0; i < requests.size(); ++i) {
    if (requests[i].operation == Operation::kList) {
      Result<std::string> listed = List(requests[i]);
      if (!listed.ok()) {
        connection_.reset();
        return listed.error();
      }
      answers.push_back(std::move(listed).value());
    } else if (const auto error = ErrorIn(*replies, begins[i], begins[i + 1])) {
      answers.push_back(EncodeFailure(Outcome::kFailed, "500 " + error->message));
    } else {
      answers.push_back(AnswerOf(requests[i], *replies, begins[i]));
    }
  }
  return answers;
}

// Page by page, since some of the keys may have expired.
Result<std::string> RedisNamespace::List(const Request& request) {
  std::deque<std::string> kept;
  kv::Answer answer;
  std::string after(request.after);
  const size_t wanted = size_t{request.limit} + 1;
  for (bool more = true; more && answer.entries.size() < wanted;) {
    const std::string from =
        after.empty() || after < request.prefix ? "[" + std::string(request.prefix) : "(" + after;
    const std::string count = std::to_string(wanted - answer.entries.size());
    const auto found =
        TRY(connection_->Ask({{"ZRANGEBYLEX", keys_, from, "+", "LIMIT", "0", count}}));
    if (const auto error = ErrorIn(found, 0, 1)) return *error;
    const std::vector<Reply>& keys = found.front().items;
    more = keys.size() == wanted - answer.entries.size();
    Commands commands;
    size_t asked = 0;
    for (; asked < keys.size() && keys[asked].text.starts_with(request.prefix); ++asked) {
      const std::string_view entry = commands.Keep(EntryOf(keys[asked].text));
      commands.Add({"EXISTS", entry});
      commands.Add({"HMGET", entry, "m", "x"});
    }
    if (asked < keys.size()) more = false;
    if (asked == 0) break;
    after = keys[asked - 1].text;
    const auto entries = TRY(connection_->Ask(commands.list()));
    if (const auto error = ErrorIn(entries, 0, entries.size())) return *error;
    Commands forget;
    for (size_t i = 0; i < asked; ++i) {
      const std::string& key = kept.emplace_back(keys[i].text);
      if (entries[2 * i].number == 0) {
        forget.Add({"EVAL", kForget, "2", keys_, forget.Keep(EntryOf(key)), key});
        continue;
      }
      const std::vector<Reply>& fields = entries[2 * i + 1].items;
      Entry& entry = answer.entries.emplace_back();
      entry.key = key;
      if (fields.size() != 2) continue;
      if (fields[0].kind == Reply::Kind::kText) entry.metadata = kept.emplace_back(fields[0].text);
      if (fields[1].kind == Reply::Kind::kText) {
        entry.expiration = strtoll(fields[1].text.c_str(), nullptr, 10);
      }
    }
    if (!forget.list().empty()) TRY(connection_->Ask(forget.list()));
  }
  if (answer.entries.size() == wanted) {
    answer.complete = false;
    answer.entries.pop_back();
  }
  return Encode(answer);
}

}  // namespace nano::kv

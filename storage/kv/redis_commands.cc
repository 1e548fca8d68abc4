// Requests as commands, and replies as answers. See redis_commands.h.
#include "storage/kv/redis_commands.h"

#include <cstdlib>
#include <utility>

namespace nano::kv {
namespace {

using redis::Command;
using redis::Reply;

// Unless it is there again.
constexpr char kForget[] =
    "if redis.call('EXISTS', KEYS[3]) == 0 then redis.call('ZREM', KEYS[1], ARGV[1]) "
    "redis.call('ZREM', KEYS[2], ARGV[1]) end return 0";

// An entry that is there still, by the server's clock, keeps its place.
constexpr char kSweep[] =
    "local due = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2]) "
    "for _, key in ipairs(due) do if redis.call('EXISTS', ARGV[3] .. key) == 0 then "
    "redis.call('ZREM', KEYS[1], key) redis.call('ZREM', KEYS[2], key) end end return #due";

int64_t NumberIn(const Reply& reply) { return strtoll(reply.text.c_str(), nullptr, 10); }

// Of HMGET v m x.
Entry EntryIn(const Reply& reply) {
  Entry entry{.found = reply.items.size() == 3 && reply.items[0].kind == Reply::Kind::kText};
  if (!entry.found) return entry;
  entry.value = reply.items[0].text;
  if (reply.items[1].kind == Reply::Kind::kText) entry.metadata = reply.items[1].text;
  if (reply.items[2].kind == Reply::Kind::kText) entry.expiration = NumberIn(reply.items[2]);
  return entry;
}

}  // namespace

void RedisCommands::AddRequest(const Request& request, int64_t now) {
  switch (request.operation) {
    case Operation::kGet:
    case Operation::kGetMany:
      for (const std::string_view key : request.keys) {
        list_.push_back({"HMGET", EntryOf(key), "v", "m", "x"});
      }
      return;
    case Operation::kPut:
      return AddPut(request, now);
    case Operation::kDelete:
      return AddDelete(request);
    case Operation::kList:
    case Operation::kNamespaces:
      return;
  }
}

void RedisCommands::AddPut(const Request& request, int64_t now) {
  const std::string_view key = request.keys.front();
  const std::string_view entry = EntryOf(key);
  const int64_t at = ExpiryOf(request.expiration, request.ttl, now).at;
  const std::string_view expiration = Keep(std::to_string(at));
  Command set = {"HSET", entry, "v", request.value};
  if (request.metadata) set.insert(set.end(), {"m", *request.metadata});
  if (at != 0) set.insert(set.end(), {"x", expiration});
  list_.push_back({"MULTI"});
  list_.push_back({"DEL", entry});
  list_.push_back(std::move(set));
  list_.push_back({"ZADD", keys_, "0", key});
  if (at != 0) {
    list_.push_back({"EXPIREAT", entry, expiration});
    list_.push_back({"ZADD", expiring_, expiration, key});
  } else {
    list_.push_back({"ZREM", expiring_, key});
  }
  list_.push_back({"EXEC"});
}

void RedisCommands::AddDelete(const Request& request) {
  Command remove = {"DEL"};
  Command forget = {"ZREM", keys_};
  Command expires = {"ZREM", expiring_};
  for (const std::string_view key : request.keys) {
    remove.push_back(EntryOf(key));
    forget.push_back(key);
    expires.push_back(key);
  }
  list_.push_back({"MULTI"});
  list_.push_back(std::move(remove));
  list_.push_back(std::move(forget));
  list_.push_back(std::move(expires));
  list_.push_back({"EXEC"});
}

void RedisCommands::AddRange(std::string_view from, size_t most) {
  list_.push_back({"ZRANGEBYLEX", keys_, Keep(std::string(from)), "+", "LIMIT", "0",
                   Keep(std::to_string(most))});
}

void RedisCommands::AddLook(std::string_view key) {
  const std::string_view entry = EntryOf(key);
  list_.push_back({"EXISTS", entry});
  list_.push_back({"HMGET", entry, "m", "x"});
}

void RedisCommands::AddForget(std::string_view key) {
  list_.push_back({"EVAL", kForget, "3", keys_, expiring_, EntryOf(key), key});
}

void RedisCommands::AddSweep(int64_t now, size_t most) {
  list_.push_back({"EVAL", kSweep, "2", keys_, expiring_, Keep(std::to_string(now)),
                   Keep(std::to_string(most)), Keep(prefix_ + "e:")});
}

std::optional<Error> ErrorIn(const std::vector<Reply>& replies, size_t begin, size_t end) {
  const auto refused = [](const std::string& text) {
    return Error{"the server refused it: " + text, {}, {}};
  };
  for (size_t i = begin; i < end; ++i) {
    if (replies[i].kind == Reply::Kind::kError) return refused(replies[i].text);
    for (const Reply& item : replies[i].items) {
      if (item.kind == Reply::Kind::kError) return refused(item.text);
    }
  }
  return std::nullopt;
}

size_t SizeOf(const Reply& reply) {
  size_t size = reply.text.size();
  for (const Reply& item : reply.items) size += SizeOf(item);
  return size;
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
  return bytes > kMaxAtOnceBytes ? TooMuchAnswer() : Encode(answer);
}

Entry ListedIn(const Reply& reply, std::deque<std::string>& kept) {
  Entry entry;
  if (reply.items.size() != 2) return entry;
  if (reply.items[0].kind == Reply::Kind::kText) {
    entry.metadata = kept.emplace_back(reply.items[0].text);
  }
  if (reply.items[1].kind == Reply::Kind::kText) entry.expiration = NumberIn(reply.items[1]);
  return entry;
}

std::string TooMuchAnswer() {
  return EncodeFailure(Outcome::kRefused, "413 Total size of request exceeds the limit of 25MB");
}

}  // namespace nano::kv

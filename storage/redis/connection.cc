// hiredis' blocking calls as results. See connection.h for ownership and threads.
#include "storage/redis/connection.h"

#include <hiredis/hiredis.h>
#include <poll.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>

namespace nano::redis {
namespace {

using Clock = std::chrono::steady_clock;

timeval TimeOf(int milliseconds) {
  return {.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string PercentDecoded(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_coded = text[i] == '%' && i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 &&
                          HexDigit(text[i + 2]) >= 0;
    decoded +=
        is_coded ? static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2])) : text[i];
    if (is_coded) i += 2;
  }
  return decoded;
}

bool IsNumber(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

Reply ReplyOf(const redisReply& from) {
  Reply reply;
  switch (from.type) {
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
      reply.kind = Reply::Kind::kText;
      reply.text.assign(from.str, from.len);
      break;
    case REDIS_REPLY_INTEGER:
      reply.kind = Reply::Kind::kNumber;
      reply.number = from.integer;
      break;
    case REDIS_REPLY_ARRAY:
      reply.kind = Reply::Kind::kList;
      for (size_t i = 0; i < from.elements; ++i) reply.items.push_back(ReplyOf(*from.element[i]));
      break;
    case REDIS_REPLY_ERROR:
      reply.kind = Reply::Kind::kError;
      reply.text.assign(from.str, from.len);
      break;
    default:
      break;
  }
  return reply;
}

// It does not know the command, or does not allow it.
bool HasNoIds(const Reply& reply) {
  return reply.kind == Reply::Kind::kError &&
         (reply.text.starts_with("ERR ") || reply.text.starts_with("NOPERM "));
}

}  // namespace

Result<Address> Address::Parse(std::string_view url) {
  // What it is may be a secret.
  const auto wrong = [](const char* what) {
    return Error{
        std::string("this is no URL of a Redis server: ") + what,
        {},
        "Write redis://USER:PASSWORD@HOST:PORT/DATABASE, of which HOST is needed; `/`, `:`, "
        "`@` and `%` of a password are percent-encoded."};
  };
  constexpr std::string_view kScheme = "redis://";
  if (!url.starts_with(kScheme)) return wrong("it does not begin with redis://");
  url.remove_prefix(kScheme.size());
  Address address;
  if (const size_t slash = url.find('/'); slash != url.npos) {
    address.database = url.substr(slash + 1);
    url = url.substr(0, slash);
    if (!address.database.empty() && !IsNumber(address.database)) {
      return wrong("what is behind its `/` is no number of a database");
    }
  }
  if (const size_t at = url.rfind('@'); at != url.npos) {
    const std::string_view who = url.substr(0, at);
    const size_t colon = std::min(who.find(':'), who.size());
    address.user = PercentDecoded(who.substr(0, colon));
    address.password = PercentDecoded(who.substr(std::min(colon + 1, who.size())));
    url.remove_prefix(at + 1);
  }
  std::string_view port;
  if (url.starts_with('[')) {
    const size_t end = url.find(']');
    if (end == url.npos) return wrong("its host has no `]`");
    address.host = url.substr(1, end - 1);
    url.remove_prefix(end + 1);
    if (!url.empty() && url.front() != ':') return wrong("behind its host is no port");
    port = url.substr(std::min<size_t>(1, url.size()));
  } else {
    const size_t colon = std::min(url.find(':'), url.size());
    address.host = url.substr(0, colon);
    port = url.substr(std::min(colon + 1, url.size()));
  }
  if (address.host.empty()) return wrong("it has no host");
  if (!port.empty()) {
    const auto [rest, status] =
        std::from_chars(port.data(), port.data() + port.size(), address.port);
    if (status != std::errc() || rest != port.data() + port.size()) {
      return wrong("its port is no number up to 65535");
    }
  }
  return address;
}

std::string Address::name() const { return host + ":" + std::to_string(port); }

Result<Connection> Connection::Open(const Address& address, Patience patience) {
  Connection connection;
  connection.context_ =
      redisConnectWithTimeout(address.host.c_str(), int{address.port}, TimeOf(patience.to_connect));
  const redisContext* context = connection.context_;
  if (context == nullptr || context->err != 0) {
    return Error{
        std::string("cannot connect: ") + (context == nullptr ? "no memory" : context->errstr),
        address.name(), "Is the server there, and does `kv` name it?"};
  }
  connection.SetPatience(patience.to_connect);
  std::vector<Command> first;
  if (!address.password.empty()) {
    if (address.user.empty()) {
      first.push_back({"AUTH", address.password});
    } else {
      first.push_back({"AUTH", address.user, address.password});
    }
  }
  if (!address.database.empty()) first.push_back({"SELECT", address.database});
  // The system accepts connections for a server that hangs: it counts once it has answered.
  first.push_back({"CLIENT", "ID"});
  Result<std::vector<Reply>> replies = connection.Ask(first);
  if (!replies.ok()) {
    return Error{"cannot connect: " + replies.error().message, address.name(),
                 "Does the server work, and is it one of Redis or Valkey?"};
  }
  connection.id_ = replies->back().number;
  if (HasNoIds(replies->back())) replies->pop_back();
  for (const Reply& reply : *replies) {
    if (reply.kind != Reply::Kind::kError) continue;
    return Error{"it does not let us in: " + reply.text, address.name(),
                 "Are the user, the password and the database those of the server?"};
  }
  connection.SetPatience(patience.to_reply);
  return connection;
}

Connection::~Connection() {
  if (context_ != nullptr) redisFree(context_);
}

void Connection::SetPatience(int milliseconds) {
  waits_ms_ = milliseconds;
  redisSetTimeout(context_, TimeOf(milliseconds));
}

Clock::time_point Connection::DeadlineOf(size_t turns) const {
  return Clock::now() + std::chrono::milliseconds(waits_ms_) * turns;
}

bool Connection::IsReadableBy(Clock::time_point deadline) const {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd one{.fd = context_->fd, .events = POLLIN, .revents = 0};
    const int ready = poll(&one, 1, static_cast<int>(std::max<int64_t>(0, left.count())));
    if (ready >= 0 || errno != EINTR) return ready != 0;  // Of an error the read tells.
  }
}

Error Connection::Silent() {
  end_ = End::kSilent;
  return Error{"no answer within " + std::to_string(waits_ms_ / 1000) + " s", {}, {}};
}

Error Connection::Lost() {
  if (context_->err == REDIS_ERR_IO && errno == EAGAIN) return Silent();
  end_ = End::kClosed;
  return Error{std::string("the connection is lost: ") + context_->errstr, {}, {}};
}

// hiredis has no bound of its own for what it reads, and one of time for each part alone: a server
// could send a byte now and then.
Result<Reply> Connection::Next() {
  redisReader& reader = *context_->reader;
  void* reply = nullptr;
  const Clock::time_point deadline = DeadlineOf(1);
  for (size_t read = 0;;) {
    if (redisReaderGetReply(&reader, &reply) != REDIS_OK) {
      end_ = End::kWrong;
      return Error{std::string("that is no server of Redis: ") + reader.errstr, {}, {}};
    }
    if (reply != nullptr) break;
    if (read > kMostReply) {
      end_ = End::kWrong;
      return Error{"a reply is longer than " + std::to_string(kMostReply >> 20) + " MiB", {}, {}};
    }
    const size_t before = reader.len;
    if (!IsReadableBy(deadline)) return Silent();
    errno = 0;
    if (redisBufferRead(context_) != REDIS_OK) return Lost();
    read += reader.len - before;
  }
  const std::unique_ptr<void, void (*)(void*)> owned(reply, freeReplyObject);
  return ReplyOf(*static_cast<const redisReply*>(reply));
}

Result<void> Connection::Ask(const std::vector<Command>& commands, OnReply on_reply) {
  for (const Command& command : commands) {
    std::vector<const char*> texts;
    std::vector<size_t> lengths;
    for (const std::string_view text : command) {
      texts.push_back(text.data());
      lengths.push_back(text.size());
    }
    redisAppendCommandArgv(context_, static_cast<int>(texts.size()), texts.data(), lengths.data());
  }
  const Clock::time_point deadline = DeadlineOf(commands.size());
  for (int all_sent = commands.empty() ? 1 : 0; all_sent == 0;) {
    errno = 0;
    if (redisBufferWrite(context_, &all_sent) != REDIS_OK) return Lost();
    if (all_sent == 0 && Clock::now() > deadline) return Silent();
  }
  for (size_t i = 0; i < commands.size(); ++i) on_reply(i, TRY(Next()));
  return {};
}

Result<std::vector<Reply>> Connection::Ask(const std::vector<Command>& commands) {
  std::vector<Reply> replies;
  TRY(Ask(commands, [&replies](size_t, Reply reply) { replies.push_back(std::move(reply)); }));
  return replies;
}

}  // namespace nano::redis

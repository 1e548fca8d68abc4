// A connection to a server of Redis or Valkey: commands in, replies out, as many at once as are
// given. Blocks, within bounds of time and memory.
//
// Owns the connection. Thread: any one at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/function_ref.h"
#include "base/result.h"

struct redisContext;

namespace nano::redis {

struct Address {
  std::string host;
  uint16_t port = 6379;
  std::string user{};      // Empty: the default one.
  std::string password{};  // Empty: none is asked for.
  std::string database{};  // A number; empty: 0.

  // "redis://USER:PASSWORD@HOST:PORT/DATABASE", percent-encoded where it has to be. The Error does
  // not have the URL, which may hold a password.
  static Result<Address> Parse(std::string_view url);

  // "HOST:PORT", for people.
  std::string name() const;
};

using Command = std::vector<std::string_view>;

struct Reply {
  enum class Kind { kNothing, kText, kNumber, kList, kError };
  Kind kind = Kind::kNothing;
  std::string text{};
  int64_t number = 0;
  std::vector<Reply> items{};
};

// How long a server may take, in milliseconds.
struct Patience {
  int to_connect = 2'000;  // And to let us in.
  int to_reply = 10'000;   // With each reply, and to take each command.
};

class Connection {
 public:
  // Of one reply: a server that sends more is not what it should be.
  static constexpr size_t kMostReply = size_t{64} << 20;

  // Why there are no more replies.
  enum class End {
    kNone,
    kClosed,  // By the other side, perhaps long ago.
    kSilent,  // It did not answer in time …
    kWrong,   // … or with what is no reply, or one beyond kMostReply.
  };

  // Connected, and let in.
  static Result<Connection> Open(const Address& address, Patience patience = {});
  Connection() = default;
  ~Connection();
  Connection(Connection&& other) noexcept
      : context_(std::exchange(other.context_, nullptr)),
        waits_ms_(other.waits_ms_),
        id_(other.id_) {}
  Connection& operator=(Connection&& other) noexcept {
    std::swap(context_, other.context_);
    std::swap(waits_ms_, other.waits_ms_);
    std::swap(id_, other.id_);
    return *this;
  }

  // Sends all of them, and gives a reply for each, as they come. An Error: the connection is of no
  // use any more, as `end` says.
  using OnReply = FunctionRef<void(size_t command, Reply reply)>;
  Result<void> Ask(const std::vector<Command>& commands, OnReply on_reply);
  // The same with all replies at once.
  Result<std::vector<Reply>> Ask(const std::vector<Command>& commands);

  End end() const { return end_; }
  // By which the server knows it; 0: it did not say (before Redis 5).
  int64_t id() const { return id_; }

 private:
  void SetPatience(int milliseconds);
  Result<Reply> Next();
  // The time by which something is to have happened that takes so many turns.
  std::chrono::steady_clock::time_point DeadlineOf(size_t turns) const;
  // Whether there is anything to read by then.
  bool IsReadableBy(std::chrono::steady_clock::time_point deadline) const;
  Error Lost();
  Error Silent();

  redisContext* context_ = nullptr;
  int waits_ms_ = 0;  // For one reply.
  int64_t id_ = 0;
  End end_ = End::kNone;
};

}  // namespace nano::redis

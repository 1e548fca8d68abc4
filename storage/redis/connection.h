// A connection to a server of Redis or Valkey: commands in, replies out, as many at once as are
// given. Blocks, within bounds.
//
// Owns the connection. Thread: any one at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

class Connection {
 public:
  // Connected, and let in.
  static Result<Connection> Open(const Address& address);
  Connection() = default;
  ~Connection();
  Connection(Connection&& other) noexcept : context_(std::exchange(other.context_, nullptr)) {}
  Connection& operator=(Connection&& other) noexcept {
    std::swap(context_, other.context_);
    return *this;
  }

  // Sends all of them, and gives a reply for each. An Error: the connection is of no use any more.
  Result<std::vector<Reply>> Ask(const std::vector<Command>& commands);

 private:
  redisContext* context_ = nullptr;
};

}  // namespace nano::redis

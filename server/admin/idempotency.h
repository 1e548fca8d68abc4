// Answers that are kept for a client that asks again, because it does not know whether it was heard
// (draft-ietf-httpapi-idempotency-key-header): the same key with the same request gets the answer
// that was given, and nothing is done twice.
//
// Owns the answers, for an hour each and within bounds. Thread: the loop's own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <string_view>

#include "server/admin/reply.h"

namespace nano::server::admin {

class Idempotency {
 public:
  static constexpr size_t kMaxKey = 255;
  static constexpr size_t kMaxAnswers = 1000;
  static constexpr uint64_t kKeptMs = 3600 * 1000;

  struct Known {
    std::string request;    // A digest of it; empty while it is being read.
    bool answered = false;  // Else it is under way.
    Reply reply;
  };

  // `client` keeps one's keys from another's. Null: the key is new.
  const Known* Find(std::string_view client, std::string_view key, uint64_t now_ms);
  bool Knows(std::string_view client, std::string_view key) const {
    return by_name_.contains(NameOf(client, key));
  }
  // A request with a new key has been read, and is going to be answered. False: too many are under
  // way.
  bool Begin(std::string_view client, std::string_view key, std::string request, uint64_t now_ms);
  void Answer(std::string_view client, std::string_view key, const Reply& reply);
  // There will be no answer that is worth keeping: the client may try again.
  void Forget(std::string_view client, std::string_view key);

 private:
  struct Entry {
    std::string name;
    uint64_t since = 0;
    Known known;
  };

  static std::string NameOf(std::string_view client, std::string_view key);

  std::list<Entry> entries_;  // The oldest first.
  std::map<std::string, std::list<Entry>::iterator, std::less<>> by_name_;
};

}  // namespace nano::server::admin

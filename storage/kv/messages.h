// What an app's isolate and the store tell each other of KV: a request and its answer, as bytes.
//
// Texts are views of the message that they were read from, or of what is to be written. What comes
// in is not trusted: decoding fails on what encoding has not written, and on what is beyond
// limits.h. Thread-safe as any value type.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "storage/kv/limits.h"

namespace nano::kv {

enum class Operation : uint8_t {
  kGet = 1,  // One key …
  kGetMany,  // … or several.
  kPut,
  kDelete,  // One key or several.
  kList,
  kNamespaces,  // What there are; for who operates the server, who names them, too.
};

struct Request {
  Operation operation = Operation::kGet;
  // Which of the app's namespaces, by its place among them; of whoever operates the server: by
  // name.
  uint16_t binding = 0;
  std::string_view name{};
  std::vector<std::string_view> keys{};
  std::string_view value{};
  std::optional<std::string_view> metadata{};  // JSON.
  int64_t expiration = 0;                      // Seconds since 1970 …
  int64_t ttl = 0;                             // … or from now; 0: not given.
  // kList: keys that begin so, behind the one named.
  std::string_view prefix{};
  std::string_view after{};
  uint32_t limit = kMaxListed;
};

std::string Encode(const Request& request);
Result<Request> DecodeRequest(std::string_view message);

// An entry as an answer has it.
struct Entry {
  std::string_view key{};  // Not of one that was got by its key alone.
  bool found = true;
  std::optional<std::string_view> metadata{};
  int64_t expiration = 0;
  std::string_view value{};
};

enum class Outcome : uint8_t {
  kDone = 0,
  kRefused,  // The request was wrong: `text` says what about it …
  kFailed,   // … or the store could not do it.
};

struct Answer {
  Outcome outcome = Outcome::kDone;
  std::string_view text{};
  bool complete = true;  // Of a list.
  std::vector<Entry> entries{};
};

std::string Encode(const Answer& answer);
Result<Answer> DecodeAnswer(std::string_view message);

// An answer that only says why not.
std::string EncodeFailure(Outcome outcome, std::string_view text);

}  // namespace nano::kv

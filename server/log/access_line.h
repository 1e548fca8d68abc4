// Lines of the access log: what is known of a request when it has ended, as JSON or in the combined
// format of Apache and nginx with some fields behind it.
//
// What clients send is untrusted: whatever its bytes, a line is one line, and its parts are where
// they belong. Owns the words of the last moment. Thread: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/exchange.h"

namespace nano::server {

// A text of the client's that is longer is cut.
inline constexpr size_t kMaxAccessText = 2048;

struct AccessFacts {
  int64_t time_ms = 0;  // Of the end, since 1970.
  int worker = 0;
  std::string_view app;     // Empty: none was found.
  std::string_view method;  // Empty, with the others of the request: it could not be read.
  std::string_view target;
  std::string_view protocol;
  std::string_view peer;
  std::string_view host;
  std::optional<std::string_view> user_agent;
  std::optional<std::string_view> referer;
  int status = 0;  // 0: there was no response.
  http::Ending ending = http::Ending::kWhole;
  uint64_t duration_us = 0;
  uint64_t cpu_ms = 0;
  uint64_t bytes_in = 0;
  uint64_t bytes_out = 0;
  std::string_view request_id;
  std::string_view trace_id;  // Empty: none.
  std::string_view reason;    // As in nano-error; empty: none.
  std::string_view error;     // What is wrong with the request; empty: nothing.
  uint64_t sample = 1;        // How many requests it stands for.
};

class AccessLine {
 public:
  void AppendJson(std::string& out, const AccessFacts& facts);
  void AppendCombined(std::string& out, const AccessFacts& facts);

 private:
  int64_t utc_ms_ = -1;  // Of …
  std::string utc_;      // … "2026-01-31T14:03:07.123Z".
  int64_t local_second_ = -1;
  std::string local_;  // "31/Jan/2026:15:03:07 +0100".
};

}  // namespace nano::server

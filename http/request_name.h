// What the log calls a request, back to the number that the exchange has (Exchange::request_id): on
// its way through an app, from one exchange to another, it is a text. Owns nothing. Thread: any.
#pragma once

#include <charconv>
#include <cstdint>
#include <string_view>

namespace nano::http {

// Of its hexadecimal digits; 0: they are none.
inline uint64_t RequestIdFrom(std::string_view name) {
  uint64_t id = 0;
  const char* const end = name.data() + name.size();
  const auto read = std::from_chars(name.data(), end, id, 16);
  return read.ec == std::errc() && read.ptr == end ? id : 0;
}

}  // namespace nano::http

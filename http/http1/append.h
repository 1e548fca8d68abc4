// Texts of heads, appended to a buffer together: it grows once for all of them. Pure functions; any
// thread.
#pragma once

#include <cstring>
#include <string>
#include <string_view>

namespace nano::http1 {

// `parts` do not lie in `out`.
template <typename... Parts>
void Append(std::string& out, const Parts&... parts) {
  const size_t begin = out.size();
  out.resize(begin + (std::string_view(parts).size() + ...));
  char* to = out.data() + begin;
  const auto put = [&to](std::string_view part) {
    if (part.empty()) return;  // Which may be nowhere.
    std::memcpy(to, part.data(), part.size());
    to += part.size();
  };
  (put(parts), ...);
}

}  // namespace nano::http1

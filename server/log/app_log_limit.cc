// A bucket that leaks a rate's bytes each second. See app_log_limit.h.
#include "server/log/app_log_limit.h"

#include <algorithm>

#include "server/log/cut_text.h"

namespace nano::server {
namespace {

// Long enough to leak any line, and short enough for the product with any rate.
constexpr uint64_t kLongestMs = 3'600'000;

}  // namespace

std::optional<std::string_view> AppLogLimit::Take(std::string_view line, uint64_t now_ms,
                                                  size_t missing) {
  const size_t most = line_ == 0 ? SIZE_MAX : line_;
  if (line.size() > most || missing != 0) line = cut_ = CutText(line, most, missing);
  if (rate_ == 0) return line;
  const uint64_t passed = std::min(now_ms - since_ms_, kLongestMs);
  spent_ -= std::min(spent_, rate_ * passed / 1000);
  since_ms_ = now_ms;
  // What is larger than a second's worth has to wait for an empty bucket, not for ever.
  if (spent_ != 0 && spent_ + line.size() > rate_) {
    ++dropped_;
    return std::nullopt;
  }
  spent_ += line.size();
  return line;
}

}  // namespace nano::server

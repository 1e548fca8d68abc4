// Times, digests and lists in words.
#include "cli/nano/ctl/words.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "base/lines.h"
#include "base/timestamp.h"
#include "base/utf8.h"

namespace nano::cli::ctl {

int64_t ParseTime(std::string_view text) {
  // As the server writes them.
  return text.ends_with('Z') ? ParseTimestamp(text).value_or(0) : 0;
}

std::string AgeAt(std::string_view time, int64_t now) {
  const int64_t then = ParseTime(time);
  if (then == 0) return {};
  constexpr int64_t kMinute = 60;
  constexpr int64_t kHour = 60 * kMinute;
  constexpr int64_t kDay = 24 * kHour;
  const int64_t seconds = std::max<int64_t>(now - then, 0) / 1000;
  // Two of the smaller unit are still told apart.
  if (seconds < 2 * kMinute) return std::to_string(seconds) + " s";
  if (seconds < 2 * kHour) return std::to_string(seconds / kMinute) + " min";
  if (seconds < 2 * kDay) return std::to_string(seconds / kHour) + " h";
  return std::to_string(seconds / kDay) + " d";
}

int64_t Now() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string ShortDigest(std::string_view digest) {
  constexpr size_t kShown = 12;  // As the server's log has it.
  return std::string(digest.substr(0, kShown));
}

std::string Counted(uint64_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

std::string Joined(const std::vector<std::string>& texts, std::string_view between) {
  std::string joined;
  for (const std::string& text : texts) {
    if (!joined.empty()) joined += between;
    joined += text;
  }
  return joined;
}

std::string FirstLine(std::string_view text) {
  std::string line = Printable(TakeLine(text));
  return text.empty() ? line : line + " …";
}

std::string Indented(std::string_view text, std::string_view indent) {
  std::string out;
  while (!text.empty()) {
    out.append(indent).append(Printable(TakeLine(text))).append("\n");
  }
  return out;
}

}  // namespace nano::cli::ctl

// From the log's tail to a feed. See log_lines.h for ownership and threads.
#include "server/deploy/log_lines.h"

#include <string>
#include <string_view>
#include <utility>

#include "base/lines.h"
#include "base/timestamp.h"

namespace nano::server {
namespace {

constexpr size_t kMostLines = 10'000, kMostBytes = 4 << 20;

// What is coloured for a terminal is not for whoever reads it elsewhere. Only the log itself can
// have written an escape character: those in what apps log are spelled out.
std::string WithoutColor(std::string line) {
  for (size_t begin; (begin = line.find("\x1b[")) != std::string::npos;) {
    const size_t end = line.find('m', begin);
    line.erase(begin, end == std::string::npos ? end : end + 1 - begin);
  }
  return line;
}

}  // namespace

LogLines::LogLines(uv_loop_t* loop, Log& log, uint64_t first)
    : log_(log), feed_(kMostLines, kMostBytes, first), timer_(loop, [this] { Fetch(); }) {
  feed_.OnFollowed([this](bool followed) {
    if (followed) {
      timer_.Start(kFetchMs);
    } else {
      timer_.Stop();
    }
  });
}

Feed& LogLines::feed() {
  Fetch();
  return feed_;
}

void LogLines::Fetch() {
  for (LogTail::Line& line : log_.sink().ReadTail(at_)) {
    if (line.number > next_) SayMissed(line.number - next_);
    next_ = line.number + 1;
    // What people's format spreads over lines, a stack above all, is as many here.
    const std::string text = WithoutColor(std::move(line.text));
    std::string_view rest = text;
    do {
      feed_.Publish("log", line.app, std::string(TakeLine(rest)));
    } while (!rest.empty());
  }
  if (feed_.followed()) timer_.Start(kFetchMs);
}

void LogLines::SayMissed(uint64_t count) {
  std::string line;
  AppendLogLine(line, log_.format(), false, WallClockMs(), LogLevel::kWarn, 0, {},
                "lines are missing here: more was logged at once than is kept for readers",
                {{"count", static_cast<int64_t>(count)}});
  line.pop_back();
  feed_.Publish(std::string(Feed::kGap), {}, std::move(line));
}

}  // namespace nano::server

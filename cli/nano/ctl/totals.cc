// Counts, bounds and times. See totals.h.
#include "cli/nano/ctl/totals.h"

#include <algorithm>
#include <cstdio>
#include <utility>
#include <vector>

#include "base/json_fields.h"
#include "base/terminal.h"
#include "base/utf8.h"
#include "cli/nano/ctl/words.h"

namespace nano::cli::ctl {
namespace {

// "2xx 70, 5xx 3": those that are not 0.
std::string Listed(const Json& totals, std::string_view member) {
  std::vector<std::string> texts;
  for (const auto& [name, value] : MembersOf(totals, member)) {
    const uint64_t count = value.count().value_or(0);
    if (count != 0) texts.push_back(name + " " + std::to_string(count));
  }
  return Joined(texts);
}

// "80: 2xx 70, 5xx 10".
std::string Summed(const Json& totals, std::string_view member) {
  const uint64_t sum = SumOfCounts(totals, member);
  return sum == 0 ? "0" : std::to_string(sum) + ": " + Listed(totals, member);
}

// Requests that have a duration: those that were lost with a worker have none.
uint64_t TimedRequests(const Json& totals) {
  const uint64_t lost = CountOf(MemberOf(totals, "requests"), "lost");
  return SumOfCounts(totals, "requests") - lost;
}

std::string Durations(const Json& totals) {
  const uint64_t requests = TimedRequests(totals);
  if (requests == 0) return {};
  const uint64_t mean_us = CountOf(totals, "duration_us") / requests;
  char mean[32];
  const double ms = static_cast<double>(mean_us) / 1000;
  std::snprintf(mean, sizeof(mean), ms < 100 ? "%.3g ms" : "%.0f ms", ms);
  const auto bound = [&totals](std::string_view member) {
    return (MemberOf(totals, member).is_null() ? " " : " ≤ ") + DurationAt(totals, member);
  };
  return "p50" + bound("p50_us") + ", p99" + bound("p99_us") + ", on average " + mean;
}

std::string Deaths(const Json& totals) {
  const uint64_t deaths = CountOf(totals, "worker_deaths");
  if (deaths == 0) return {};
  std::string text = Counted(deaths, "worker", "workers") + ", with " +
                     Counted(CountOf(totals, "lost_requests"), "request", "requests") +
                     " of other apps";
  const uint64_t unread = CountOf(totals, "lost_unread_connections");
  if (unread != 0) {
    text += ", and " + Counted(unread, "connection", "connections") + " not read yet";
  }
  return text;
}

}  // namespace

uint64_t SumOfCounts(const Json& totals, std::string_view member) {
  uint64_t sum = 0;
  for (const auto& [name, value] : MembersOf(totals, member)) sum += value.count().value_or(0);
  return sum;
}

std::string DurationAt(const Json& totals, std::string_view member) {
  const auto us = MemberOf(totals, member).count();
  if (!us.has_value()) return TimedRequests(totals) == 0 ? "-" : "> 10 s";
  char text[32];
  constexpr uint64_t kSecond = 1'000'000;
  const bool seconds = *us >= kSecond;
  std::snprintf(text, sizeof(text), "%.3g %s",
                static_cast<double>(*us) / (seconds ? kSecond : 1000), seconds ? "s" : "ms");
  return text;
}

std::string FormatCpuTime(uint64_t milliseconds) {
  constexpr uint64_t kMinute = 60;
  constexpr uint64_t kHour = 60 * kMinute;
  constexpr uint64_t kDay = 24 * kHour;
  const uint64_t seconds = milliseconds / 1000;
  if (seconds >= 2 * kDay) return std::to_string(seconds / kDay) + " d";
  if (seconds >= 2 * kHour) return std::to_string(seconds / kHour) + " h";
  if (seconds >= 2 * kMinute) return std::to_string(seconds / kMinute) + " min";
  char text[32];
  std::snprintf(text, sizeof(text), seconds < 10 ? "%.2f s" : "%.0f s",
                static_cast<double>(milliseconds) / 1000);
  return text;
}

std::string RenderTotals(const std::string& app, const Json& totals, const Look& look) {
  std::vector<std::pair<std::string, std::string>> lines;
  const auto add = [&](const std::string& name, const std::string& value) {
    if (!value.empty()) lines.emplace_back(name, value);
  };
  add("app", app);
  if (!totals.is_null()) {
    add("requests", Summed(totals, "requests"));
    add("durations", Durations(totals));
    add("CPU time", FormatCpuTime(CountOf(totals, "cpu_ms")));
    add("calls", Summed(totals, "subrequests"));
    add("stops", Summed(totals, "stops"));
    add("isolates", Counted(CountOf(totals, "boots"), "boot", "boots"));
    add("given up", Listed(totals, "evictions"));
    add("ended", Deaths(totals));
    const uint64_t dropped = CountOf(totals, "log_lines_dropped");
    if (dropped > 0) add("log", Counted(dropped, "line", "lines") + " dropped");
  }
  size_t width = 0;
  for (const auto& [name, value] : lines) width = std::max(width, name.size());
  std::string out;
  for (const auto& [name, value] : lines) {
    out += Styled(name, Style::kBold, look.color) + std::string(width - name.size() + 2, ' ') +
           Printable(value) + "\n";
  }
  return out;
}

}  // namespace nano::cli::ctl

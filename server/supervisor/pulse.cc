// Reads /proc, and judges. See pulse.h.
#include "server/supervisor/pulse.h"

#include <charconv>
#include <string>

#include "base/file.h"

namespace nano::server {
namespace {

// The fields of proc(5)'s stat by their numbers there; those from the third on stand behind the
// program's name, which may have spaces and parentheses itself.
constexpr int kStateField = 3, kUserTimeField = 14, kSystemTimeField = 15;

std::optional<uint64_t> NumberIn(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<ThreadState> ParseThreadState(std::string_view stat, std::string_view status) {
  const size_t name_end = stat.rfind(") ");
  if (name_end == std::string_view::npos) return std::nullopt;
  std::string_view rest = stat.substr(name_end + 2);
  ThreadState thread;
  for (int field = kStateField; field <= kSystemTimeField; ++field) {
    if (rest.empty()) return std::nullopt;
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(word.size() == rest.size() ? rest.size() : word.size() + 1);
    if (field == kStateField) thread.state = word.empty() ? '\0' : word[0];
    if (field != kUserTimeField && field != kSystemTimeField) continue;
    const std::optional<uint64_t> ticks = NumberIn(word);
    if (!ticks) return std::nullopt;
    thread.cpu_ticks += *ticks;
  }
  constexpr std::string_view kTracer = "\nTracerPid:\t";
  const size_t tracer = status.find(kTracer);
  thread.traced =
      tracer != std::string_view::npos && NumberIn(status.substr(tracer + kTracer.size())) != 0u;
  return thread;
}

std::optional<ThreadState> MainThreadOf(pid_t pid) {
  const std::string folder = "/proc/" + std::to_string(pid);
  const auto stat = ReadFile(folder + "/task/" + std::to_string(pid) + "/stat");
  const auto status = ReadFile(folder + "/status");
  if (!stat.ok() || !status.ok()) return std::nullopt;
  return ParseThreadState(*stat, *status);
}

Pulse::Finding Pulse::Look(uint64_t now_ms, const ThreadState& thread) {
  const bool stopped = thread.state == 'T';
  const bool sleeps = thread.state == 'S';
  // A state that has changed since is progress as well.
  if (thread.traced || thread != seen_ || !(stopped || sleeps)) {
    since_ms_ = now_ms;
    seen_ = thread;
    return Finding::kWait;
  }
  if (now_ms - since_ms_ < kPatienceMs) return Finding::kWait;
  return stopped ? Finding::kStopped : Finding::kHung;
}

std::string DescribeHang(Pulse::Finding finding) {
  return std::string("did not answer and was ended: ") +
         (finding == Pulse::Finding::kStopped ? "a signal (SIGSTOP) has stopped it"
                                              : "its main thread has waited for something else") +
         " for " + std::to_string(Pulse::kPatienceMs / 1000) + " s";
}

}  // namespace nano::server

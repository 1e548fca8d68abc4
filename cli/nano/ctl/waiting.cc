// Lines by a clock, and words for what is waited for. See waiting.h.
#include "cli/nano/ctl/waiting.h"

#include <vector>

#include "base/json_fields.h"
#include "base/utf8.h"
#include "cli/nano/ctl/render.h"
#include "cli/nano/ctl/words.h"

namespace nano::cli::ctl {
namespace {

std::string NameOf(const Json& worker) {
  const std::string group = TextOf(worker, "group");
  return "worker " + std::to_string(NumberOf(worker, "number")) +
         (group.empty() ? "" : " (" + group + ")");
}

std::string Busy(const Json& worker) {
  const std::string app = TextOf(worker, "running");
  return NameOf(worker) + (app.empty() ? " does not answer" : " is busy with the app " + app);
}

}  // namespace

WaitingLine::WaitingLine(std::FILE* stream) : stream_(stream), line_(stream, kUntold) {}

void WaitingLine::Update(const std::string& text) {
  line_.Update(text);
  const Clock::time_point now = Clock::now();
  if (now - began_ < kUntold) return;
  if (!line_.active() && text != last_ && (!told_ || now - told_at_ >= kApart)) {
    std::fprintf(stream_, "… %s\n", Printable(text).c_str());
    std::fflush(stream_);
    told_at_ = now;
    last_ = text;
  }
  told_ = true;
}

void WaitingLine::End(const std::string& text) {
  line_.Clear();
  if (!told_) return;
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - began_).count();
  std::fprintf(stream_, "… %s, after %lld s\n", Printable(text).c_str(),
               static_cast<long long>(seconds));
}

std::string BusyWorkers(const Json& status) {
  std::vector<std::string> busy;
  for (const Json& worker : ListOf(status, "workers")) {
    if (!FlagOf(worker, "answered") && !MemberOf(worker, "pid").is_null()) {
      busy.push_back(Busy(worker));
    }
  }
  return Joined(busy);
}

std::string Waiting(const Json& operation) {
  const std::string app = TextOf(operation, "app");
  const bool removes = TextOf(operation, "kind") == "remove";
  std::string text = removes ? "removing " : "draining ";
  text += !app.empty() ? app : removes ? "apps" : "old versions";
  std::vector<std::string> busy;
  std::vector<std::string> others;
  for (const Json& worker : ListOf(operation, "workers")) {
    if (FlagOf(worker, "answered")) {
      others.push_back(NameOf(worker));
    } else {
      busy.push_back(Busy(worker));
    }
  }
  const std::string holding = Holding(ListOf(operation, "holding"));
  if (!holding.empty()) text += ": " + holding + (others.empty() ? "" : ", " + Joined(others));
  if (!busy.empty()) return text + (holding.empty() ? ": " : "; ") + Joined(busy);
  if (!holding.empty()) return text;
  const std::string message = TextOf(operation, "message");
  return message.empty() ? text : text + ": " + message;
}

}  // namespace nano::cli::ctl

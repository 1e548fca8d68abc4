// The log's lines and the events, as they come.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <utility>

#include "base/utf8.h"
#include "cli/nano/ctl/commands.h"
#include "cli/nano/ctl/event_stream.h"

namespace nano::cli::ctl {
namespace {

// False: nobody reads any more.
bool Write(std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
         std::fflush(stdout) == 0;
}

// An event as a line of JSON; its data is JSON already.
std::string JsonLine(const EventStream::Event& event) {
  Result<Json> data = Json::Parse(event.data);
  Json line = Json().Set("id", event.id).Set("event", event.name);
  return line.Set("data", data.ok() ? std::move(data).value() : Json(event.data)).ToString() + "\n";
}

// What an event is printed as.
std::string LineOf(const EventStream::Event& event, const Options& options) {
  if (options.command == Options::Command::kEvents) {
    return options.json ? JsonLine(event) : RenderEvent(event.name, event.data, OutputLook());
  }
  // That lines may be missing, because another server goes on.
  return event.data == "{}" ? "" : event.data + "\n";
}

// As long as the server does, and over its upgrades and restarts.
int FollowEvents(Api& api, const Options& options, const std::string& target) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kPatience{5'000};
  constexpr std::chrono::milliseconds kPause{100};
  std::string last;
  bool has_enough = false;
  bool was_there = false;
  Clock::time_point seen = Clock::now();
  for (;;) {
    EventStream stream;
    const auto show = [&](std::string_view part) {
      was_there = true;
      seen = Clock::now();
      for (const EventStream::Event& event : stream.Read(part)) {
        if (!event.id.empty()) last = event.id;
        has_enough = has_enough || !Write(LineOf(event, options));
      }
      return !has_enough;
    };
    std::string headers = "accept: text/event-stream\r\n";
    if (!last.empty()) headers += "last-event-id: " + last + "\r\n";
    const Result<HttpAnswer> answer = api.TryFollow({.target = target, .headers = headers}, show);
    if (has_enough) return kDone;
    // One that ends, or has just begun, may refuse for a moment.
    const bool is_refused = answer.ok() && !answer->ok() && answer->status != 503;
    if (is_refused || !was_there) return api.Told(answer) ? kDone : api.status();
    if (Clock::now() - seen > std::min(kPatience, options.timeout)) {
      api.Told(answer);
      return kNotReached;
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace

int Follow(Api& api, const Options& options) {
  const bool events = options.command == Options::Command::kEvents;
  const bool is_gone = !options.app.empty() && !api.Find(AppPath(options.app)).has_value();
  if (is_gone) {
    if (api.status() != kDone) return api.status();
    // It may have been there, and may come: what there is of it is shown.
    std::fprintf(stderr, "There is no app '%s' now; `nano ctl apps` lists those there are.\n",
                 Printable(options.app).c_str());
  }
  std::string target =
      events ? "/admin/events" : "/admin/logs?lines=" + std::to_string(options.lines);
  if (!options.app.empty()) target += (events ? "?app=" : "&app=") + PercentEncoded(options.app);
  if (events || options.follow) return FollowEvents(api, options, target);
  bool is_empty = true;
  const auto show = [&is_empty](std::string_view part) {
    is_empty = is_empty && part.empty();
    return Write(part);
  };
  if (!api.Follow({.target = target}, show)) return api.status();
  return is_gone && is_empty ? kNotAsThought : kDone;
}

}  // namespace nano::cli::ctl

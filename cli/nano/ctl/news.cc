// The log's lines and the events, as they come.
#include <cstdio>
#include <utility>

#include "base/lines.h"
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

}  // namespace

int Follow(Api& api, const Options& options) {
  const bool events = options.command == Options::Command::kEvents;
  std::string target =
      events ? "/admin/events" : "/admin/logs?lines=" + std::to_string(options.lines);
  if (!options.app.empty()) target += (events ? "?app=" : "&app=") + PercentEncoded(options.app);
  if (!events) {
    if (options.follow) target += "&follow=1";
    const bool whole = api.Follow({.target = target}, Write);
    return whole ? kDone : api.status();
  }
  EventStream stream;
  const auto show = [&options, &stream](std::string_view part) {
    for (const EventStream::Event& event : stream.Read(part)) {
      const std::string line =
          options.json ? JsonLine(event) : RenderEvent(event.name, event.data, OutputLook());
      if (!Write(line)) return false;
    }
    return true;
  };
  const bool ended =
      api.Follow({.target = target, .headers = "accept: text/event-stream\r\n"}, show);
  return ended ? kDone : api.status();
}

}  // namespace nano::cli::ctl

// Lines to fields, fields to events.
#include "cli/nano/ctl/event_stream.h"

#include <utility>

namespace nano::cli::ctl {

void EventStream::TakeField(std::string_view line) {
  const size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  std::string_view value = colon == line.npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "data") {
    if (std::exchange(has_data_, true)) event_.data += '\n';
    event_.data += value;
  } else if (name == "event") {
    event_.name = value;
  } else if (name == "id" && value.find('\0') == value.npos) {
    last_id_ = value;
  }
}

std::vector<EventStream::Event> EventStream::Read(std::string_view bytes) {
  std::vector<Event> events;
  held_ += bytes;
  size_t begin = 0;
  // This server ends its lines by LF; a proxy in between may do it otherwise.
  for (size_t end; (end = held_.find('\n', begin)) != held_.npos; begin = end + 1) {
    std::string_view line(held_.data() + begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) {
      TakeField(line);
      continue;
    }
    if (std::exchange(has_data_, false)) {
      if (event_.name.empty()) event_.name = "message";
      event_.id = last_id_;
      events.push_back(std::move(event_));
    }
    event_ = {};
  }
  held_.erase(0, begin);
  return events;
}

}  // namespace nano::cli::ctl

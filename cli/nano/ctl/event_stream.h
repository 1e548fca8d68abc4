// Server-sent events (HTML, section 9.2.6), taken apart as they come, in pieces of any size.
//
// Owns what is not complete yet. Thread: one at a time.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nano::cli::ctl {

class EventStream {
 public:
  struct Event {
    std::string id;
    std::string name;  // "message" unless it says otherwise.
    std::string data;  // Its lines, with line feeds between them.
  };

  // The events that the next bytes complete.
  std::vector<Event> Read(std::string_view bytes);

 private:
  void TakeField(std::string_view line);

  std::string held_;
  Event event_;
  bool has_data_ = false;
  std::string last_id_;
};

}  // namespace nano::cli::ctl

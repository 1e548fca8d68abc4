// Events, however their bytes come.
#include "cli/nano/ctl/event_stream.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace nano::cli::ctl {
namespace {

std::string AllOf(const std::vector<EventStream::Event>& events) {
  std::string text;
  for (const auto& event : events) text += event.id + "|" + event.name + "|" + event.data + ";";
  return text;
}

TEST_CASE("events are the same in whatever pieces they come") {
  const std::string stream =
      ": following\n\nid: 7\nevent: swap\ndata: {\"a\":1}\n\n:\n\ndata:one\ndata: two\n\n"
      "event: gap\r\ndata: {}\r\n\r\nevent: nothing\n\nid: 8\ndata\n\ndata: cut off";
  const std::string expected = "7|swap|{\"a\":1};7|message|one\ntwo;7|gap|{};8|message|;";
  EventStream whole;
  CHECK(AllOf(whole.Read(stream)) == expected);
  for (size_t cut = 0; cut <= stream.size(); ++cut) {
    EventStream cut_in_two;
    std::string read = AllOf(cut_in_two.Read(stream.substr(0, cut)));
    read += AllOf(cut_in_two.Read(stream.substr(cut)));
    CHECK(read == expected);
  }
}

}  // namespace
}  // namespace nano::cli::ctl

// A parser for blocks like this one:
//
//   ✘ [ERROR] Could not resolve "left-pad"
//
//       src/index.ts:3:15:
//         3 │ import pad from "left-pad";
//           ╵                 ~~~~~~~~~~
//
//     You can mark the path "left-pad" as external to exclude it from the bundle.
#include "compiler/bundle/esbuild_log.h"

#include <charconv>

#include "base/lines.h"

namespace nano::compiler {
namespace {

constexpr std::string_view kErrorMark = "[ERROR] ";
constexpr std::string_view kWarningMark = "[WARNING] ";
constexpr std::string_view kBar = "│";
constexpr std::string_view kLastBar = "╵";

// Bytes of the sign in front of a message: "✘", "▲", "X".
constexpr size_t kMostMark = 4;

// What a line is indented by tells what it is.
constexpr size_t kNoteIndent = 2;
constexpr size_t kPlaceIndent = 4;

bool TakeNumber(std::string_view& text, int& number) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view digits = text.substr(colon + 1);
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (failure != std::errc() || end != digits.data() + digits.size()) return false;
  text = text.substr(0, colon);
  return true;
}

// "src/index.ts:3:15:", read from its end: a file's name may hold colons.
bool ParsePlace(std::string_view text, EsbuildPlace& place) {
  if (!text.ends_with(':')) return false;
  text.remove_suffix(1);
  if (!TakeNumber(text, place.column) || !TakeNumber(text, place.line)) return false;
  place.file = text;
  return true;
}

// The marker line below the source line: "~~~~" or "^".
void ParseMark(std::string_view line, EsbuildPlace& place) {
  const size_t first = line.find('~');
  if (first == std::string_view::npos) return;
  place.length = static_cast<int>(line.find_last_of('~') - first + 1);
}

// "✘ [ERROR] …" and "▲ [WARNING] … [id]" begin a message.
bool ParseHead(std::string_view line, EsbuildMessage& message) {
  const size_t space = line.find(' ');
  if (space == std::string_view::npos || space == 0 || space > kMostMark) return false;
  std::string_view rest = line.substr(space + 1);
  if (rest.starts_with(kErrorMark)) {
    message.is_error = true;
    message.text = rest.substr(kErrorMark.size());
    return true;
  }
  if (!rest.starts_with(kWarningMark)) return false;
  rest.remove_prefix(kWarningMark.size());
  message.is_error = false;
  const size_t bracket = rest.rfind(" [");
  if (rest.ends_with(']') && bracket != std::string_view::npos) {
    message.id = rest.substr(bracket + 2, rest.size() - bracket - 3);
    rest = rest.substr(0, bracket);
  }
  message.text = rest;
  return true;
}

}  // namespace

std::vector<EsbuildMessage> ParseEsbuildLog(std::string_view text) {
  std::vector<EsbuildMessage> messages;
  EsbuildPlace* place = nullptr;  // The one whose source line and marker come next.
  while (!text.empty()) {
    const std::string_view line = TakeLine(text);
    EsbuildMessage head;
    if (ParseHead(line, head)) {
      messages.push_back(std::move(head));
      place = nullptr;
      continue;
    }
    if (messages.empty()) continue;
    EsbuildMessage& message = messages.back();
    const size_t indent = line.find_first_not_of(' ');
    if (indent == std::string_view::npos || indent < kNoteIndent) continue;
    const std::string_view content = line.substr(indent);
    if (const size_t bar = content.find(kLastBar); place != nullptr && bar == 0) {
      ParseMark(content, *place);
    } else if (place != nullptr && content.find(kBar) != std::string_view::npos) {
      continue;  // The source line; the frame is drawn from the file.
    } else if (indent == kPlaceIndent) {
      EsbuildPlace& target = message.notes.empty() ? message.place : message.notes.back().place;
      if (ParsePlace(content, target)) place = &target;
    } else if (indent == kNoteIndent) {
      message.notes.push_back({.text = std::string(content), .place = {}});
      place = nullptr;
    }
  }
  return messages;
}

}  // namespace nano::compiler

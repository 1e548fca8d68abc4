// Drawing of code frames.
#include "base/code_frame.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/utf8.h"

namespace nano {
namespace {

constexpr size_t kTabStop = 4;
constexpr size_t kShortestWindow = 20;
constexpr std::string_view kEllipsis = "…";
constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kReset = "\x1b[0m";

// A character of a line, laid out on the terminal's cells.
struct Cell {
  char32_t code_point;
  size_t begin;  // First cell.
  size_t end;
  size_t column;  // Of its first unit, from 1.
};

struct Line {
  std::vector<Cell> cells;
  size_t width = 0;
  size_t columns = 0;  // Units in the line.
};

Line LayOut(std::string_view text, ColumnUnit unit) {
  Line line;
  line.cells.reserve(text.size());
  size_t column = 1;
  for (size_t position = 0; position < text.size();) {
    const size_t start = position;
    char32_t code_point = NextCodePoint(text, position);
    size_t width = 1;
    if (code_point == '\t') {
      width = kTabStop - line.width % kTabStop;
    } else if (code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0)) {
      code_point = kReplacementCharacter;
    } else {
      width = static_cast<size_t>(CellWidth(code_point));
    }
    line.cells.push_back({code_point, line.width, line.width + width, column});
    line.width += width;
    column += unit == ColumnUnit::kBytes ? position - start : (code_point >= 0x10000 ? 2 : 1);
  }
  line.columns = column - 1;
  return line;
}

// The cell where a column begins. Columns inside a character belong to it; those after the end of
// the line, where parsers like to complain, to the cell after the last.
size_t CellOf(const Line& line, size_t column) {
  if (column > line.columns) return line.width;
  const auto after =
      std::upper_bound(line.cells.begin(), line.cells.end(), column,
                       [](size_t value, const Cell& cell) { return value < cell.column; });
  return after == line.cells.begin() ? 0 : std::prev(after)->begin;
}

// The part of a line in the window of cells [begin, begin + size), with ellipses where it is cut.
std::string Clip(const Line& line, size_t begin, size_t size) {
  const size_t end = begin + size;
  const bool cut_before = begin > 0 && line.width > 0;
  const bool cut_after = line.width > end;
  std::string out;
  size_t cell_position = begin;
  if (cut_before) {
    out += kEllipsis;
    ++cell_position;
  }
  const size_t last = cut_after ? end - 1 : end;
  for (const Cell& cell : line.cells) {
    if (cell.begin < cell_position) continue;
    if (cell.end > last) break;
    out.append(cell.begin - cell_position, ' ');  // A wide character was cut by the window's edge.
    if (cell.code_point == '\t') {
      out.append(cell.end - cell.begin, ' ');
    } else {
      AppendUtf8(out, cell.code_point);
    }
    cell_position = cell.end;
  }
  if (cut_after) {
    out.append(last - std::min(last, cell_position), ' ');
    out += kEllipsis;
  }
  return out;
}

// The lines first..last (from 1) of a text, without their terminators. What follows a terminator at
// the very end is a line if `wanted`, the marked one: parsers report a missing brace there.
std::vector<std::string_view> Lines(std::string_view text, size_t first, size_t last,
                                    size_t wanted) {
  std::vector<std::string_view> lines;
  size_t number = 1;
  for (size_t position = 0; number <= last; ++number) {
    const size_t end = std::min(text.find('\n', position), text.size());
    if (number >= first) {
      std::string_view line = text.substr(position, end - position);
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      lines.push_back(line);
    }
    position = end + 1;
    if (position > text.size() || (position == text.size() && number + 1 != wanted)) break;
  }
  return lines;
}

class Frame {
 public:
  Frame(size_t digits, bool color) : digits_(digits), color_(color) {}

  void AddLine(size_t number, bool marked, std::string_view text) {
    const std::string label = std::to_string(number);
    Begin();
    Paint(kRed, marked ? "> " : "  ");
    Paint(kDim, std::string(digits_ - std::min(digits_, label.size()), ' ') + label + " |");
    if (!text.empty()) out_.append(" ").append(text);
  }

  void AddMark(size_t offset, size_t length) {
    Begin();
    Paint(kDim, std::string(digits_ + 2, ' ') + " |");
    out_.append(offset + 1, ' ');
    Paint(kRed, std::string(length, '^'));
  }

  std::string Take() { return std::move(out_); }

 private:
  void Begin() {
    if (!out_.empty()) out_ += '\n';
  }
  void Paint(std::string_view style, std::string_view text) {
    if (color_) out_.append(style);
    out_.append(text);
    if (color_) out_.append(kReset);
  }

  size_t digits_;
  bool color_;
  std::string out_;
};

}  // namespace

CodeFramePlace PlaceAt(std::string_view text, size_t offset) {
  CodeFramePlace place{.line = 1, .column = 1, .unit = ColumnUnit::kBytes};
  for (const char c : text.substr(0, offset)) {
    ++place.column;
    if (c != '\n') continue;
    ++place.line;
    place.column = 1;
  }
  return place;
}

std::string CodeFrame(std::string_view text, const CodeFramePlace& place,
                      const CodeFrameOptions& options) {
  if (place.line == 0) return {};
  const size_t first = place.line - std::min(place.line - 1, options.context);
  const size_t last = place.line + std::min(options.context, SIZE_MAX - place.line);
  const std::vector<std::string_view> lines = Lines(text, first, last, place.line);
  const size_t index = place.line - first;
  if (index >= lines.size()) return {};

  const Line marked = LayOut(lines[index], place.unit);
  const size_t digits = std::to_string(first + lines.size() - 1).size();
  const size_t gutter = digits + 5;  // "> 11 | "
  const size_t window = std::max(options.width, gutter + kShortestWindow) - gutter;

  size_t mark_begin = 0;
  size_t mark_end = 0;
  size_t window_begin = 0;
  if (place.column > 0) {
    mark_begin = CellOf(marked, place.column);
    mark_end = mark_begin + 1;
    if (place.end_line > place.line) {
      mark_end = std::max(mark_end, marked.width);
    } else if ((place.end_line == 0 || place.end_line == place.line) &&
               place.end_column > place.column) {
      mark_end = std::max(mark_end, CellOf(marked, place.end_column));
    }
    // Keeps a third of the window in front of the mark, for what led up to it.
    if (marked.width >= window && mark_begin + window / 3 >= window) {
      window_begin = mark_begin - window / 3;
    }
    mark_end = std::min(mark_end, window_begin + window);
  }

  Frame frame(digits, options.color);
  for (size_t i = 0; i < lines.size(); ++i) {
    const Line line = i == index ? marked : LayOut(lines[i], place.unit);
    std::string shown = Clip(line, window_begin, window);
    frame.AddLine(first + i, i == index, shown);
    if (i == index && place.column > 0) {
      frame.AddMark(mark_begin - window_begin, std::max(mark_end, mark_begin + 1) - mark_begin);
    }
  }
  return frame.Take();
}

}  // namespace nano

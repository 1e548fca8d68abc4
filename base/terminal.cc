// Terminals, tables, the progress line, units.
#include "base/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "base/utf8.h"

namespace nano {
namespace {

std::string_view Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

const char* Sequence(Style style) {
  switch (style) {
    case Style::kPlain:
      return "";
    case Style::kBold:
      return "\x1b[1m";
    case Style::kDim:
      return "\x1b[2m";
    case Style::kRed:
      return "\x1b[31m";
    case Style::kGreen:
      return "\x1b[32m";
    case Style::kYellow:
      return "\x1b[33m";
    case Style::kBlue:
      return "\x1b[34m";
    case Style::kCyan:
      return "\x1b[36m";
  }
  return "";
}

// A cell's text without the colour sequence in front of it.
std::string_view WithoutStyle(std::string_view cell) {
  while (cell.starts_with('\x1b')) {
    const size_t end = cell.find('m');
    if (end == std::string_view::npos) break;
    cell.remove_prefix(end + 1);
  }
  return cell;
}

// Counts, sizes, times and shares: "12", "-0.5 ms", "3 (2 hit)". A name in hexadecimal digits is
// none.
bool LooksNumeric(std::string_view cell) {
  const std::string_view text = WithoutStyle(cell);
  if (text.empty() || text == "-" || text == "–" || text.starts_with("-\x1b")) return true;
  const size_t digit = text[0] == '-' || text[0] == '+' ? 1 : 0;
  const size_t end = text.find_first_not_of("0123456789.", digit);
  if (end == digit || digit == text.size()) return false;
  return end == std::string_view::npos || text[end] == ' ' || text[end] == '%';
}

// One decimal below ten, none above.
std::string ShortNumber(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), value < 9.95 ? "%.1f" : "%.0f", value);
  return text;
}

}  // namespace

bool IsTerminal(int fd) { return isatty(fd) == 1; }

bool UseColor(int fd) {
  if (std::getenv("FORCE_COLOR") != nullptr) {
    const std::string_view force = Environment("FORCE_COLOR");
    return force != "0" && force != "false";
  }
  if (!Environment("NO_COLOR").empty()) return false;
  const std::string_view term = Environment("TERM");
  return !term.empty() && term != "dumb" && IsTerminal(fd);
}

size_t TerminalWidth(int fd, size_t fallback) {
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const std::string_view columns = Environment("COLUMNS");
  size_t width = 0;
  const auto [end, error] = std::from_chars(columns.data(), columns.data() + columns.size(), width);
  const bool whole = error == std::errc() && end == columns.data() + columns.size();
  return whole && width > 0 ? width : fallback;
}

std::string Styled(std::string_view text, Style style, bool color) {
  if (!color || style == Style::kPlain) return std::string(text);
  std::string out = Sequence(style);
  out.append(text).append("\x1b[0m");
  return out;
}

void Table::AddRow(std::vector<std::string> cells) {
  cells.resize(header_.size());
  rows_.push_back(std::move(cells));
}

std::string Table::ToString(bool color) const {
  std::vector<size_t> widths(header_.size());
  std::vector<bool> right(header_.size());
  for (size_t column = 0; column < header_.size(); ++column) {
    widths[column] = CellWidth(header_[column]);
    right[column] = !rows_.empty();
    bool blank = true;
    for (const auto& row : rows_) {
      widths[column] = std::max(widths[column], CellWidth(row[column]));
      right[column] = right[column] && LooksNumeric(row[column]);
      blank = blank && row[column].empty();
    }
    if (blank) right[column] = false;
  }

  std::string out;
  const auto append_row = [&](const std::vector<std::string>& row, Style style) {
    size_t pending = 0;  // Spaces owed, so that none end a line.
    for (size_t column = 0; column < row.size(); ++column) {
      const size_t padding = widths[column] - CellWidth(row[column]);
      if (right[column]) pending += padding;
      if (!row[column].empty()) {
        out.append(pending, ' ').append(Styled(row[column], style, color));
        pending = 0;
      }
      pending += (right[column] ? 0 : padding) + 2;
    }
    out += '\n';
  };
  append_row(header_, Style::kBold);
  for (const auto& row : rows_) append_row(row, Style::kPlain);
  return out;
}

ProgressLine::ProgressLine(std::FILE* stream, std::chrono::milliseconds delay)
    : stream_(stream),
      active_(IsTerminal(fileno(stream)) && Environment("TERM") != "dumb"),
      show_at_(std::chrono::steady_clock::now() + delay) {}

void ProgressLine::Update(std::string_view text) {
  if (!active_ || std::chrono::steady_clock::now() < show_at_) return;
  // The last column stays free: a character there makes some terminals wrap.
  const size_t width = TerminalWidth(fileno(stream_)) - 1;
  const std::string printable = Printable(text);
  std::string line = "\r\x1b[K";
  size_t cells = 0;
  for (size_t position = 0; position < printable.size();) {
    const char32_t code_point = NextCodePoint(printable, position);
    cells += static_cast<size_t>(CellWidth(code_point));
    if (cells > width) break;
    AppendUtf8(line, code_point);
  }
  std::fwrite(line.data(), 1, line.size(), stream_);
  std::fflush(stream_);
  visible_ = true;
}

void ProgressLine::Clear() {
  if (!visible_) return;
  std::fputs("\r\x1b[K", stream_);
  std::fflush(stream_);
  visible_ = false;
}

std::string FormatBytes(uint64_t bytes) {
  if (bytes < 1000) return std::to_string(bytes) + " B";
  constexpr const char* kUnits[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
  double value = static_cast<double>(bytes) / 1000;
  size_t unit = 0;
  // 999.5 would be printed as 1000 of its unit.
  while (value >= 999.5 && unit + 1 < std::size(kUnits)) {
    value /= 1000;
    ++unit;
  }
  return ShortNumber(value) + " " + kUnits[unit];
}

std::string FormatDuration(std::chrono::nanoseconds duration) {
  if (duration.count() < 0) return "-" + FormatDuration(-duration);
  const auto nanoseconds = static_cast<double>(duration.count());
  if (nanoseconds < 999.5) return std::to_string(duration.count()) + " ns";
  if (nanoseconds < 999.5e3) return ShortNumber(nanoseconds / 1e3) + " µs";
  if (nanoseconds < 999.5e6) return ShortNumber(nanoseconds / 1e6) + " ms";
  if (nanoseconds < 59.5e9) return ShortNumber(nanoseconds / 1e9) + " s";
  const auto seconds = static_cast<uint64_t>(std::llround(nanoseconds / 1e9));
  const std::string rest = seconds % 60 == 0 ? "" : " " + std::to_string(seconds % 60) + " s";
  return std::to_string(seconds / 60) + " min" + rest;
}

}  // namespace nano

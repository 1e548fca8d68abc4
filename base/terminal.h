// Output for people: whether a stream is a terminal, colours, tables, a progress line, sizes and
// durations in words.
//
// Thread: any, but one stream belongs to one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace nano {

bool IsTerminal(int fd);

// Whether to colour what goes to `fd`: yes on a terminal, unless NO_COLOR is set (no-color.org) or
// TERM is "dumb" or unset. FORCE_COLOR overrules all of it: "0" and "false" forbid colours, any
// other value, the empty one included, asks for them.
bool UseColor(int fd);

// Columns of the terminal behind `fd`; if it is none: COLUMNS, else `fallback`.
size_t TerminalWidth(int fd, size_t fallback = 80);

enum class Style { kPlain, kBold, kDim, kRed, kGreen, kYellow, kBlue, kCyan };

// `text` in a style; unchanged without `color`.
std::string Styled(std::string_view text, Style style, bool color);

// A table with aligned columns, two spaces apart. Cells may be styled (Styled); widths are counted
// in terminal cells. A column whose cells all begin with a digit, a sign or are a dash ("3.4 ms",
// "12",
// "-") is aligned to the right.
class Table {
 public:
  explicit Table(std::vector<std::string> header) : header_(std::move(header)) {}

  // A row; cells that are missing at its end are empty, those too many are dropped.
  void AddRow(std::vector<std::string> cells);

  // The table with a line feed after each row and no spaces at the ends of lines; the header bold
  // if `color`.
  std::string ToString(bool color = false) const;

  bool empty() const { return rows_.empty(); }

 private:
  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> rows_;
};

// A line at the bottom of a terminal that says what is going on, rewritten in place. Prints nothing
// if the stream is not a terminal. Clear it before printing anything else to the same terminal.
class ProgressLine {
 public:
  // `stream` outlives the line. The line appears once `delay` has passed since now, so that what is
  // fast does not flicker.
  explicit ProgressLine(std::FILE* stream,
                        std::chrono::milliseconds delay = std::chrono::milliseconds(0));
  ~ProgressLine() { Clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // Shows `text`, cut to the terminal's width.
  void Update(std::string_view text);
  // Removes the line. A later Update shows it again.
  void Clear();
  // Whether it is shown at all: on a terminal that can take it back.
  bool active() const { return active_; }

 private:
  std::FILE* stream_;
  bool active_;
  bool visible_ = false;
  std::chrono::steady_clock::time_point show_at_;
};

// "0 B", "999 B", "1.2 kB", "34 MB": decimal units, two digits below ten.
std::string FormatBytes(uint64_t bytes);

// "340 ns", "1.2 µs", "3.4 ms", "12 ms", "1.5 s", "2 min 5 s": UTF-8.
std::string FormatDuration(std::chrono::nanoseconds duration);

}  // namespace nano

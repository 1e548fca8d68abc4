// base/terminal.h
#include "base/terminal.h"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/unit/pseudo_terminal.h"

namespace nano {
namespace {

using test::PseudoTerminal;
using test::ScopedVariable;
using std::chrono_literals::operator""ns;
using std::chrono_literals::operator""us;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""h;

TEST_CASE("Colours follow the terminal and the environment") {
  PseudoTerminal terminal;
  const int pipe_like = open("/dev/null", O_WRONLY | O_CLOEXEC);
  const ScopedVariable term("TERM", "xterm");
  const ScopedVariable no_color("NO_COLOR", nullptr);
  const ScopedVariable force("FORCE_COLOR", nullptr);
  CHECK(IsTerminal(terminal.fd()));
  CHECK_FALSE(IsTerminal(pipe_like));
  CHECK(UseColor(terminal.fd()));
  CHECK_FALSE(UseColor(pipe_like));
  {
    const ScopedVariable set("NO_COLOR", "1");
    CHECK_FALSE(UseColor(terminal.fd()));
    const ScopedVariable forced("FORCE_COLOR", "1");
    CHECK(UseColor(terminal.fd()));
  }
  {
    const ScopedVariable empty("NO_COLOR", "");  // no-color.org: only when not empty.
    CHECK(UseColor(terminal.fd()));
  }
  {
    const ScopedVariable dumb("TERM", "dumb");
    CHECK_FALSE(UseColor(terminal.fd()));
  }
  {
    const ScopedVariable forced("FORCE_COLOR", "");
    CHECK(UseColor(pipe_like));
  }
  {
    const ScopedVariable forbidden("FORCE_COLOR", "0");
    CHECK_FALSE(UseColor(terminal.fd()));
  }
  close(pipe_like);
}

TEST_CASE("The width is the terminal's, else that of COLUMNS, else the fallback") {
  PseudoTerminal terminal;
  const ScopedVariable columns("COLUMNS", "132");
  CHECK(TerminalWidth(terminal.fd()) == 20);
  CHECK(TerminalWidth(-1) == 132);
  for (const char* value : {"", "0", "-3", "wide", "80x"}) {
    const ScopedVariable wrong("COLUMNS", value);
    CHECK(TerminalWidth(-1, 77) == 77);
  }
}

TEST_CASE("The progress line is rewritten in place") {
  PseudoTerminal terminal;
  const ScopedVariable term("TERM", "xterm");
  {
    ProgressLine line(terminal.stream());
    line.Update("one");
    CHECK(terminal.Read() == "\r\x1b[Kone");
    line.Update("a text longer than the terminal is wide");
    CHECK(terminal.Read() == "\r\x1b[Ka text longer than ");  // 19 of 20 cells.
    line.Update("\x1b[2J");
    CHECK(terminal.Read() == "\r\x1b[K\uFFFD[2J");
    line.Clear();
    CHECK(terminal.Read() == "\r\x1b[K");
    line.Clear();
    CHECK(terminal.Read().empty());
    line.Update("two");
    terminal.Read();
  }
  CHECK(terminal.Read() == "\r\x1b[K");  // The destructor leaves nothing behind.

  ProgressLine late(terminal.stream(), 1h);
  late.Update("too early");
  CHECK(terminal.Read().empty());

  const ScopedVariable dumb("TERM", "dumb");
  ProgressLine none(terminal.stream());
  none.Update("x");
  CHECK(terminal.Read().empty());
}

TEST_CASE("The progress line prints nothing elsewhere") {
  std::FILE* file = tmpfile();
  REQUIRE(file != nullptr);
  {
    ProgressLine line(file);
    line.Update("one");
    line.Clear();
  }
  CHECK(ftell(file) == 0);
  fclose(file);
}

TEST_CASE("Tables align numbers to the right and text to the left") {
  Table table({"app", "size", "boot", "entry"});
  CHECK(table.empty());
  table.AddRow({"hello", "1.2 kB", "0.9 ms", "index.js"});
  table.AddRow({"日本", Styled("340 kB", Style::kRed, true), "-", "src/index.ts"});
  table.AddRow({"x"});
  CHECK(table.ToString() ==
        "app      size    boot  entry\n"
        "hello  1.2 kB  0.9 ms  index.js\n"
        "日本   \x1b[31m340 kB\x1b[0m       -  src/index.ts\n"
        "x\n");
  CHECK(table.ToString(true).starts_with("\x1b[1mapp\x1b[0m      \x1b[1msize\x1b[0m"));
}

TEST_CASE("Names in hexadecimal digits are text") {
  Table table({"version", "share"});
  table.AddRow({"95ff15968808", "5 %"});
  table.AddRow({"9e1", "-"});
  CHECK(table.ToString() ==
        "version       share\n"
        "95ff15968808    5 %\n"
        "9e1               -\n");
}

TEST_CASE("Sizes are readable") {
  CHECK(FormatBytes(0) == "0 B");
  CHECK(FormatBytes(999) == "999 B");
  CHECK(FormatBytes(1000) == "1.0 kB");
  CHECK(FormatBytes(9949) == "9.9 kB");
  CHECK(FormatBytes(9951) == "10 kB");
  CHECK(FormatBytes(999'499) == "999 kB");
  CHECK(FormatBytes(999'500) == "1.0 MB");
  CHECK(FormatBytes(1'234'567) == "1.2 MB");
  CHECK(FormatBytes(UINT64_MAX) == "18 EB");
}

TEST_CASE("Durations are readable") {
  CHECK(FormatDuration(0ns) == "0 ns");
  CHECK(FormatDuration(340ns) == "340 ns");
  CHECK(FormatDuration(1200ns) == "1.2 µs");
  CHECK(FormatDuration(3400us) == "3.4 ms");
  CHECK(FormatDuration(12ms) == "12 ms");
  CHECK(FormatDuration(999'600us) == "1.0 s");
  CHECK(FormatDuration(59s) == "59 s");
  CHECK(FormatDuration(59'700ms) == "1 min");
  CHECK(FormatDuration(125s) == "2 min 5 s");
  CHECK(FormatDuration(-3ms) == "-3.0 ms");
}

}  // namespace
}  // namespace nano

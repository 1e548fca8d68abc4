// Standard error goes where standard output does, in the order in which it was written.
#include "compiler/build/build_command.h"

#include <sstream>
#include <string>
#include <utility>

#include "base/terminal.h"
#include "compiler/project/paths.h"

namespace nano::compiler {
namespace {

// What a person reads of a failure; the cause is at the end.
constexpr size_t kShownLines = 20;
constexpr size_t kMostLines = 500;

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(std::move(line));
  if (lines.size() > kMostLines) {
    const size_t cut = lines.size() - kMostLines;
    lines.erase(lines.begin(), lines.begin() + static_cast<ptrdiff_t>(cut));
    lines.insert(lines.begin(), "(" + std::to_string(cut) + " lines before)");
  }
  return lines;
}

}  // namespace

Result<void> RunBuildCommand(const config::AppSettings& app, Clock::time_point deadline,
                             std::vector<LogLine>& log) {
  const std::string& command = app.bundle.command;
  const auto place = app.stated.PlaceOf("bundle.command");
  const std::string directory = PathIn(app.directory, app.bundle.cwd);
  const Clock::time_point begin = Clock::now();
  const auto child = TRY(Child::Run({"/bin/sh", "-c", "exec 2>&1\n" + command}, directory, ""));
  child->Finish(deadline);
  const std::vector<std::string> lines = LinesOf(child->output());
  if (!child->ok()) {
    std::string shown = child->errors();
    const size_t first = lines.size() > kShownLines ? lines.size() - kShownLines : 0;
    for (size_t i = first; i < lines.size(); ++i) shown += lines[i] + "\n";
    if (child->timed_out()) {
      return config::ErrorAt(place, "the build command did not end in time: " + command,
                             shown + "Give it longer by --timeout, or `build.timeout`.");
    }
    return config::ErrorAt(place,
                           "the build command failed with " +
                               DescribeEnd(child->signal(), child->status()) + ": " + command,
                           shown);
  }
  for (const std::string& line : lines) log.push_back({runtime::LogLevel::kInfo, line});
  log.push_back(
      {runtime::LogLevel::kInfo, command + " took " + FormatDuration(Clock::now() - begin)});
  return {};
}

}  // namespace nano::compiler

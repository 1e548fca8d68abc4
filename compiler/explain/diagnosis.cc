// The added statements and what is read from their reports.
#include "compiler/explain/diagnosis.h"

#include <algorithm>
#include <charconv>

#include "base/lines.h"
#include "compiler/evaluate/evaluator.h"

namespace nano::compiler {
namespace {

// Begins every report; the app's own lines do not.
constexpr std::string_view kMark = "__nano_trace__ ";

// In bytes: a guess, so that the text is seldom moved.
constexpr size_t kRoomForReports = 4096;

constexpr auto kSecondLook = std::chrono::seconds(2);

// Evaluates `code` and gives the texts of its reports.
std::vector<std::string> Reports(const StepContext& context, const Bundle& bundle,
                                 std::string_view code) {
  std::vector<std::string> reports;
  const Result<Evaluation> evaluation =
      Evaluate(context, {.code = code, .script_name = bundle.script_name, .warmup = {}});
  if (!evaluation.ok()) return reports;
  for (const LogLine& line : evaluation->log) {
    if (line.text.starts_with(kMark)) reports.push_back(line.text.substr(kMark.size()));
  }
  return reports;
}

bool BeginsStatement(std::string_view line) {
  if (line.empty()) return false;
  const char c = line[0];
  return std::isalpha(static_cast<unsigned char>(c)) || c == '_' || c == '$' || c == '(';
}

// The column of the word "await" in a line, from 1; 0 if there is none.
size_t AwaitColumn(std::string_view line) {
  const auto is_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$' || c == '.';
  };
  constexpr std::string_view kAwait = "await";
  for (size_t at = 0; (at = line.find(kAwait, at)) != std::string_view::npos; ++at) {
    const size_t end = at + kAwait.size();
    if ((at == 0 || !is_word(line[at - 1])) && (end == line.size() || !is_word(line[end]))) {
      return at + 1;
    }
  }
  return 0;
}

// The line of the last statement that reported itself; 0: none did.
int LastMark(const StepContext& context, const Bundle& bundle, MarkedStatements which) {
  const std::vector<std::string> reports =
      Reports(context, bundle, MarkTopLevel(bundle.code, which));
  int number = 0;
  if (!reports.empty()) {
    const std::string& last = reports.back();
    std::from_chars(last.data(), last.data() + last.size(), number);
  }
  return number;
}

}  // namespace

// esbuild indents what is nested, so a statement of the top level is one that begins a line. (A
// line inside a template literal may look like one; a report in it is text and never made.)
std::string MarkTopLevel(std::string_view code, MarkedStatements which) {
  std::string out;
  out.reserve(code.size() + kRoomForReports);
  int number = 0;
  while (!code.empty()) {
    const bool terminated = code.find('\n') != std::string_view::npos;
    const std::string_view line = TakeLine(code);
    ++number;
    const bool wanted = which == MarkedStatements::kAll || AwaitColumn(line) > 0;
    if (number > 1 && wanted && BeginsStatement(line)) {
      out.append("console.debug('").append(kMark).append(std::to_string(number)).append("'); ");
    }
    out.append(line);
    if (terminated) out += '\n';
  }
  return out;
}

std::optional<SourcePlace> FindPendingAwait(const StepContext& context, const Bundle& bundle) {
  const int number = LastMark(context, bundle, MarkedStatements::kAwaiting);
  const auto column =
      static_cast<int>(AwaitColumn(LineAt(bundle.code, static_cast<size_t>(number))));
  return FindSource(bundle, number, column, context.color);
}

std::optional<SourcePlace> FindLastStatement(const StepContext& context, const Bundle& bundle) {
  StepContext again = context;
  again.deadline = Clock::now() + kSecondLook;
  const int number = LastMark(again, bundle, MarkedStatements::kAll);
  const std::string_view line = LineAt(bundle.code, static_cast<size_t>(number));
  // The first place of the line that a source maps to: `var x = …` begins with the bundler's own.
  for (size_t column = 1; column <= line.size(); ++column) {
    if (auto place = FindSource(bundle, number, static_cast<int>(column), context.color))
      return place;
  }
  return std::nullopt;
}

}  // namespace nano::compiler

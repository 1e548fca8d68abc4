// Problems and errors as blocks of lines.
#include "cli/nano/ctl/problem.h"

#include <algorithm>

#include "base/json_fields.h"
#include "base/terminal.h"
#include "base/utf8.h"
#include "cli/nano/ctl/words.h"

namespace nano::cli::ctl {
namespace {

std::string Head(const std::string& text, bool color) {
  return Styled("✘ " + Printable(text), Style::kRed, color) + "\n";
}

// What to do about a kind of problem that the server's words leave open.
std::string AdviceFor(const Json& problem, const std::string& type, int http_status) {
  if (http_status == 401) {
    return "Give a token: NANO_TOKEN, or --token-file FILE. `server.admin` of the server's "
           "nano.yaml has those it takes.";
  }
  if (type.ends_with(":stale")) {
    return "Look at what it is now (`nano ctl apps`), and try again.";
  }
  if (type.ends_with(":no-such-version")) return "`nano ctl versions APP` lists those there are.";
  if (type.ends_with(":no-such-app")) return "`nano ctl apps` lists those there are.";
  if (type.ends_with(":not-found") || type.ends_with(":method-not-allowed")) {
    return "The server may be of another version of NANO than this `nano`.";
  }
  if (type.ends_with(":swap-refused") || type.ends_with(":swap-failed")) {
    std::vector<std::string> changed;
    for (const Json& change : ListOf(problem, "changes")) changed.push_back(TextOf(change, "app"));
    if (changed.empty()) return "Nothing has changed: what was served goes on being served.";
    return "Of this app, what was served goes on being served. What has changed is " +
           Joined(changed) + ": release " + std::to_string(NumberOf(problem, "release")) +
           " serves.";
  }
  return {};
}

}  // namespace

int ExitStatusOf(int http_status, const Json& problem) {
  // What has ended while it was recorded is no mistake about what there is.
  if (TextOf(problem, "type") == "urn:nano:problem:no-profile") return kFailed;
  switch (http_status) {
    case 401:
    case 403:
    case 421:
    case 429:
      return kNotReached;
    case 404:
    case 409:
    case 412:
    case 428:
      return kNotAsThought;
    default:
      return kFailed;
  }
}

std::string FormatProblem(const Json& problem, int http_status, bool color) {
  const std::string app = TextOf(problem, "app");
  const std::string step = TextOf(problem, "step");
  std::string title = TextOf(problem, "title");
  if (title.empty()) title = "the server answers " + std::to_string(http_status);
  if (!step.empty()) title += " (step: " + step + ")";
  std::string out = Head(app.empty() ? title : app + ": " + title, color);
  const std::string detail = TextOf(problem, "detail");
  const auto told = [&detail](const std::string& text) { return detail.find(text) != detail.npos; };
  // One that is told with its place below is not told twice.
  const Json::Array& errors = ListOf(problem, "errors");
  const bool below = std::ranges::any_of(errors, [&](const Json& error) {
    return TextOf(error, "message") == detail && !told(TextOf(error, "where"));
  });
  if (!below) out += Indented(detail, "  ");
  for (const Json& error : errors) {
    const std::string where = TextOf(error, "where");
    const std::string message = TextOf(error, "message");
    const std::string hint = TextOf(error, "hint");
    if (!told(where) || !told(message)) {
      out += Indented(where.empty() ? message : where + ": " + message, "  ");
    }
    out += Indented(TextOf(error, "excerpt"), "  ");
    if (!told(hint)) out += Indented(hint, "    ");
  }
  const std::string mark = Styled(
      "  " + (app.empty() ? std::string("log") : Printable(app)) + " │ ", Style::kDim, color);
  for (const std::string& line : TextsOf(problem, "log")) out += Indented(line, mark);
  return out + Indented(AdviceFor(problem, TextOf(problem, "type"), http_status), "  ");
}

std::string FormatError(const Error& error, bool color) {
  std::string out = Head(error.where.empty() ? error.message : error.where, color);
  if (!error.where.empty()) out += Indented(error.message, "  ");
  if (!error.excerpt.empty()) out += Indented(error.excerpt, "  ");
  out += Indented(error.hint, "  ");
  for (const Error& other : error.others) out += FormatError(other, color);
  return out;
}

}  // namespace nano::cli::ctl

// Wording of what went wrong in an app's code.
#include "compiler/explain/script_errors.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/code_frame.h"
#include "base/file.h"
#include "base/lines.h"
#include "compiler/bundle/import_hints.h"
#include "compiler/explain/diagnosis.h"
#include "compiler/explain/exception_hints.h"
#include "compiler/explain/source_places.h"
#include "compiler/project/paths.h"
#include "config/yaml/units.h"

namespace nano::compiler {
namespace {

using Kind = runtime::ScriptFailure::Kind;

constexpr size_t kMostFrames = 6;
constexpr size_t kMostLines = 8;

std::string EntryPath(const FailedApp& app) { return DisplayPath(app.entry.file); }

// The source of the failure. Its stack comes first: the engine's own position may be in the Web
// APIs' code, which the app's called.
std::optional<SourcePlace> PlaceOf(const FailedApp& app, const runtime::ScriptFailure& failure) {
  if (auto place = FindTopFrame(app.bundle, failure.stack, app.context.color)) return place;
  return FindSource(app.bundle, failure.line, failure.column, app.context.color);
}

// The frames below the topmost one, whose place the code frame shows.
std::string LowerFrames(const FailedApp& app, std::string_view stack) {
  const std::vector<std::string> frames = AppFrames(app.bundle, stack);
  std::string text;
  for (size_t i = 0; frames.size() > 1 && i < std::min(frames.size(), kMostFrames); ++i) {
    text += "\n    " + frames[i];
  }
  return text;
}

Error Located(const FailedApp& app, std::optional<SourcePlace> place, std::string message,
              std::string hint) {
  if (!place) place = SourcePlace{.where = EntryPath(app), .excerpt = {}, .line = {}};
  return {.message = std::move(message),
          .where = std::move(place->where),
          .hint = std::move(hint),
          .excerpt = std::move(place->excerpt)};
}

// Where the entry exports its default, else its beginning.
SourcePlace DefaultExport(const FailedApp& app) {
  SourcePlace place{.where = EntryPath(app), .excerpt = {}, .line = {}};
  const Result<std::string> text = ReadFile(app.entry.file);
  if (!text.ok()) return place;
  size_t at = text->find("export default");
  if (at == std::string::npos) at = text->find("as default");
  if (at == std::string::npos) at = 0;
  CodeFramePlace frame{.line = 1, .column = 1, .unit = ColumnUnit::kBytes};
  for (const char c : text->substr(0, at)) {
    ++frame.column;
    if (c != '\n') continue;
    ++frame.line;
    frame.column = 1;
  }
  place.where += ":" + std::to_string(frame.line) + ":" + std::to_string(frame.column);
  place.excerpt = CodeFrame(*text, frame, {.color = app.context.color});
  return place;
}

// Whether a value was used that is not what the code took it for.
bool SpeaksOfValue(std::string_view message) {
  return message.starts_with("TypeError: ") &&
         (message.ends_with(" is not a function") || message.ends_with(" is not a constructor") ||
          message.ends_with(" is not iterable") || message.find(" properties of ") != message.npos);
}

// The npm package that a place lies in, "express" or "@scope/name"; empty if it is the app's own.
std::string_view PackageOf(std::string_view where) {
  constexpr std::string_view kFolder = "node_modules/";
  const size_t folder = where.rfind(kFolder);
  if (folder == std::string_view::npos) return {};
  where.remove_prefix(folder + kFolder.size());
  size_t end = where.find('/');
  if (where.starts_with('@') && end != std::string_view::npos) end = where.find('/', end + 1);
  return where.substr(0, end);
}

// A package that asks for a module of Node.js is not the user's to change.
std::string HintForPackage(std::string_view message, std::string_view where) {
  constexpr std::string_view kMissing = "Error: Cannot find module '";
  const std::string_view package = PackageOf(where);
  if (package.empty() || !message.starts_with(kMissing)) return {};
  const std::string_view rest = message.substr(kMissing.size());
  if (NodeModuleHint(rest.substr(0, rest.find('\''))).empty()) return {};
  return "The package \"" + std::string(package) +
         "\" needs Node.js and cannot run here: look for one that runs on the Web APIs, as those "
         "for "
         "workers do.";
}

Error Exception(const FailedApp& app, const runtime::ScriptFailure& failure) {
  std::optional<SourcePlace> place = PlaceOf(app, failure);
  std::string hint = HintForPackage(failure.message, place ? place->where : "");
  if (hint.empty()) hint = HintForException(failure.message);
  if (hint.empty()) {
    hint = SpeaksOfValue(failure.message) ? "Look at where the value at the mark comes from. " : "";
    hint +=
        "The top level of an app runs once, when it is built, without `env`, the network and "
        "random "
        "values. What needs them belongs into fetch.";
  }
  if (!place) place = FindLastStatement(app.context, app.bundle);  // What is thrown has no stack.
  Error error = Located(app, std::move(place),
                        "the app threw while it was loaded: " + failure.message, std::move(hint));
  error.excerpt += LowerFrames(app, failure.stack);
  return error;
}

// "TypeError: The app has no default export. Write: …" → "the app has no default export".
std::string NoHandlerMessage(std::string_view message) {
  constexpr std::string_view kType = "TypeError: ";
  if (message.starts_with(kType)) message.remove_prefix(kType.size());
  message = message.substr(0, message.find(". Write:"));
  return "there is no usable default export: " + std::string(message);
}

// Of an app that takes more memory than it may, by what it was seen at or by how its process ended.
Error TooMuchMemory(const FailedApp& app, std::optional<SourcePlace> place, Kind kind) {
  const runtime::Limits& limits = app.context.limits;
  const bool heap = kind == Kind::kMemory;
  const std::string key =
      "`" + std::string(heap ? app.context.memory_key : app.context.external_memory_key) + "`";
  return Located(app, place ? std::move(place) : FindLastStatement(app.context, app.bundle),
                 "the app took more than " +
                     config::FormatSize(heap ? limits.memory : limits.external_memory) +
                     (heap ? " of V8 heap" : " of buffers and the like outside of V8's heap") +
                     " while it was loaded (" + key + ")",
                 "Look for a loop that does not end. Everything that the top level makes becomes "
                 "part of the snapshot: load large data when it is needed. If it is needed here: " +
                     key + " in nano.yaml.");
}

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// What V8 said, without the banner, addresses and the C++ stack.
std::string ReasonIn(std::string_view errors) {
  std::string reason;
  size_t lines = 0;
  while (!errors.empty() && lines < kMostLines) {
    std::string_view line = TakeLine(errors);
    if (line.starts_with("====")) break;
    if (line.starts_with('#')) line.remove_prefix(1);
    const size_t begin = line.find_first_not_of(' ');
    if (begin == std::string_view::npos || Contains(line, "FailureMessage Object")) continue;
    reason += "\n    " + std::string(line.substr(begin));
    ++lines;
  }
  return reason;
}

}  // namespace

Error ExplainFailure(const FailedApp& app, const runtime::ScriptFailure& failure) {
  switch (failure.kind) {
    case Kind::kSyntax:
      return Located(
          app, PlaceOf(app, failure), "the engine cannot parse this: " + failure.message,
          "Code that esbuild accepts and V8 does not: a regular expression, for example. "
          "Correct it.");
    case Kind::kThrew:
    case Kind::kRejected:
      return Exception(app, failure);
    case Kind::kNeverSettled:
      return Located(
          app, FindPendingAwait(app.context, app.bundle),
          "a top-level await waits for something that never happens",
          "While an app is built there is no network and no request. Do this inside fetch, "
          "and keep the promise in a variable if it is needed again.");
    case Kind::kThenable:
      return Located(app, FindLastStatement(app.context, app.bundle), failure.message,
                     "Define it on an object of the app's own, or on a class.");
    case Kind::kNoHandler: {
      const SourcePlace place = DefaultExport(app);
      return Located(app, place, NoHandlerMessage(failure.message),
                     "An app's entry exports an object with a fetch method:\n"
                     "    export default { async fetch(request, env, ctx) { return new "
                     "Response(\"hi\"); } };");
    }
    case Kind::kMemory:
    case Kind::kExternal:
      return TooMuchMemory(app, PlaceOf(app, failure), failure.kind);
    case Kind::kEngine:
      break;
  }
  return Located(app, FindLastStatement(app.context, app.bundle),
                 "the engine could not build the app: " + failure.message,
                 "Install NANO again; if it stays, this is a bug in NANO.");
}

Error ExplainDeferral(const FailedApp& app, const runtime::Observation& reason) {
  using Kind = runtime::Observation::Kind;
  constexpr std::string_view kLater =
      ": the app cannot be part of its snapshot, and is loaded when its first request arrives, "
      "which "
      "takes longer";
  const std::string& what = reason.what;
  std::string message, hint;
  switch (reason.kind) {
    case Kind::kAbsent:
      message = what + " is used at the top level";
      hint = "V8 lacks " + what +
             " while it makes a snapshot. To start faster, make what needs it when it is first "
             "needed, inside fetch.";
      break;
    case Kind::kRejection:
      message = "a promise that the top level made was rejected, and nothing handles it: " +
                what.substr(0, what.find('\n'));
      hint =
          "While an app is built there is no network and no `env`. To start faster, start what "
          "needs them inside fetch, and keep the promise.";
      break;
    default:
      message =
          what + " is alive when the app has been loaded, and V8 cannot put it into a snapshot";
      hint = "To start faster, make it when it is first needed, inside fetch.";
      break;
  }
  return Located(app, FindTopFrame(app.bundle, reason.stack, app.context.color),
                 message.append(kLater), std::move(hint));
}

Error ExplainDeath(const FailedApp& app, const ChildDeath& death) {
  if (death.timed_out) {
    return Located(app, FindLastStatement(app.context, app.bundle),
                   "the app was still being loaded after " + config::FormatDuration(app.timeout) +
                       " and was stopped",
                   "Look for a loop that does not end, at the top level or in what answers the "
                   "warm-up requests. If it just takes long: --timeout, or `build.timeout` in "
                   "nano.yaml.");
  }
  if (death.status == runtime::kExitOutOfMemory) {
    return TooMuchMemory(app, std::nullopt, Kind::kMemory);
  }
  const auto said = [&](std::string_view text) { return Contains(death.errors, text); };
  if (said("out of memory") || said("OOM") || said("bad_alloc") || said("invalid size error")) {
    return Located(
        app, FindLastStatement(app.context, app.bundle),
        "the app ran out of memory while it was loaded",
        "Everything that the top level makes becomes part of the snapshot: load large data "
        "when it is needed. If it is needed here: `build.memory` and `build.external_memory` in "
        "nano.yaml.");
  }
  const std::string end = DescribeEnd(death.signal, death.status);
  const std::string reason = ReasonIn(death.errors);
  return Located(
      app, std::nullopt,
      "the engine could not make a snapshot of the app's heap (" + end + ")" +
          (reason.empty() ? "" : ":" + reason),
      "Something that the top level makes cannot be stored. Make it inside fetch; to find "
      "it, move one part after the other there.");
}

}  // namespace nano::compiler

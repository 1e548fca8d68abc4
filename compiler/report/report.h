// What `nanoc build` tells its user: errors and warnings of the apps, the summary.
// Thread: the process's only one.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"
#include "compiler/report/app_result.h"
#include "config/config.h"

namespace nano::compiler {

// An error or warning as a block of lines, its head marked and coloured:
//
//   ✘ shop: src/db.ts:12:9
//     cannot import "./nope": there is no file "./nope"
//
//       12 │ import nope from "./nope";
//
//     Did you mean "./node"?
//
// and one more block for each of the error's `others`.
enum class Severity { kError, kWarning, kNote };
std::string FormatProblem(Severity severity, const std::string& app, const Error& error,
                          bool color);

// The lines that an app wrote to its console, each with the app's name in front.
std::string FormatLog(const AppResult& app, bool color);

// The table of all apps; `written`: those that did not fail are in the dist.
std::string FormatSummary(const std::vector<AppResult>& apps,
                          const std::vector<config::AppSettings>& settings, bool written,
                          bool color);

// What becomes of those apps of a dist that the build did not give anew, by their names.
struct DistChanges {
  std::vector<std::string> kept;     // Not built now, and left as they are.
  std::vector<std::string> removed;  // Not built now, and taken out.
  std::vector<std::string> stale;    // Failed; their last versions stay.
};

// What concerns all apps of a build.
struct BuildReport {
  const std::string& out;
  std::chrono::nanoseconds duration;
  bool ok;
  bool written;                // Those that did not fail.
  const DistChanges& changes;  // Empty if nothing was written.
};

// The same as one JSON document, for scripts.
std::string FormatJson(const std::vector<AppResult>& apps,
                       const std::vector<config::AppSettings>& settings, const BuildReport& report);

// Lines about the apps of a dist that were not built: kept, or taken out. Empty: there are none.
std::string FormatChanges(const DistChanges& changes, const std::string& out);

// How many failed, and what that means for the dist, which was `written` with the others, or which
// there `was` before.
std::string FormatFailure(size_t failed, size_t all, const std::string& out, bool was, bool written,
                          const DistChanges& changes);

}  // namespace nano::compiler

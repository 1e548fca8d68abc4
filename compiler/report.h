// What `nanoc build` tells its user: errors and warnings of the apps, the summary.
// Thread: the process's only one.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"
#include "compiler/app_result.h"
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

// The table of all apps.
std::string FormatSummary(const std::vector<AppResult>& apps,
                          const std::vector<config::AppSettings>& settings, bool color);

// The same as one JSON document, for scripts; `error` is one that concerns no app.
std::string FormatJson(const std::vector<AppResult>& apps,
                       const std::vector<config::AppSettings>& settings, const std::string& out,
                       std::chrono::nanoseconds duration, bool ok);

}  // namespace nano::compiler

// Formatting of results.
#include "compiler/report/report.h"

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "base/lines.h"
#include "base/terminal.h"

namespace nano::compiler {
namespace {

// The least status that says that something is wrong.
constexpr int kFirstError = 400;

std::string Indented(std::string_view text, std::string_view indent) {
  std::string out;
  while (!text.empty()) {
    const std::string_view line = TakeLine(text);
    if (!line.empty()) out.append(indent).append(line);
    out += '\n';
  }
  return out;
}

std::string Milliseconds(double ms) {
  using std::chrono::nanoseconds;
  return FormatDuration(
      std::chrono::duration_cast<nanoseconds>(std::chrono::duration<double, std::milli>(ms)));
}

std::string FirstRequest(const AppResult& app) {
  if (app.first_status == 0) return "no answer";
  std::string text = Milliseconds(app.first_request_ms);
  if (app.first_status >= kFirstError) text += " (" + std::to_string(app.first_status) + ")";
  return text;
}

// What is not there is no number.
std::string OrNone(bool is_there, std::string text) { return is_there ? std::move(text) : "-"; }

// "12 files, 340 kB"
std::string AssetsOf(const AppResult& app) {
  if (app.asset_packed == 0) return "-";
  return std::to_string(app.asset_files) + (app.asset_files == 1 ? " file, " : " files, ") +
         FormatBytes(app.asset_bytes);
}

std::string HostsOf(const config::AppSettings& app) {
  std::string text;
  for (const std::string& host : app.hosts) text += (text.empty() ? "" : ", ") + host;
  if (app.is_default) text += text.empty() ? "every host" : ", every other host";
  return text;
}

Json ToJson(const std::vector<Error>& errors) {
  Json::Array list;
  for (const Error& error : errors) {
    list.push_back(
        Json::Object{{"message", error.message}, {"where", error.where}, {"hint", error.hint}});
  }
  return list;
}

// "a, b and c"; of many, the first ones and how many more there are.
std::string Listed(const std::vector<std::string>& names) {
  constexpr size_t kShown = 8;
  const size_t shown = names.size() > kShown + 1 ? kShown : names.size();
  std::string text;
  for (size_t i = 0; i < shown; ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  if (shown < names.size()) text += " and " + std::to_string(names.size() - shown) + " more";
  return text;
}

}  // namespace

std::string FormatProblem(Severity severity, const std::string& app, const Error& error,
                          bool color) {
  struct Look {
    std::string_view mark;
    Style style;
  };
  const Look look = severity == Severity::kError     ? Look{"✘ ", Style::kRed}
                    : severity == Severity::kWarning ? Look{"▲ ", Style::kYellow}
                                                     : Look{"· ", Style::kDim};
  std::string head(look.mark);
  if (!app.empty()) head += app + ": ";
  // Without a place the message takes it, or its first line does.
  const size_t line = error.message.find('\n');
  head += error.where.empty() ? error.message.substr(0, line) : error.where;
  std::string out = Styled(head, look.style, color) + "\n";
  if (error.where.empty() && line != std::string::npos) {
    out += Indented(std::string_view(error.message).substr(line + 1), "  ");
  }
  if (!error.where.empty()) out += Indented(Styled(error.message, Style::kBold, color), "  ");
  if (!error.excerpt.empty()) out += "\n" + Indented(error.excerpt, "  ") + "\n";
  if (!error.hint.empty()) out += Indented(error.hint, "  ");
  for (const Error& other : error.others) out += FormatProblem(severity, app, other, color);
  return out;
}

std::string FormatLog(const AppResult& app, bool color) {
  std::string out;
  for (const LogLine& line : app.log) {
    const bool loud = line.level >= runtime::LogLevel::kWarn;
    out += Indented(line.text,
                    Styled("  " + app.name + " │ ", loud ? Style::kYellow : Style::kDim, color));
  }
  return out;
}

std::string FormatSummary(const std::vector<AppResult>& apps,
                          const std::vector<config::AppSettings>& settings, bool written,
                          bool color) {
  const bool have_assets = std::any_of(apps.begin(), apps.end(),
                                       [](const AppResult& app) { return app.asset_packed != 0; });
  std::vector<std::string> titles = {"app",  "entry", "bundle",        "snapshot",
                                     "time", "boot",  "first request", "hosts"};
  if (have_assets) titles.insert(titles.end() - 1, "assets");
  Table table(titles);
  for (size_t i = 0; i < apps.size(); ++i) {
    const AppResult& app = apps[i];
    std::vector<std::string> row;
    if (app.ok()) {
      const bool has_code = app.snapshot_bytes != 0;
      row = {app.name,
             OrNone(has_code, app.entry),
             OrNone(has_code, FormatBytes(app.bundle_bytes)),
             OrNone(has_code, FormatBytes(app.snapshot_bytes)),
             app.cached ? "cached" : Milliseconds(app.build_ms),
             OrNone(has_code, Milliseconds(app.boot_ms)),
             OrNone(has_code, FirstRequest(app)),
             written ? HostsOf(settings[i]) : Styled("not written", Style::kYellow, color)};
    } else {
      row = {Styled(app.name, Style::kRed, color),
             app.entry,
             "-",
             "-",
             Milliseconds(app.build_ms),
             "-",
             "-",
             Styled("failed", Style::kRed, color)};
    }
    if (have_assets) row.insert(row.end() - 1, AssetsOf(app));
    table.AddRow(std::move(row));
  }
  std::string out = table.ToString(color);
  for (const AppResult& app : apps) {
    if (app.first_problem.empty()) continue;
    const char* hint =
        app.first_status != 0
            ? "The app was built. `env` is empty and there is no network while it is."
            : "The app was built. Served, it would not answer such a request either, "
              "unless it waits for `env` or the network, which it lacks while it is "
              "built.";
    out += FormatProblem(Severity::kWarning, app.name, {app.first_problem, "", hint}, color);
  }
  return out;
}

std::string FormatJson(const std::vector<AppResult>& apps,
                       const std::vector<config::AppSettings>& settings,
                       const BuildReport& report) {
  Json::Array list;
  for (size_t i = 0; i < apps.size(); ++i) {
    const AppResult& app = apps[i];
    Json item = Json::Object{{"name", app.name},
                             {"entry", app.entry},
                             {"ok", app.ok()},
                             {"hosts", settings[i].hosts},
                             {"default", settings[i].is_default},
                             {"errors", ToJson(app.errors)},
                             {"warnings", ToJson(app.warnings)},
                             {"notes", ToJson(app.notes)},
                             {"build_ms", app.build_ms}};
    if (app.ok()) {
      item.Set("bundle_bytes", app.bundle_bytes);
      item.Set("snapshot_bytes", app.snapshot_bytes);
      item.Set("cached", app.cached);
      item.Set("boot_ms", app.boot_ms);
      item.Set("first_request_ms", app.first_request_ms);
      item.Set("first_request_status", app.first_status);
      if (!app.first_problem.empty()) item.Set("first_request_problem", app.first_problem);
    }
    if (app.asset_packed != 0) {
      item.Set("assets", Json::Object{{"files", app.asset_files},
                                      {"bytes", app.asset_bytes},
                                      {"packed_bytes", app.asset_packed},
                                      {"ignored", app.asset_ignored}});
    }
    list.push_back(std::move(item));
  }
  const double ms = std::chrono::duration<double, std::milli>(report.duration).count();
  const Json json = Json::Object{{"ok", report.ok},
                                 {"written", report.written},
                                 {"out", report.out},
                                 {"build_ms", ms},
                                 {"kept", report.changes.kept},
                                 {"removed", report.changes.removed},
                                 {"stale", report.changes.stale},
                                 {"apps", std::move(list)}};
  return json.ToLines() + "\n";
}

std::string FormatChanges(const DistChanges& changes, const std::string& out) {
  std::string text;
  if (!changes.kept.empty()) {
    text += "Kept in " + out + ": " + Listed(changes.kept) +
            " (not built now; --prune takes what is not built out of it).\n";
  }
  if (!changes.removed.empty()) {
    text +=
        "Taken out of " + out + ": " + Listed(changes.removed) + " (not among what was built).\n";
  }
  return text;
}

std::string FormatFailure(size_t failed, size_t all, const std::string& out, bool was, bool written,
                          const DistChanges& changes) {
  std::string text = std::to_string(failed) + " of " + std::to_string(all) + " app" +
                     (all == 1 ? "" : "s") + " failed; ";
  if (!written) {
    text += was ? out + " is left as it was" : "nothing was written";
    if (failed < all) text += " (--keep-going writes the others)";
    return text + ".\n";
  }
  text += "the others are in " + out;
  if (!changes.stale.empty()) text += ", with the last version of " + Listed(changes.stale);
  return text + ".\n";
}

}  // namespace nano::compiler

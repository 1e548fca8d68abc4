// Apps, versions, releases, changes and news.
#include "cli/nano/ctl/render.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/json_fields.h"
#include "base/lines.h"
#include "base/terminal.h"
#include "base/timestamp.h"
#include "base/utf8.h"
#include "cli/nano/ctl/circuit.h"
#include "cli/nano/ctl/words.h"
#include "config/values/cron.h"
#include "server/deploy/release_diff.h"

namespace nano::cli::ctl {
namespace {

using Difference = server::AppDifference;

std::string HostsOf(const Json& app) {
  std::vector<std::string> hosts;
  for (const std::string& host : TextsOf(app, "hosts")) hosts.push_back(Printable(host));
  if (FlagOf(app, "default")) hosts.push_back(hosts.empty() ? "every host" : "every other host");
  return Joined(hosts);
}

std::vector<std::string> PrintableTexts(const Json& json, std::string_view name) {
  std::vector<std::string> texts = TextsOf(json, name);
  for (std::string& text : texts) text = Printable(text);
  return texts;
}

// The server's own words for a difference (server/deploy/release_diff.h).
Difference DifferenceOf(const Json& json) {
  constexpr std::pair<std::string_view, Difference::Kind> kKinds[] = {
      {"added", Difference::Kind::kAdded},
      {"removed", Difference::Kind::kRemoved},
      {"code", Difference::Kind::kCode},
      {"config", Difference::Kind::kConfig},
  };
  Difference difference;
  difference.app = Printable(TextOf(json, "app"));
  const std::string kind = TextOf(json, "change");
  for (const auto& [name, value] : kKinds) {
    if (name == kind) difference.kind = value;
  }
  difference.old_digest = Printable(TextOf(json, "old_digest"));
  difference.new_digest = Printable(TextOf(json, "new_digest"));
  difference.old_bytes = CountOf(json, "old_bytes");
  difference.new_bytes = CountOf(json, "new_bytes");
  difference.bytes_differing = CountOf(json, "bytes_differing");
  difference.keys = PrintableTexts(json, "keys");
  for (const Json& change : ListOf(json, "values")) {
    difference.values.push_back({.key = Printable(TextOf(change, "key")),
                                 .old = Printable(TextOf(change, "old")),
                                 .now = Printable(TextOf(change, "new"))});
  }
  return difference;
}

Style StyleOf(Difference::Kind kind) {
  switch (kind) {
    case Difference::Kind::kAdded:
      return Style::kGreen;
    case Difference::Kind::kRemoved:
      return Style::kRed;
    case Difference::Kind::kCode:
    case Difference::Kind::kConfig:
      return Style::kYellow;
    case Difference::Kind::kUnchanged:
      break;
  }
  return Style::kDim;
}

// A line for each app, the names aligned, and what the API has the last word on.
std::string Differences(const Json::Array& apps, const Look& look) {
  size_t width = 0;
  for (const Json& app : apps) width = std::max(width, CellWidth(Printable(TextOf(app, "app"))));
  std::string out;
  for (const Json& app : apps) {
    const Difference difference = DifferenceOf(app);
    const std::string padding(width - CellWidth(difference.app), ' ');
    const std::string text = server::Describe(difference);
    out +=
        difference.app + padding + "  " + Styled(text, StyleOf(difference.kind), look.color) + "\n";
    const std::string below(width + 2, ' ');
    out += Indented(TextOf(app, "refusal"), below);
    const std::vector<std::string> overtaken = PrintableTexts(app, "overtaken");
    if (!overtaken.empty()) {
      out += below +
             "set by `nano ctl`, and lost, for the files say something new: " + Joined(overtaken) +
             "\n";
    }
    const std::vector<std::string> overridden = PrintableTexts(app, "overridden");
    if (overridden.empty()) continue;
    out += below + "set by `nano ctl`, and not as the files have it: " + Joined(overridden) + "\n";
  }
  return out;
}

std::string CanaryOf(const Json& app) {
  const Json& canary = MemberOf(app, "canary");
  if (canary.is_null()) return {};
  return ShortDigest(TextOf(MemberOf(canary, "version"), "digest")) + " " +
         std::to_string(NumberOf(canary, "percent")) + " %";
}

// In nano.yaml's words: "process", "worker (group blue)".
std::string IsolationOf(const Json& app) {
  const std::string isolation = TextOf(app, "isolation");
  return isolation == "worker" ? isolation + " (group " + TextOf(app, "worker_group") + ")"
                               : isolation;
}

// Of an app with a canary; else empty.
std::string CanaryLine(const Json& app) {
  const Json& canary = MemberOf(app, "canary");
  if (canary.is_null()) return {};
  const int64_t percent = NumberOf(canary, "percent");
  return Printable(TextOf(app, "name")) + "  canary " +
         ShortDigest(TextOf(MemberOf(canary, "version"), "digest")) + ": " +
         (percent == 0 ? "requests that ask for it"
                       : std::to_string(percent) + " % of the clients") +
         "\n";
}

// When it is due next.
std::string CronOf(const std::string& text, const Look& look) {
  const Result<config::CronExpression> cron = config::CronExpression::Parse(text);
  const std::optional<int64_t> next = cron.ok() ? cron->Next(look.now) : std::nullopt;
  return next ? text + ", next at " + Timestamp(*next) : text;
}

}  // namespace

std::string RenderApps(const Json& apps, const Look& look) {
  Table table({"app", "version", "size", "since", "state", "hosts", "canary", "set by nano ctl"});
  for (const Json& app : ListOf(apps, "apps")) {
    const Json& version = MemberOf(app, "version");
    const std::string circuit = CircuitState(version, look);
    const std::string state = TextOf(app, "state");
    table.AddRow({Printable(TextOf(app, "name")), ShortDigest(TextOf(version, "digest")),
                  version.is_null() ? "-" : FormatBytes(CountOf(version, "bytes")),
                  AgeAt(TextOf(version, "since"), look.now),
                  state == "serving" && !circuit.empty()
                      ? circuit
                      : Styled(Printable(state),
                               state == "serving" ? Style::kPlain : Style::kYellow, look.color),
                  HostsOf(app), CanaryOf(app), Joined(PrintableTexts(app, "changed_through_api"))});
  }
  for (const std::string& name : TextsOf(apps, "missing")) {
    table.AddRow({Printable(name), "-", "-", "-", Styled("missing", Style::kYellow, look.color)});
  }
  if (table.empty()) return "No apps.\n";
  return table.ToString(look.color) + MissingApps(apps, look);
}

std::string MissingApps(const Json& json, const Look& look) {
  const std::vector<std::string> names = PrintableTexts(json, "missing");
  if (names.empty()) return {};
  return Styled("✘ " + Joined(names), Style::kYellow, look.color) + "\n  nano.yaml has " +
         (names.size() == 1 ? "it" : "them") +
         ", and dist/ has not: run `nanoc build`, then `nano ctl reload`\n";
}

std::string RenderApp(const Json& app, const Look& look) {
  std::vector<std::pair<std::string, std::string>> lines;
  const auto add = [&](const std::string& name, const std::string& value) {
    if (!value.empty()) lines.emplace_back(name, value);
  };
  const Json& version = MemberOf(app, "version");
  add("app", TextOf(app, "name"));
  add("state", TextOf(app, "state"));
  add("refused because", InOneLine(TextOf(app, "refusal")));
  add("version", TextOf(version, "digest"));
  if (!version.is_null()) {
    add("size", FormatBytes(CountOf(version, "bytes")));
    add("since", TextOf(version, "since"));
    add("from", TextOf(version, "source") == "api" ? "nano ctl" : "dist");
  }
  add("circuit", InOneLine(CircuitText(version, look)));
  add("canary", CanaryOf(app));
  add("canary's circuit",
      InOneLine(CircuitText(MemberOf(MemberOf(app, "canary"), "version"), look)));
  add("canary key", TextOf(MemberOf(app, "canary"), "key"));
  add("hosts", HostsOf(app));
  if (const Json& assets = MemberOf(app, "assets"); !assets.is_null()) {
    add("assets", std::to_string(CountOf(assets, "files")) + " files, " +
                      FormatBytes(CountOf(assets, "bytes")) +
                      (FlagOf(app, "code") ? "" : "; the app has no code"));
  }
  add("isolation", IsolationOf(app));
  for (const auto& [name, value] : MembersOf(app, "env")) {
    add("env." + name, FlagOf(value, "secret") ? "(secret)" : TextOf(value, "value") + " ");
  }
  for (const char* group : {"services", "limits"}) {
    for (const auto& [name, value] : MembersOf(app, group)) {
      add(std::string(group) + "." + name, value.text() == nullptr ? "" : *value.text());
    }
  }
  for (const char* name : {"health", "boot_timeout", "health_timeout", "drain_timeout", "idle"}) {
    add(name, TextOf(app, name));
  }
  for (const std::string& text : TextsOf(app, "crons")) add("cron", CronOf(text, look));
  add("set by nano ctl", Joined(TextsOf(app, "changed_through_api")));
  size_t width = 0;
  for (const auto& [name, value] : lines) width = std::max(width, CellWidth(Printable(name)));
  std::string out;
  for (const auto& [name, value] : lines) {
    const std::string shown = Printable(name);
    std::string line = Styled(shown, Style::kBold, look.color) +
                       std::string(width - CellWidth(shown) + 2, ' ') + Printable(value);
    while (line.ends_with(' ')) line.pop_back();
    out += line + "\n";
  }
  return out;
}

std::string RenderVersions(const Json& versions, const Look& look) {
  Table table({"version", "size", "made", "from", "is"});
  for (const Json& version : ListOf(versions, "versions")) {
    std::vector<std::string> is;
    if (FlagOf(version, "current")) is.push_back(Styled("current", Style::kGreen, look.color));
    if (FlagOf(version, "canary")) is.push_back("canary");
    if (FlagOf(version, "previous")) is.push_back("previous");
    if (MemberOf(version, "served").is_null()) is.push_back("not loaded");
    const int64_t generation = NumberOf(version, "generation");
    std::string from = TextOf(version, "source") == "api" ? "nano ctl" : "dist";
    if (generation != 0) from = "build " + std::to_string(generation);
    const std::string age = AgeAt(TextOf(version, "built"), look.now);
    table.AddRow({ShortDigest(TextOf(version, "digest")), FormatBytes(CountOf(version, "bytes")),
                  age.empty() ? "" : age + " ago", from, Joined(is)});
  }
  return table.empty() ? "No versions.\n" : table.ToString(look.color);
}

std::string RenderReleases(const Json& releases, const Look& look) {
  std::string out;
  for (const Json& release : ListOf(releases, "releases")) {
    const bool failed = FlagOf(release, "failed");
    out += Styled(failed ? "failed" : "release " + std::to_string(NumberOf(release, "number")),
                  failed ? Style::kRed : Style::kBold, look.color);
    out += ", " + AgeAt(TextOf(release, "time"), look.now) + " ago, by " +
           Printable(TextOf(release, "trigger"));
    if (failed) out += " (step: " + Printable(TextOf(release, "step")) + ")";
    out += ", " + std::to_string(NumberOf(release, "milliseconds")) + " ms\n";
    out += Indented(TextOf(release, "message"), "  ");
    std::string changes = Differences(ListOf(release, "apps"), {.color = false, .now = look.now});
    out += Indented(changes, "  ");
  }
  return out.empty() ? "No releases.\n" : out;
}

std::string Notes(const Json& answer, const Look& look) {
  std::string out;
  for (const std::string& note : TextsOf(answer, "notes")) {
    out += Indented(note, Styled("· ", Style::kDim, look.color));
  }
  return out;
}

std::string RenderDiff(const Json& diff, const Look& look) {
  std::string text = Differences(ListOf(diff, "apps"), look);
  if (!FlagOf(diff, "changes")) text += "A reload would change nothing.\n";
  return text + Notes(diff, look);
}

std::string RenderOutcome(const Json& outcome, const Look& look) {
  const std::string kind = TextOf(outcome, "outcome");
  const std::string message = TextOf(outcome, "message");
  const Json& app = MemberOf(outcome, "app");
  std::string canary = CanaryLine(app);
  Json::Array changes;
  for (Json change : ListOf(outcome, "changes")) {
    // A canary has a line of its own. One that was promoted is told by the change of code.
    std::vector<std::string> keys = TextsOf(change, "keys");
    if (!app.is_null() && std::erase(keys, "canary") > 0) {
      change.Set("keys", keys);
      if (keys.empty() && TextOf(change, "change") == "config") {
        if (canary.empty()) canary = Printable(TextOf(app, "name")) + "  canary ended\n";
        continue;
      }
    }
    changes.push_back(std::move(change));
  }
  std::string out = Differences(changes, look) + canary;
  if (!message.empty()) {
    out += Indented(message, "");
  } else if (kind == "unchanged") {
    out += "Nothing has changed: it is so already.\n";
  }
  if (kind != "unchanged") {
    out += Styled("✔ ", Style::kGreen, look.color) + "release " +
           std::to_string(NumberOf(outcome, "release")) + " serves";
    if (kind == "draining") {
      const bool removes = std::any_of(changes.begin(), changes.end(), [](const Json& change) {
        return TextOf(change, "change") == "removed";
      });
      out += removes ? "; what was removed finishes what it has begun: 503 meanwhile, then 404"
                     : "; what was replaced finishes what it has begun";
    }
    out += "\n";
  }
  return out + Notes(outcome, look);
}

std::string RenderEvent(std::string_view name, std::string_view data, const Look& look) {
  const std::string shown = Printable(name);
  Result<Json> json = Json::Parse(data);
  if (!json.ok() || json->object() == nullptr) return shown + "  " + Printable(data) + "\n";
  // What every event has comes first, and the rest as it is.
  std::string line = TextOf(*json, "time");
  if (!line.empty()) line += "  ";
  line += Styled(shown, Style::kBold, look.color);
  const std::string app = TextOf(*json, "app");
  if (!app.empty()) line += "  " + Printable(app);
  const std::string message = TextOf(*json, "message");
  if (!message.empty()) line += "  " + FirstLine(message);
  for (const auto& [member, value] : *json->object()) {
    if (member == "time" || member == "app" || member == "message" || value.is_null()) continue;
    if (value.object() != nullptr || value.array() != nullptr) continue;
    const std::string text = value.text() != nullptr ? *value.text() : value.ToString();
    line += "  " + Styled(Printable(member) + "=", Style::kDim, look.color) + FirstLine(text);
  }
  line += "\n";
  for (const Json& change : ListOf(*json, "apps")) {
    line +=
        "  " + Printable(TextOf(change, "app")) + "  " + Printable(TextOf(change, "change")) + "\n";
  }
  return line;
}

}  // namespace nano::cli::ctl

// The one screen of `nano ctl status`, and that of an app.
#include <algorithm>
#include <map>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "base/json_fields.h"
#include "base/terminal.h"
#include "base/utf8.h"
#include "cli/nano/ctl/circuit.h"
#include "cli/nano/ctl/render.h"
#include "cli/nano/ctl/totals.h"
#include "cli/nano/ctl/words.h"

namespace nano::cli::ctl {
namespace {

// One version's figures, worker by worker.
struct Load {
  std::vector<uint64_t> isolates;
  std::vector<uint64_t> memory;
  uint64_t requests = 0;
  uint64_t limits_hit = 0;
  uint64_t evictions = 0;
  Json::Array parts;  // As the workers told them.
};

// By the version's number.
std::map<int64_t, Load> LoadsOf(const Json& status) {
  std::map<int64_t, Load> loads;
  for (const Json& worker : ListOf(status, "workers")) {
    for (const Json& version : ListOf(worker, "versions")) {
      Load& load = loads[NumberOf(version, "id")];
      load.isolates.push_back(CountOf(version, "isolates"));
      load.memory.push_back(CountOf(version, "memory"));
      load.requests += CountOf(version, "requests");
      load.limits_hit += CountOf(version, "limits_hit");
      load.evictions += CountOf(version, "evictions");
      load.parts.push_back(version);
    }
  }
  return loads;
}

// Each worker's, if they are few: "1 + 2"; of many the range: "1 to 2 each".
template <typename Format>
std::string PerWorker(const std::vector<uint64_t>& values, const Format& format) {
  constexpr size_t kShown = 4;
  if (values.empty()) return "-";
  if (values.size() <= kShown) {
    std::string text;
    for (const uint64_t value : values) text += (text.empty() ? "" : " + ") + format(value);
    return text;
  }
  const auto [least, most] = std::ranges::minmax(values);
  const std::string range = least == most ? format(least) : format(least) + " to " + format(most);
  return range + " each";
}

uint64_t SumOf(const std::vector<uint64_t>& values) {
  return std::accumulate(values.begin(), values.end(), uint64_t{0});
}

// None where there is no such version, or no worker has anything of it.
Load LoadOf(const std::map<int64_t, Load>& loads, const Json& version) {
  const auto found = loads.find(NumberOf(version, "id"));
  return found == loads.end() ? Load{} : found->second;
}

// Of what should be none.
std::string Warned(uint64_t count, const Look& look) {
  const std::string text = std::to_string(count);
  return count == 0 ? text : Styled(text, Style::kYellow, look.color);
}

std::string CanaryState(const Json& canary, const Look& look) {
  const std::string circuit = CircuitState(MemberOf(canary, "version"), look);
  return "canary " + std::to_string(NumberOf(canary, "percent")) + " %" +
         (circuit.empty() ? "" : ", " + circuit);
}

std::string StateOf(const Json& app, const Look& look) {
  const std::string state = TextOf(app, "state");
  std::string circuit = CircuitState(MemberOf(app, "version"), look);
  if (state == "serving" && !circuit.empty()) return circuit;
  if (state == "refused") return Styled(state, Style::kRed, look.color);
  if (state == "leaving") return Styled(state, Style::kYellow, look.color);
  return Printable(state);
}

const Json& TotalsOf(const Json& status, const std::string& app) {
  static const Json nothing;
  for (const Json& totals : ListOf(status, "totals")) {
    if (TextOf(totals, "app") == app) return totals;
  }
  return nothing;
}

// A line for each app and each canary, narrow enough for most terminals: what goes on, and whether
// all is well.
class AppsTable {
 public:
  AppsTable(const Json& status, const Look& look)
      : status_(status), look_(look), loads_(LoadsOf(status)) {
    for (const Json& app : ListOf(status, "apps")) AddApp(app);
    for (const std::string& name : TextsOf(status, "missing")) {
      Add(Printable(name) + " (" + Styled("missing", Style::kYellow, look.color) + ")", Json(),
          Json());
    }
  }

  std::string ToString() const {
    if (rows_.empty()) return "No apps.\n";
    std::vector<std::string> header = {"app",   "version", "requests", "5xx",      "p50 ≤",
                                       "p99 ≤", "CPU",     "memory",   "isolates", "stops"};
    if (busy_) header.emplace_back("under way");
    Table table(header);
    for (const std::vector<std::string>& row : rows_) table.AddRow(row);
    return table.ToString(look_.color);
  }

 private:
  void AddApp(const Json& app) {
    const std::string name = Printable(TextOf(app, "name"));
    const std::string state = StateOf(app, look_);
    Add(state == "serving" ? name : name + " (" + state + ")", MemberOf(app, "version"),
        TotalsOf(status_, TextOf(app, "name")));
    const Json& canary = MemberOf(app, "canary");
    if (canary.is_null()) return;
    Add(name + " (" + CanaryState(canary, look_) + ")", MemberOf(canary, "version"), Json());
  }

  // What is counted is counted of an app, all versions of it together.
  void Add(const std::string& title, const Json& version, const Json& totals) {
    const Load load = LoadOf(loads_, version);
    std::vector<std::string> row = {title, ShortDigest(TextOf(version, "digest"))};
    if (totals.is_null()) {
      row.insert(row.end(), 5, "");
    } else {
      row.insert(row.end(), {std::to_string(SumOfCounts(totals, "requests")),
                             Warned(CountOf(MemberOf(totals, "requests"), "5xx"), look_),
                             DurationAt(totals, "p50_us"), DurationAt(totals, "p99_us"),
                             FormatCpuTime(CountOf(totals, "cpu_ms"))});
    }
    const std::string holding = Holding(load.parts);
    row.insert(row.end(),
               {load.memory.empty() ? "-" : FormatBytes(SumOf(load.memory)),
                std::to_string(SumOf(load.isolates)),
                totals.is_null() ? "" : Warned(SumOfCounts(totals, "stops"), look_), holding});
    busy_ = busy_ || !holding.empty();
    rows_.push_back(std::move(row));
  }

  const Json& status_;
  const Look& look_;
  const std::map<int64_t, Load> loads_;
  std::vector<std::vector<std::string>> rows_;
  bool busy_ = false;  // Something is under way.
};

void AddVersion(Table& table, const Json& version, const std::string& state,
                const std::map<int64_t, Load>& loads, const Look& look) {
  const Load load = LoadOf(loads, version);
  table.AddRow({ShortDigest(TextOf(version, "digest")), AgeAt(TextOf(version, "since"), look.now),
                state,
                PerWorker(load.isolates, [](uint64_t count) { return std::to_string(count); }),
                PerWorker(load.memory, [](uint64_t bytes) { return FormatBytes(bytes); }),
                std::to_string(load.requests), Warned(load.limits_hit, look),
                std::to_string(load.evictions), Holding(load.parts)});
}

// Of one app, what each worker says of its version and its canary.
std::string VersionsTable(const Json& status, const Json& app, const Look& look) {
  const std::map<int64_t, Load> loads = LoadsOf(status);
  Table table({"version", "since", "state", "isolates", "memory", "requests", "stopped", "evicted",
               "under way"});
  AddVersion(table, MemberOf(app, "version"), StateOf(app, look), loads, look);
  const Json& canary = MemberOf(app, "canary");
  if (!canary.is_null()) {
    AddVersion(table, MemberOf(canary, "version"), CanaryState(canary, look), loads, look);
  }
  return table.ToString(look.color);
}

// Why an app's requests are refused, or may be soon; empty: there is nothing.
std::string Trouble(const Json& app, const Look& look) {
  const auto told = [&](const std::string& of, const std::string& text, bool refuses = true) {
    const std::string name = Printable(of);
    return (refuses ? Styled("✘ " + name, Style::kRed, look.color) : "· " + name) + "\n" +
           Indented(text, "  ");
  };
  const std::string name = TextOf(app, "name");
  const std::string refusal = TextOf(app, "refusal");
  std::string out = refusal.empty() ? "" : told(name, refusal);
  // A closed one refuses nothing: that is said, and is no trouble.
  const auto add_circuit = [&](const std::string& of, const Json& version) {
    const std::string circuit = CircuitText(version, look);
    if (!circuit.empty()) out += told(of, circuit, !CircuitState(version, look).empty());
  };
  add_circuit(name, MemberOf(app, "version"));
  add_circuit(name + " (canary)", MemberOf(MemberOf(app, "canary"), "version"));
  return out;
}

// Versions that were replaced, with what they wait for.
std::string Draining(const Json& status, const Look& look) {
  struct Held {
    std::string app;
    std::string digest;
    Json::Array parts;
    std::vector<std::string> workers;
  };
  std::map<int64_t, Held> held;
  for (const Json& worker : ListOf(status, "workers")) {
    for (const Json& version : ListOf(worker, "versions")) {
      if (!FlagOf(version, "draining")) continue;
      Held& entry = held[NumberOf(version, "id")];
      entry.app = TextOf(version, "app");
      entry.digest = TextOf(version, "digest");
      entry.parts.push_back(version);
      entry.workers.push_back(std::to_string(NumberOf(worker, "number")));
    }
  }
  std::string out;
  for (const auto& [id, entry] : held) {
    const std::string holding = Holding(entry.parts);
    out += Styled("draining", Style::kYellow, look.color) + "  " + Printable(entry.app) + " " +
           ShortDigest(entry.digest) + ": " + (holding.empty() ? "nothing any more" : holding) +
           (entry.workers.size() == 1 ? " (worker " : " (workers ") + Joined(entry.workers) + ")\n";
  }
  return out.empty() ? out : "\n" + out;
}

std::string WorkersTable(const Json& status, const Look& look) {
  const uint64_t bound = CountOf(status, "worker_memory");
  // Files that are mapped, as the program and snapshots are, are in "resident" alone.
  Table table(
      {"worker", "pid", "since", "release", "connections", "own memory", "resident", "deaths"});
  for (const Json& worker : ListOf(status, "workers")) {
    std::string number = std::to_string(NumberOf(worker, "number"));
    const std::string group = TextOf(worker, "group");
    if (!group.empty()) number += " (" + Printable(group) + ")";
    const std::string pid = std::to_string(NumberOf(worker, "pid"));
    const std::string deaths = std::to_string(NumberOf(worker, "deaths"));
    const std::string since = AgeAt(TextOf(worker, "since"), look.now);
    if (!FlagOf(worker, "answered")) {
      const bool there = !MemberOf(worker, "pid").is_null();
      const std::string app = TextOf(worker, "running");
      const std::string state = !there        ? "restarting"
                                : app.empty() ? "no answer"
                                              : "busy with " + Printable(app);
      table.AddRow({number, there ? pid : "-", since, Styled(state, Style::kRed, look.color), "-",
                    "-", "-", deaths});
      continue;
    }
    table.AddRow(
        {number, pid, since, std::to_string(NumberOf(worker, "release")),
         std::to_string(NumberOf(worker, "connections")),
         FormatBytes(CountOf(worker, "own")) + (bound == 0 ? "" : " of " + FormatBytes(bound)),
         FormatBytes(CountOf(worker, "resident")), deaths});
  }
  return "\n" + table.ToString(look.color);
}

std::string LastSwap(const Json& swap, const Look& look) {
  if (swap.is_null()) return {};
  const std::string trigger = TextOf(swap, "trigger");
  std::string text = "last swap: " + AgeAt(TextOf(swap, "time"), look.now) + " ago, by " + trigger;
  if (trigger == "start") text = "no swap since the start";
  if (FlagOf(swap, "failed")) {
    text += ", " + Styled("failed", Style::kRed, look.color) + " (step: " + TextOf(swap, "step") +
            "): " + FirstLine(TextOf(swap, "message"));
  } else if (trigger != "start") {
    text += ", in " + std::to_string(NumberOf(swap, "milliseconds")) + " ms";
    std::vector<std::string> apps;
    for (const Json& app : ListOf(swap, "apps")) apps.push_back(Printable(TextOf(app, "app")));
    if (!apps.empty()) text += ": " + Joined(apps);
  }
  return text + "\n";
}

}  // namespace

std::string Holding(const Json::Array& loads) {
  uint64_t requests = 0;
  uint64_t streams = 0;
  uint64_t promises = 0;
  for (const Json& load : loads) {
    requests += CountOf(load, "in_flight") + CountOf(load, "queued");
    streams += CountOf(load, "streams");
    promises += CountOf(load, "wait_untils");
  }
  std::vector<std::string> texts;
  if (requests > 0) texts.push_back(Counted(requests, "request", "requests"));
  if (streams > 0) texts.push_back(Counted(streams, "stream", "streams"));
  if (promises > 0) texts.push_back(Counted(promises, "waitUntil", "waitUntil"));
  return Joined(texts);
}

std::string RenderStatus(const Json& status, const Look& look) {
  std::vector<std::string> addresses;
  for (const std::string& address : TextsOf(status, "addresses")) {
    addresses.push_back(Printable(address));
  }
  std::string out = Styled("nano " + Printable(TextOf(status, "nano")), Style::kBold, look.color);
  out += ", up " + AgeAt(TextOf(status, "started"), look.now) + ": " +
         Printable(TextOf(status, "dist")) + " on " + Joined(addresses) + "\n";
  out += "release " + std::to_string(NumberOf(status, "release")) + " for " +
         AgeAt(TextOf(status, "since"), look.now);
  const Json& swaps = MemberOf(status, "swaps");
  out += "; swaps: " + std::to_string(NumberOf(swaps, "done")) + " done, ";
  const std::string failed = std::to_string(NumberOf(swaps, "failed")) + " failed";
  out += NumberOf(swaps, "failed") == 0 ? failed : Styled(failed, Style::kRed, look.color);
  out += ", " + std::to_string(NumberOf(swaps, "unchanged")) + " without a change";
  if (FlagOf(status, "swapping")) out += Styled("; one is under way", Style::kYellow, look.color);
  out += "\n" + LastSwap(MemberOf(status, "last_swap"), look) + "\n" +
         AppsTable(status, look).ToString();
  for (const Json& app : ListOf(status, "apps")) out += Trouble(app, look);
  out += MissingApps(status, look);
  return out + Draining(status, look) + WorkersTable(status, look);
}

std::string RenderAppStatus(const Json& status, const Look& look) {
  std::string out;
  for (const Json& app : ListOf(status, "apps")) {
    const std::string name = TextOf(app, "name");
    out += RenderTotals(name, TotalsOf(status, name), look) + "\n" +
           VersionsTable(status, app, look) + Trouble(app, look);
  }
  return out + Draining(status, look);
}

}  // namespace nano::cli::ctl

// `nano ctl cron`: when apps' scheduled() is called, and one call for trying.
#include <cstdio>
#include <optional>
#include <string>

#include "base/json_fields.h"
#include "base/terminal.h"
#include "base/timestamp.h"
#include "base/utf8.h"
#include "cli/nano/ctl/arguments.h"
#include "cli/nano/ctl/commands.h"
#include "cli/nano/ctl/words.h"

namespace nano::cli::ctl {
namespace {

constexpr char kListFooter[] =
    R"(Times are in UTC. Runs are those since the server's start, by how they ended.)";

constexpr char kRunFooter[] = R"(Examples:
  nano ctl cron run shop                                  as its first expression would
  nano ctl cron run shop --cron "0 3 * * *"               controller.cron is that
  nano ctl cron run shop --time 2026-01-31T03:00:00Z      controller.scheduledTime is that

Waits until the call has ended, with what it gave to ctx.waitUntil(); Ctrl+C does not end it. It is one more
call: what is due is called all the same.)";

std::string CheckTime(const std::string& text) {
  if (ParseTimestamp(text)) return {};
  return "'" + text + "' is no time: write 2026-01-31T03:00:00Z";
}

std::string Styles(const std::string& outcome, const Look& look) {
  return Styled(Printable(outcome), outcome == "ok" ? Style::kGreen : Style::kRed, look.color);
}

}  // namespace

void Arguments::DeclareCron(CLI::App& ctl) {
  CLI::App& cron =
      CommandLine::AddCommand(ctl, "cron", "When apps' scheduled() is called; call it now", "");
  Add(cron, Options::Command::kCronList, "list", "What is due when, and how it went", kListFooter);
  CLI::App& run = Add(cron, Options::Command::kCronRun, "run",
                      "Call an app's scheduled(), and wait for it", kRunFooter);
  run.add_option("APP", options_.app, "Which app")->type_name("")->required();
  run.add_option("--cron", options_.cron,
                 "The expression that it is told (default: the app's first one)")
      ->type_name("EXPRESSION");
  run.add_option("--time", options_.time, "The time that it is told (default: now)")
      ->type_name("TIME")
      ->check(CLI::Validator(CheckTime, ""));
}

std::string RenderCrons(const Json& crons, const Look& look) {
  Table table({"app", "cron", "next", "last", "runs"});
  for (const Json& cron : ListOf(crons, "crons")) {
    const Json& last = MemberOf(cron, "last");
    std::string runs;
    for (const auto& [outcome, count] : MembersOf(cron, "runs")) {
      runs += (runs.empty() ? "" : ", ") + std::to_string(count.count().value_or(0)) + " " +
              Printable(outcome);
    }
    if (const uint64_t missed = CountOf(cron, "missed"); missed != 0) {
      runs += (runs.empty() ? "" : ", ") + std::to_string(missed) + " missed";
    }
    const std::string next = TextOf(cron, "next");
    std::string ended;
    if (!last.is_null()) {
      ended = Styles(TextOf(last, "outcome"), look) + ", " + AgeAt(TextOf(last, "time"), look.now) +
              " ago";
    }
    table.AddRow({Printable(TextOf(cron, "app")), Printable(TextOf(cron, "cron")),
                  next.empty() ? "not by this server" : next.substr(0, 19) + "Z", ended, runs});
  }
  return table.empty() ? "No app has cron triggers (triggers.crons).\n"
                       : table.ToString(look.color);
}

std::string RenderCronRun(const Json& run, const Look& look) {
  std::string text = Styles(TextOf(run, "outcome"), look) + ": " + Printable(TextOf(run, "app")) +
                     ", " + Printable(TextOf(run, "cron")) + ", for " + TextOf(run, "time");
  if (const int64_t worker = NumberOf(run, "worker"); worker != 0) {
    text += ", " + std::to_string(CountOf(run, "milliseconds")) + " ms in worker " +
            std::to_string(worker);
  }
  if (const std::string id = TextOf(run, "request_id"); !id.empty()) text += ", request " + id;
  if (const std::string why = TextOf(run, "why"); !why.empty()) text += ": " + Printable(why);
  return text + "\n";
}

int RunCron(Api& api, const Options& options) {
  Json body = Json::Object();
  if (!options.cron.empty()) body.Set("cron", options.cron);
  if (!options.time.empty()) body.Set("time", options.time);
  const std::optional<Answer> answer = api.Change("POST", AppPath(options.app, "/cron"), &body);
  if (!answer) return api.status();
  Print(options, *answer, RenderCronRun);
  return TextOf(answer->json, "outcome") == "ok" ? kDone : kFailed;
}

}  // namespace nano::cli::ctl

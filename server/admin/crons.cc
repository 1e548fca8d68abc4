// Cron triggers: when they are due, how they went, and one for trying.
#include <optional>
#include <utility>

#include "base/timestamp.h"
#include "server/admin/members.h"
#include "server/admin/resources.h"
#include "server/admin/view_json.h"

namespace nano::server::admin {
namespace {

Json TextOrNull(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json RunJson(const CronRun& run) {
  Json json;
  json.Set("app", run.app).Set("cron", run.cron).Set("time", TimeJson(run.time));
  json.Set("outcome", run.outcome).Set("why", TextOrNull(run.why)).Set("milliseconds", run.ms);
  json.Set("worker", run.worker == 0 ? Json() : Json(run.worker));
  return json.Set("request_id", TextOrNull(run.request));
}

// A text of the body, or null; `text` stays as it is if it is not there. False: it is neither.
bool ReadText(const Json& body, std::string_view name, std::string& text) {
  const Json* said = body.Find(name);
  if (said == nullptr || said->is_null()) return true;
  if (said->text() == nullptr) return false;
  text = *said->text();
  return true;
}

}  // namespace

Reply ShowCrons(const Request&, Deployments& deployments) {
  Json::Array list;
  for (const CronView& cron : deployments.crons().crons()) {
    Json runs = Json::Object();
    for (const auto& [outcome, count] : cron.outcomes) runs.Set(outcome, count);
    Json json;
    json.Set("app", cron.app).Set("cron", cron.cron);
    json.Set("next", cron.next ? TimeJson(*cron.next) : Json());
    json.Set("last", cron.last ? RunJson(*cron.last) : Json());
    list.push_back(json.Set("runs", std::move(runs)).Set("missed", cron.missed));
  }
  return JsonReply(200, Json().Set("crons", std::move(list)));
}

void RunACron(const Request& request, Input input, Deployments& deployments, Respond respond) {
  if (!HasOnly(input.json, {"cron", "time"}, respond)) return;
  CronRun run{.app = request.parameter(), .time = WallClockMs()};
  const std::optional<AppView> app = deployments.app(run.app);
  if (!app || app->state == AppState::kLeaving) {
    return respond(Problem(Wrong::kNoSuchApp, "There is no app '" + run.app + "'."));
  }
  if (!app->has_code) return RefuseMember("", "the app has no code, but files alone", respond);
  if (!app->crons.empty()) run.cron = app->crons.front().text();
  if (!ReadText(input.json, "cron", run.cron)) {
    return RefuseMember("cron", "it has to be a cron expression", respond);
  }
  if (run.cron.empty()) {
    return RefuseMember("cron",
                        "the app has no `triggers.crons`: say which expression it is to be told "
                        "(`nano ctl cron run APP --cron EXPRESSION`)",
                        respond);
  }
  Result<config::CronExpression> cron = config::CronExpression::Parse(run.cron);
  if (!cron.ok()) return RefuseMember("cron", cron.error().ToString(), respond);
  run.cron = cron->text();
  std::string time;
  if (!ReadText(input.json, "time", time)) {
    return RefuseMember("time", "it has to be a time, as 2026-01-31T14:00:00Z", respond);
  }
  if (!time.empty()) {
    const std::optional<int64_t> parsed = ParseTimestamp(time);
    if (!parsed)
      return RefuseMember("time", "it has to be a time, as 2026-01-31T14:00:00Z", respond);
    run.time = *parsed;
  }
  deployments.crons().RunNow(std::move(run), [respond = std::move(respond)](const CronRun& ended) {
    respond(JsonReply(200, RunJson(ended)));
  });
}

}  // namespace nano::server::admin

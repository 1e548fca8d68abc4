// Member by member.
#include "server/admin/view_json.h"

#include <utility>

#include "base/timestamp.h"
#include "config/schema/triggers.h"
#include "config/yaml/units.h"

namespace nano::server::admin {
namespace {

Json TextOrNull(const std::string& text) { return text.empty() ? Json() : Json(text); }

template <typename T>
Json ListOf(const std::vector<T>& items, Json (*to_json)(const T&)) {
  Json::Array list;
  for (const T& item : items) list.push_back(to_json(item));
  return list;
}

Json PairsOf(const std::vector<std::pair<std::string, std::string>>& pairs) {
  Json object = Json::Object();
  for (const auto& [name, value] : pairs) object.Set(name, value);
  return object;
}

const char* NameOf(Origin origin) { return origin == Origin::kApi ? "api" : "dist"; }

const char* NameOf(AppState state) {
  switch (state) {
    case AppState::kServing:
      return "serving";
    case AppState::kLeaving:
      return "leaving";
    case AppState::kRefused:
      break;
  }
  return "refused";
}

const char* NameOf(AppDifference::Kind kind) {
  switch (kind) {
    case AppDifference::Kind::kUnchanged:
      return "unchanged";
    case AppDifference::Kind::kAdded:
      return "added";
    case AppDifference::Kind::kRemoved:
      return "removed";
    case AppDifference::Kind::kCode:
      return "code";
    case AppDifference::Kind::kConfig:
      break;
  }
  return "config";
}

Json CircuitJson(const Circuit& circuit) {
  Json json;
  json.Set("state", NameOf(circuit.state));
  json.Set("deaths", circuit.deaths);
  json.Set("since", TimeJson(circuit.since)).Set("until", TimeJson(circuit.until));
  json.Set("reason", circuit.reason ? Json(WordsOf(*circuit.reason).name) : Json());
  return json.Set("last", circuit.last);
}

Json HolderJson(const HolderView& holder) {
  Json json;
  json.Set("number", holder.number).Set("group", TextOrNull(holder.group));
  return json.Set("answered", holder.answered).Set("running", TextOrNull(holder.running));
}

Json ValueJson(const ValueChange& change) {
  Json json;
  json.Set("key", change.key).Set("old", TextOrNull(change.old));
  return json.Set("new", TextOrNull(change.now));
}

Json VariableJson(const VariableView& variable) {
  if (variable.secret) return Json().Set("secret", true);
  return Json().Set("value", variable.value);
}

}  // namespace

Json TimeJson(int64_t milliseconds) {
  if (milliseconds == 0) return {};
  return Timestamp(milliseconds);
}

Json VersionJson(const VersionView& version) {
  Json json;
  json.Set("digest", version.digest).Set("bytes", version.bytes).Set("id", version.id);
  json.Set("since", TimeJson(version.since)).Set("source", NameOf(version.source));
  return json.Set("circuit", version.circuit ? CircuitJson(*version.circuit) : Json());
}

Json AppJson(const AppView& app) {
  Json env = Json::Object();
  for (const VariableView& variable : app.env) env.Set(variable.name, VariableJson(variable));
  Json canary;
  if (app.canary.has_value()) {
    canary.Set("version", VersionJson(app.canary->version));
    canary.Set("percent", app.canary->percent).Set("key", app.canary->key);
  }
  Json json;
  json.Set("name", app.name).Set("state", NameOf(app.state));
  json.Set("refusal", TextOrNull(app.refusal));
  json.Set("version", app.version.has_value() ? VersionJson(*app.version) : Json());
  json.Set("canary", std::move(canary));
  Json assets;
  if (app.assets) assets.Set("files", app.assets->files).Set("bytes", app.assets->bytes);
  json.Set("code", app.has_code).Set("assets", std::move(assets));
  json.Set("hosts", app.hosts).Set("default", app.is_default);
  json.Set("isolation", app.isolation);
  json.Set("worker_group", TextOrNull(app.group));
  json.Set("env", std::move(env)).Set("services", PairsOf(app.services));
  json.Set("kv", PairsOf(app.kv));
  json.Set("limits", PairsOf(app.limits)).Set("health", TextOrNull(app.health));
  json.Set("boot_timeout", config::FormatDuration(app.boot_timeout));
  json.Set("health_timeout", config::FormatDuration(app.health_timeout));
  json.Set("drain_timeout", config::FormatDuration(app.drain_timeout));
  json.Set("idle", config::FormatDuration(app.idle));
  json.Set("crons", config::TextsOf(app.crons));
  return json.Set("changed_through_api", app.changed_through_api);
}

Json KeptVersionJson(const KeptVersion& version) {
  Json json;
  json.Set("digest", version.digest).Set("bytes", version.bytes);
  json.Set("built", TimeJson(version.built)).Set("served", TimeJson(version.served));
  json.Set("generation", version.generation == 0 ? Json() : Json(version.generation));
  json.Set("source", NameOf(version.source));
  json.Set("current", version.current).Set("canary", version.canary);
  return json.Set("previous", version.previous);
}

Json DifferenceJson(const AppDifference& difference) {
  Json json;
  json.Set("app", difference.app).Set("change", NameOf(difference.kind));
  json.Set("old_digest", TextOrNull(difference.old_digest));
  json.Set("new_digest", TextOrNull(difference.new_digest));
  json.Set("old_bytes", difference.old_bytes).Set("new_bytes", difference.new_bytes);
  json.Set("bytes_differing", difference.bytes_differing);
  json.Set("keys", difference.keys);
  json.Set("values", ListOf(difference.values, ValueJson));
  json.Set("overridden", difference.overridden).Set("overtaken", difference.overtaken);
  return json.Set("refusal", TextOrNull(difference.refusal));
}

Json ChangesJson(const std::vector<AppDifference>& differences) {
  Json::Array list;
  for (const AppDifference& difference : differences) {
    if (difference.kind != AppDifference::Kind::kUnchanged) {
      list.push_back(DifferenceJson(difference));
    }
  }
  return list;
}

Json ReleaseJson(const ReleaseView& release) {
  Json json;
  json.Set("number", release.number).Set("time", TimeJson(release.time));
  json.Set("trigger", release.trigger).Set("failed", release.failed);
  json.Set("step", TextOrNull(release.step)).Set("message", TextOrNull(release.message));
  json.Set("milliseconds", static_cast<int64_t>(release.seconds * 1000));
  return json.Set("apps", ChangesJson(release.apps));
}

Json LoadJson(const VersionLoad& load) {
  Json json;
  json.Set("app", load.app).Set("digest", load.digest).Set("id", load.id);
  json.Set("draining", load.draining).Set("isolates", load.isolates).Set("memory", load.memory);
  json.Set("requests", load.requests).Set("limits_hit", load.limits_hit);
  json.Set("evictions", load.evictions);
  json.Set("queued", load.queued);
  json.Set("in_flight", load.in_flight).Set("streams", load.streams);
  return json.Set("wait_untils", load.wait_untils);
}

Json WorkerJson(const WorkerView& worker, const WorkerLoad* load) {
  const bool answered = load != nullptr && load->answered;
  Json json;
  json.Set("number", worker.number).Set("group", TextOrNull(worker.group));
  json.Set("pid", worker.pid == 0 ? Json() : Json(worker.pid));
  json.Set("since", TimeJson(worker.since)).Set("deaths", worker.deaths);
  json.Set("answered", answered).Set("behind", worker.behind);
  // One that answers runs its loop.
  json.Set("running", answered ? Json() : TextOrNull(worker.running));
  json.Set("release", answered ? Json(load->release) : Json());
  json.Set("connections", answered ? Json(load->connections) : Json());
  json.Set("resident", answered ? Json(load->resident) : Json());
  json.Set("own", answered ? Json(load->own) : Json());
  return json.Set("versions", answered ? ListOf(load->versions, LoadJson) : Json::Array());
}

Json OperationJson(const OperationView& operation) {
  constexpr const char* kStates[] = {"running", "done", "failed"};
  Json json;
  json.Set("id", operation.id).Set("kind", operation.kind);
  json.Set("app", TextOrNull(operation.app));
  json.Set("state", kStates[static_cast<size_t>(operation.state)]);
  json.Set("started", TimeJson(operation.started)).Set("ended", TimeJson(operation.ended));
  json.Set("message", TextOrNull(operation.message));
  json.Set("holding", ListOf(operation.holding, LoadJson));
  return json.Set("workers", ListOf(operation.workers, HolderJson));
}

}  // namespace nano::server::admin

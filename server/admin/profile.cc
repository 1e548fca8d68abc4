// Profiles of an app that runs.
#include <memory>
#include <optional>
#include <utility>

#include "server/admin/download.h"
#include "server/admin/members.h"
#include "server/admin/resources.h"

namespace nano::server::admin {
namespace {

// A whole number of the body; `value` stays as it is if it is not there. False, and answered, if it
// is no such number.
bool ReadNumber(const Json& body, std::string_view name, uint32_t most, uint32_t& value,
                const Respond& respond) {
  const Json* said = body.Find(name);
  if (said == nullptr) return true;
  const std::optional<int64_t> number = said->integer();
  if (!number || *number < 1 || *number > int64_t{most}) {
    RefuseMember(name, "it has to be a whole number, 1 to " + std::to_string(most), respond);
    return false;
  }
  value = static_cast<uint32_t>(*number);
  return true;
}

Reply ReplyOf(ProfileOutcome outcome, const ProfileRequest& request) {
  using Kind = ProfileOutcome::Kind;
  switch (outcome.kind) {
    case Kind::kFailed:
      return Problem(Wrong::kNoProfile, outcome.message);
    case Kind::kBusy:
      return Problem(Wrong::kBusy, outcome.message);
    case Kind::kStopping:
      return Problem(Wrong::kStopping, outcome.message);
    case Kind::kDone:
      break;
  }
  Reply reply{.type = "application/octet-stream", .body = {}};
  reply.fields.emplace_back("content-disposition",
                            "attachment; filename=\"" + request.app +
                                (request.heap ? ".heapsnapshot\"" : ".cpuprofile\""));
  reply.file = std::make_shared<Download>(std::move(outcome.file), outcome.bytes);
  return reply;
}

}  // namespace

void ProfileAnApp(const Request& request, Input input, Deployments& deployments, Respond respond) {
  constexpr uint32_t kMostWorkers = 1024;
  if (!HasOnly(input.json, {"kind", "seconds", "worker"}, respond)) return;
  ProfileRequest profile{.app = request.parameter()};
  if (const Json* kind = input.json.Find("kind"); kind != nullptr) {
    if (*kind != Json("cpu") && *kind != Json("heap")) {
      return RefuseMember("kind", "it can be \"cpu\" or \"heap\"", respond);
    }
    profile.heap = *kind == Json("heap");
  }
  if (!ReadNumber(input.json, "seconds", ProfileRequest::kMostSeconds, profile.seconds, respond) ||
      !ReadNumber(input.json, "worker", kMostWorkers, profile.worker, respond)) {
    return;
  }
  const std::optional<AppView> app = deployments.app(profile.app);
  if (!app || app->state == AppState::kLeaving) {
    return respond(Problem(Wrong::kNoSuchApp, "There is no app '" + profile.app + "'."));
  }
  const uint64_t token = deployments.TakeProfile(
      profile, [profile, respond = std::move(respond)](ProfileOutcome outcome) {
        respond(ReplyOf(std::move(outcome), profile));
      });
  *input.on_left = [&deployments, token] { deployments.CancelProfile(token); };
}

}  // namespace nano::server::admin

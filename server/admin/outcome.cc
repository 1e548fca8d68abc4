// 200, 201, 202 or a problem.
#include "server/admin/outcome.h"

#include <optional>
#include <utility>
#include <vector>

#include "server/admin/api.h"
#include "server/admin/view_json.h"

namespace nano::server::admin {
namespace {

Json ErrorJson(const Error& error) {
  Json json;
  json.Set("where", error.where).Set("message", error.message);
  json.Set("hint", error.hint);
  // The lines of the file around it.
  if (!error.excerpt.empty()) json.Set("excerpt", error.excerpt);
  return json;
}

Reply Swapped(const Outcome& outcome, std::string_view app, Deployments& deployments) {
  const std::optional<AppView> view = deployments.app(app);
  const bool draining = outcome.kind == Outcome::Kind::kDraining;
  const bool unchanged = outcome.kind == Outcome::Kind::kUnchanged;
  Json json;
  json.Set("outcome", unchanged ? "unchanged" : draining ? "draining" : "done");
  json.Set("release", outcome.release).Set("message", outcome.message);
  json.Set("operation", draining ? Json("/admin/operations/" + outcome.operation) : Json());
  json.Set("changes", ChangesJson(outcome.apps)).Set("notes", outcome.notes);
  json.Set("app", !view ? Json() : AppJson(*view));
  const bool created = outcome.created && view.has_value();
  Reply reply = JsonReply(draining ? 202 : created ? 201 : 200, json);
  // The place to look next (RFC 9110, section 10.2.2): of what goes on, or of what is new.
  if (draining) {
    reply.fields.emplace_back("location", "/admin/operations/" + outcome.operation);
  } else if (created) {
    reply.fields.emplace_back("location", "/admin/apps/" + std::string(app));
  }
  if (view) reply.etag = view->etag;
  return reply;
}

Reply Failed(const Outcome& outcome) {
  Json more;
  more.Set("step", outcome.step).Set("app", outcome.app.empty() ? Json() : Json(outcome.app));
  more.Set("release", outcome.release).Set("log", outcome.log);
  more.Set("errors", ErrorsJson(outcome.errors));
  // Of a reload, in which other apps may have gone well.
  more.Set("changes", ChangesJson(outcome.apps));
  // What is wrong with the new version is its sender's business, all else the server's.
  const bool unfit = outcome.step == "read" || outcome.step == "compare" ||
                     outcome.step == "check" || outcome.step == "boot" || outcome.step == "health";
  return Problem(unfit ? Wrong::kRefused : Wrong::kFailed, outcome.message, std::move(more));
}

}  // namespace

Json ErrorsJson(const std::vector<Error>& errors) {
  Json::Array list;
  for (const Error& error : errors) {
    list.push_back(ErrorJson(error));
    for (const Error& other : error.others) list.push_back(ErrorJson(other));
  }
  return list;
}

Reply OutcomeReply(const Outcome& outcome, std::string_view app, Deployments& deployments) {
  switch (outcome.kind) {
    case Outcome::Kind::kUnchanged:
    case Outcome::Kind::kDone:
    case Outcome::Kind::kDraining:
      return Swapped(outcome, app, deployments);
    case Outcome::Kind::kFailed:
      return Failed(outcome);
    case Outcome::Kind::kNoSpace:
      return Problem(Wrong::kNoSpace, outcome.message, Json().Set("step", outcome.step));
    case Outcome::Kind::kConflict:
      return StaleReply(deployments.app(app));
    case Outcome::Kind::kNotFound:
      return Problem(deployments.app(app) ? Wrong::kNoSuchVersion : Wrong::kNoSuchApp,
                     outcome.message);
    case Outcome::Kind::kInvalid:
      return Problem(Wrong::kInvalid, outcome.message,
                     Json().Set("errors", ErrorsJson(outcome.errors)));
    case Outcome::Kind::kBusy:
      return Problem(Wrong::kBusy, outcome.message);
    case Outcome::Kind::kStopping:
      break;
  }
  return Problem(Wrong::kStopping, "The server is stopping: nothing is changed any more.");
}

void ChangeApp(AppChange change, Deployments& deployments, Respond respond) {
  std::string app = change.app;
  deployments.Change(std::move(change), [app = std::move(app), &deployments,
                                         respond = std::move(respond)](const Outcome& outcome) {
    respond(OutcomeReply(outcome, app, deployments));
  });
}

}  // namespace nano::server::admin

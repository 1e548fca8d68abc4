// From a request's head to an answer, or to a task that will answer.
#include "server/admin/api.h"

#include <utility>

#include "base/check.h"
#include "server/admin/etag.h"
#include "server/admin/task.h"

namespace nano::server::admin {

Reply StaleReply(const std::optional<AppView>& app) {
  Reply reply = Problem(Wrong::kStale, !app ? "There is no app of this name (any more)."
                                            : "The app is not as If-Match or If-None-Match has it: "
                                              "get it again, and see what has changed.");
  if (app) reply.etag = app->etag;
  return reply;
}

Api::Api(uv_loop_t* loop, Access access, Deployments& deployments, Log& log, Options options)
    : loop_(loop),
      access_(std::move(access)),
      deployments_(deployments),
      log_(log),
      options_(options),
      later_(loop),
      beat_(loop, [this] {
        for (const std::set<Task*> tasks = tasks_; Task * task : tasks) {
          if (tasks_.contains(task)) task->OnBeat();
        }
      }) {
  beat_.Start(options_.beat_ms, options_.beat_ms);
  beat_.Unref();
}

Api::~Api() {
  held_.clear();
  for (Task* task : tasks_) task->Detach();
}

void Api::StopFollowing(bool all) {
  stopping_ = true;
  for (const std::set<Task*> tasks = tasks_; Task * task : tasks) {
    if (tasks_.contains(task)) task->OnStopping(all);
  }
}

bool Api::MayFollow() {
  size_t followers = 0;
  for (const auto& [task, held] : held_) {
    if (dynamic_cast<FollowTask*>(task) != nullptr) ++followers;
  }
  return followers <= options_.most_followers;
}

void Api::Retire(Task& task) {
  const auto found = held_.find(&task);
  if (found == held_.end()) return;
  // It may be in the middle of something.
  later_.Post([held = std::move(found->second)] {});
  held_.erase(found);
}

void Api::Report(const Request& request, const Route& route, const Identity& identity, int status) {
  if (!route.changes()) return;
  const std::string path = request.target.substr(0, request.target.find('?'));
  log_.Info("admin: " + request.method + " " + path,
            {{"status", int64_t{status}}, {"by", identity.name()}, {"peer", request.peer}});
}

void Api::OnProtocolError(const http::ProtocolError& error) {
  LogRefusal(error.status, std::string(error.reason), error.peer);
}

// What strangers send must not be able to flood the log.
void Api::LogRefusal(int status, std::string_view reason, std::string_view peer) {
  const bool is_local = peer.starts_with("unix:");
  const uint64_t count = is_local ? 1 : strangers_.Refused(peer, now());
  if (count == 0) return;
  log_.Warn("admin: a request is refused: " + std::string(reason),
            {{"status", int64_t{status}}, {"peer", peer}, {"count", static_cast<int64_t>(count)}});
}

std::variant<Identity, Reply> Api::Identify(const Request& request) {
  if (!strangers_.MayTry(request.peer, now())) {
    LogRefusal(TypeOf(Wrong::kTooManyTries).status, "too many wrong tokens from there",
               request.peer);
    Reply reply = Problem(Wrong::kTooManyTries,
                          "Wrong tokens have come from this address: wait a moment. Meanwhile none "
                          "is looked at.");
    reply.fields.emplace_back("retry-after", "1");
    return reply;
  }
  std::variant<Identity, Reply> known = access_.Identify(request);
  if (const auto* refused = std::get_if<Reply>(&known)) {
    LogRefusal(refused->status, "nobody that the server knows", request.peer);
  }
  return known;
}

void Api::OnRequest(http::ServerExchange& exchange, const http::RequestHead& head) {
  if (const std::optional<Reply> reply = Answer(exchange, head)) reply->Send(exchange);
}

std::optional<Reply> Api::Answer(http::ServerExchange& exchange, const http::RequestHead& head) {
  Result<Request> parsed = Request::Of(exchange, head);
  if (!parsed.ok()) return Problem(Wrong::kMalformed, parsed.error().message);
  Request request = std::move(parsed).value();
  if (std::optional<Reply> wrong = access_.CheckCaller(request)) return wrong;
  std::string allowed;
  const Route* route = FindRoute(request, options_.open_only, allowed);
  Identity identity("anybody", {});
  if (route == nullptr || route->scope != Scope::kPublic) {
    // What there is, is for those to know who may ask.
    std::variant<Identity, Reply> known = Identify(request);
    if (auto* refused = std::get_if<Reply>(&known)) return std::move(*refused);
    identity = std::get<Identity>(std::move(known));
  }
  if (route == nullptr) {
    if (allowed.empty()) return Problem(Wrong::kNotFound, "See GET /admin/openapi.json.");
    if (request.method == "OPTIONS") {
      return Reply{.status = 204, .type = "", .fields = {{"allow", allowed}}};
    }
    Reply reply = Problem(Wrong::kMethod, "It can be " + allowed + " here.");
    reply.fields.emplace_back("allow", allowed);
    return reply;
  }
  const std::string app = AppOf(*route, request);
  if (!options_.open_only && !identity.Allows(route->scope, app)) {
    std::string scope = "`" + ScopeName(route->scope, app) + "`";
    if (route->scope == Scope::kRead && !app.empty()) {
      scope += " or `" + ScopeName(Scope::kDeploy, app) + "`";
    }
    return Problem(Wrong::kForbidden, "It takes a token with the scope " + scope + ".");
  }
  return Dispatch(exchange, *route, std::move(request), std::move(identity));
}

std::string Api::AppOf(const Route& route, const Request& request) const {
  if (route.path.find("{name}") != route.path.npos) return request.parameter();
  if (route.path.find("{id}") != route.path.npos) {
    const OperationView* operation = deployments_.operation(request.parameter());
    return operation == nullptr ? "" : operation->app;
  }
  // What an app's news and log lines are asked for by.
  if (std::holds_alternative<Follow>(route.handler)) return request.Query("app").value_or("");
  return "";
}

std::optional<Reply> Api::Dispatch(http::ServerExchange& exchange, const Route& route,
                                   Request request, Identity identity) {
  if (const Show* show = std::get_if<Show>(&route.handler)) {
    return Conditional(request, (*show)(request, deployments_));
  }
  if (held_.size() >= options_.most_tasks) {
    return Problem(Wrong::kBusy, "Too many requests are under way.");
  }
  std::shared_ptr<Task> task;
  if (std::holds_alternative<Act>(route.handler)) {
    task =
        std::make_shared<ActTask>(*this, exchange, route, std::move(request), std::move(identity));
  } else {
    task = std::make_shared<FollowTask>(*this, exchange, route, std::move(request),
                                        std::move(identity));
  }
  held_.emplace(task.get(), task);
  task->Start();
  return std::nullopt;
}

Reply Api::Conditional(const Request& request, Reply reply) const {
  if (reply.status != 200) return reply;
  if (reply.etag.empty()) reply.etag = EtagOf(reply.body);
  if (!IsUnmodified(request, reply.etag)) return reply;
  return {.status = 304, .type = "", .etag = reply.etag};
}

}  // namespace nano::server::admin

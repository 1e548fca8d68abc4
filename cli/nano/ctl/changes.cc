// Changes of one app, and reloads; and the wait for what goes on after them.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>
#include <utility>

#include "base/json_fields.h"
#include "cli/nano/ctl/commands.h"
#include "cli/nano/ctl/secret_input.h"
#include "cli/nano/ctl/waiting.h"

namespace nano::cli::ctl {
namespace {

// What an app is now: a change that is based on it says so, and nobody's change in between is lost.
std::optional<Api::Fields> BasedOnNow(Api& api, const std::string& app) {
  const std::optional<Answer> now = api.Get(AppPath(app));
  if (!now.has_value()) return std::nullopt;
  return Api::Fields{{"if-match", now->etag}};
}

int ChangeApp(Api& api, const Options& options, const std::string& method, const Json* body) {
  const std::optional<Api::Fields> fields = BasedOnNow(api, options.app);
  if (!fields.has_value()) return api.status();
  const auto answer = api.Change(method, AppPath(options.app), body, *fields);
  return answer.has_value() ? Conclude(api, options, *answer) : api.status();
}

// A patch with one group of names: {"env":{"NAME":value,…}}.
int Patch(Api& api, const Options& options, const char* group, Json members) {
  const Json patch = Json().Set(group, std::move(members));
  return ChangeApp(api, options, "PATCH", &patch);
}

Json Nulls(const std::vector<std::string>& names) {
  Json members;
  for (const std::string& name : names) members.Set(name, nullptr);
  return members;
}

int SetSecret(Api& api, const Options& options) {
  const std::string& name = options.names.front();
  Result<std::string> secret = ReadSecret(options.secret_file, options.app + "'s " + name);
  if (!secret.ok()) return api.Fail(secret.error());
  return Patch(api, options, "secrets", Json().Set(name, std::move(secret).value()));
}

// The paths below an app, where the server sees to the order of changes itself.
int Post(Api& api, const Options& options, const std::string& method, const std::string& path,
         const Json* body) {
  const std::optional<Answer> answer = api.Change(method, path, body);
  return answer.has_value() ? Conclude(api, options, *answer) : api.status();
}

// Until the operation has ended. One that is not remembered any more has, long ago, or with the
// server that it was of: another one is in its place.
int WaitFor(Api& api, const std::string& path) {
  constexpr std::chrono::milliseconds kShortest{50};
  constexpr std::chrono::milliseconds kLongest{1000};
  constexpr std::chrono::milliseconds kPatience{5'000};  // As events are followed (news.cc).
  WaitingLine line(stderr);
  for (auto pause = kShortest;; pause = std::min(pause * 2, kLongest)) {
    const std::optional<Answer> answer = api.Find(path, kPatience);
    if (!answer.has_value()) {
      line.Clear();
      return api.status();
    }
    const std::string state = TextOf(answer->json, "state");
    if (state == "failed") {
      line.Clear();
      return api.Fail({TextOf(answer->json, "message"), TextOf(answer->json, "app"), ""});
    }
    if (state != "running") {
      line.End(TextOf(answer->json, "message"));
      return kDone;
    }
    line.Update(Waiting(answer->json));
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace

int Conclude(Api& api, const Options& options, const Answer& answer) {
  Print(options, answer, RenderOutcome);
  std::fflush(stdout);
  const std::string operation = TextOf(answer.json, "operation");
  if (!options.wait || operation.empty()) return kDone;
  return WaitFor(api, operation);
}

int Change(Api& api, const Options& options) {
  using enum Options::Command;
  const std::string canary = AppPath(options.app, "/canary");
  switch (options.command) {
    case kReload: {
      const Json body = Json().Set("drop_state", options.from_files);
      return Post(api, options, "POST", "/admin/reload", &body);
    }
    case kRollback: {
      Json body = Json::Object();
      if (!options.version.empty()) body.Set("version", options.version);
      return Post(api, options, "POST", AppPath(options.app, "/rollback"), &body);
    }
    case kCanary: {
      Json body = Json().Set("percent", options.percent);
      if (!options.version.empty()) body.Set("version", options.version);
      return Post(api, options, "POST", canary, &body);
    }
    case kEnd:
      return Post(api, options, "DELETE", canary, nullptr);
    case kPromote: {
      const Json body = Json().Set("promote", true);
      return Post(api, options, "POST", canary, &body);
    }
    case kSetEnv: {
      Json members;
      for (const auto& [name, value] : options.variables) members.Set(name, value);
      return Patch(api, options, "env", std::move(members));
    }
    case kUnsetEnv:
      return Patch(api, options, "env", Nulls(options.names));
    case kLimits:
      return Patch(api, options, "limits", LimitsPatch(options));
    case kSetSecret:
      return SetSecret(api, options);
    case kUnsetSecret:
      return Patch(api, options, "secrets", Nulls(options.names));
    default:
      return ChangeApp(api, options, "DELETE", nullptr);
  }
}

}  // namespace nano::cli::ctl

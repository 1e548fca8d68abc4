// The table of routes.
#include "server/admin/resources.h"
#include "server/admin/route.h"

namespace nano::server::admin {
namespace {

using enum Wrong;

constexpr std::string_view kText = "text/plain";

const Answer kDone{200, "Outcome", "It is done, or was so already."};
const Answer kDraining{202, "Outcome", "It is done; what was replaced is being drained."};

std::vector<Route> Apps() {
  return {
      {.method = "GET",
       .path = "/admin/apps",
       .id = "listApps",
       .summary = "All apps",
       .scope = Scope::kRead,
       .answers = {{200, "Apps", "The apps, by name."}},
       .problems = {},
       .handler = ShowApps},
      {.method = "GET",
       .path = "/admin/apps/{name}",
       .id = "getApp",
       .summary = "An app; its ETag is what a change is based on",
       .scope = Scope::kRead,
       .answers = {{200, "App", "The app."}},
       .problems = {kNoSuchApp},
       .handler = ShowApp},
      {.method = "PUT",
       .path = "/admin/apps/{name}",
       .id = "putApp",
       .summary = "Deploys an app: a new one, or another snapshot or configuration of one",
       .scope = Scope::kDeploy,
       .answers = {kDone, {201, "Outcome", "The app is new."}, kDraining},
       .problems = {kNoSuchApp, kRefused, kFailed},
       .handler = PutAnApp,
       .body = Body::kForm,
       .request = "Deployment",
       .match = Match::kIfThere},
      {.method = "PATCH",
       .path = "/admin/apps/{name}",
       .id = "patchApp",
       .summary = "Changes an app's configuration by a JSON merge patch",
       .scope = Scope::kDeploy,
       .answers = {kDone, kDraining},
       .problems = {kNoSuchApp, kRefused, kFailed},
       .handler = PatchAnApp,
       .body = Body::kMergePatch,
       .request = "Config",
       .match = Match::kNeeded},
      {.method = "DELETE",
       .path = "/admin/apps/{name}",
       .id = "deleteApp",
       .summary = "Removes an app, when what it has begun is finished",
       .scope = Scope::kDeploy,
       .answers = {kDone, kDraining},
       .problems = {kNoSuchApp, kRefused, kFailed},
       .handler = RemoveAnApp,
       .match = Match::kNeeded},
  };
}

std::vector<Route> Profiles() {
  return {
      {.method = "POST",
       .path = "/admin/apps/{name}/profile",
       .id = "profile",
       .summary = "Where an app's CPU time goes, or what is on its heap, in one worker",
       .scope = Scope::kDeploy,
       .answers = {{200, "", "A .cpuprofile or .heapsnapshot.", "application/octet-stream"}},
       .problems = {kNoSuchApp, kNoProfile, kInvalid, kBusy, kStopping},
       .handler = ProfileAnApp,
       .body = Body::kJson,
       .request = "Profile"},
  };
}

std::vector<Route> CronTriggers() {
  return {
      {.method = "GET",
       .path = "/admin/crons",
       .id = "listCrons",
       .summary = "When apps' scheduled() is called, and how that went",
       .scope = Scope::kRead,
       .answers = {{200, "Crons", "By the apps' names."}},
       .problems = {},
       .handler = ShowCrons},
      {.method = "POST",
       .path = "/admin/apps/{name}/cron",
       .id = "runCron",
       .summary = "Calls an app's scheduled(), and waits for it",
       .scope = Scope::kDeploy,
       .answers = {{200, "CronRun", "However it ended."}},
       .problems = {kNoSuchApp, kInvalid},
       .handler = RunACron,
       .body = Body::kJson,
       .request = "CronStart"},
  };
}

std::vector<Route> Versions() {
  return {
      {.method = "GET",
       .path = "/admin/apps/{name}/versions",
       .id = "listVersions",
       .summary = "The versions of an app that can be made current",
       .scope = Scope::kRead,
       .answers = {{200, "Versions", "The newest first."}},
       .problems = {kNoSuchApp, kFailed},
       .handler = ShowVersions},
      {.method = "POST",
       .path = "/admin/apps/{name}/rollback",
       .id = "rollBack",
       .summary = "Makes a kept version current, the previous one unless another is named",
       .scope = Scope::kDeploy,
       .answers = {kDone, kDraining},
       .problems = {kNoSuchApp, kNoSuchVersion, kRefused, kFailed},
       .handler = RollAnAppBack,
       .body = Body::kJson,
       .request = "Rollback",
       .match = Match::kOptional},
      {.method = "POST",
       .path = "/admin/apps/{name}/canary",
       .id = "changeCanary",
       .summary = "Gives a version a part of the keys, or makes the canary current",
       .scope = Scope::kDeploy,
       .answers = {kDone, kDraining},
       .problems = {kNoSuchApp, kNoSuchVersion, kRefused, kFailed},
       .handler = ChangeCanary,
       .body = Body::kJson,
       .request = "CanaryChange",
       .match = Match::kOptional},
      {.method = "DELETE",
       .path = "/admin/apps/{name}/canary",
       .id = "endCanary",
       .summary = "Ends a canary: the current version gets all requests",
       .scope = Scope::kDeploy,
       .answers = {kDone, kDraining},
       .problems = {kNoSuchApp, kNoSuchVersion, kInvalid, kRefused, kFailed},
       .handler = DropCanary,
       .match = Match::kOptional},
  };
}

std::vector<Route> Kv() {
  // A value of 25 MiB in base64, and what is around it.
  constexpr uint64_t kMostJson = uint64_t{40} << 20;
  return {
      {.method = "GET",
       .path = "/admin/kv",
       .id = "listKvNamespaces",
       .summary = "The namespaces of KV that apps have, and those that have had entries",
       .scope = Scope::kAdmin,
       .answers = {{200, "KvNamespaces", "Their names."}},
       .problems = {kFailed},
       .handler = ShowKvNamespaces},
      {.method = "POST",
       .path = "/admin/kv/{name}",
       .id = "useKvNamespace",
       .summary = "Gets, lists, puts or deletes entries of a namespace of KV",
       .scope = Scope::kAdmin,
       .answers = {{200, "KvOutcome", "The entries, or how many were written."}},
       .problems = {kFailed},
       .handler = UseKvNamespace,
       .body = Body::kJson,
       .request = "KvUse",
       .most_json = kMostJson},
  };
}

std::vector<Route> Caches() {
  return {
      {.method = "GET",
       .path = "/admin/cache",
       .id = "listCaches",
       .summary = "What apps have in their caches, and what was asked of those",
       .scope = Scope::kRead,
       .answers = {{200, "Caches", "The apps that have anything, by name."}},
       .problems = {kFailed},
       .handler = ShowCaches},
      {.method = "GET",
       .path = "/admin/apps/{name}/cache",
       .id = "getAppCaches",
       .summary = "What is in an app's caches, by their names; looks into each entry",
       .scope = Scope::kRead,
       .answers = {{200, "AppCaches", "The app's caches."}},
       .problems = {kNoSuchApp, kFailed},
       .handler = ShowAppCaches},
      {.method = "POST",
       .path = "/admin/apps/{name}/purge",
       .id = "purgeCaches",
       .summary = "Removes what an app's caches keep: all, of one cache, of a URL, of a prefix",
       .scope = Scope::kDeploy,
       .answers = {{200, "CachePurged", "How many entries were removed."}},
       .problems = {kNoSuchApp, kFailed},
       .handler = PurgeCaches,
       .body = Body::kJson,
       .request = "CachePurge"},
  };
}

std::vector<Route> Releases() {
  return {
      {.method = "POST",
       .path = "/admin/reload",
       .id = "reload",
       .summary = "Serves what dist/ and nano.yaml say",
       .scope = Scope::kAdmin,
       .answers = {kDone, kDraining},
       .problems = {kRefused, kFailed},
       .handler = ReloadFiles,
       .body = Body::kJson,
       .request = "Reload"},
      {.method = "GET",
       .path = "/admin/diff",
       .id = "diff",
       .summary = "What a reload would change",
       .scope = Scope::kRead,
       .answers = {{200, "Diff", "App by app."}},
       .problems = {kRefused},
       .handler = ShowDiff},
      {.method = "GET",
       .path = "/admin/releases",
       .id = "listReleases",
       .summary = "The releases that were served, and the attempts that failed",
       .scope = Scope::kRead,
       .answers = {{200, "Releases", "The newest first."}},
       .problems = {},
       .handler = ShowReleases},
      {.method = "GET",
       .path = "/admin/operations/{id}",
       .id = "getOperation",
       .summary = "What goes on after a change: a drain, and what holds it",
       .scope = Scope::kRead,
       .answers = {{200, "Operation", "The operation."}},
       .problems = {kNoSuchOperation},
       .handler = ShowOperation},
  };
}

std::vector<Route> Server() {
  return {
      {.method = "GET",
       .path = "/admin/status",
       .id = "status",
       .summary = "What the server and each worker are doing",
       .scope = Scope::kRead,
       .answers = {{200, "Status", "Workers that did not answer within a second are marked."}},
       .problems = {kNoSuchApp, kBusy},
       .handler = ShowStatus,
       .query = {{"app", "Of which alone `apps`, `totals` and the workers' `versions` tell."}}},
      {.method = "GET",
       .path = "/admin/events",
       .id = "events",
       .summary = "What happens, as server-sent events; Last-Event-ID goes on where it stopped",
       .scope = Scope::kRead,
       .answers = {{200, "", "As long as the client stays.", "text/event-stream"}},
       .problems = {},
       .handler = Follow{&Deployments::events, true},
       .query = {{"app", "Whose alone."}}},
      {.method = "GET",
       .path = "/admin/logs",
       .id = "logs",
       .summary = "The log's last lines, and those to come",
       .scope = Scope::kRead,
       .answers = {{200, "", "Lines, as the server writes them.", kText},
                   {200, "", "Each as an event, for who accepts these.", "text/event-stream"}},
       .problems = {},
       .handler = Follow{&Deployments::log_lines, false},
       .query = {{"app", "Whose alone."},
                 {"lines", "How many of the last ones: 100 unless set, 10000 at most."},
                 {"follow", "1: goes on with those to come."}}},
      {.method = "GET",
       .path = "/admin/openapi.json",
       .id = "openApi",
       .summary = "This document",
       .scope = Scope::kRead,
       .answers = {{200, "OpenApi", "The document."}},
       .problems = {},
       .handler = ShowOpenApi},
      {.method = "GET",
       .path = "/health",
       .id = "health",
       .summary = "Whether the server lives",
       .scope = Scope::kPublic,
       .answers = {{200, "Health", "It does."}},
       .problems = {},
       .handler = ShowHealth,
       .open = true},
      {.method = "GET",
       .path = "/ready",
       .id = "ready",
       .summary = "Whether every app that should serve can",
       .scope = Scope::kPublic,
       .answers = {{200, "Readiness", "It can."}, {503, "Readiness", "It cannot, and why."}},
       .problems = {},
       .handler = ShowReadiness,
       .open = true},
      {.method = "GET",
       .path = "/metrics",
       .id = "metrics",
       .summary = "Figures for Prometheus",
       .scope = Scope::kRead,
       .answers = {{200, "", "In Prometheus' text format.", kText}},
       .problems = {kBusy},
       .handler = ShowMetrics,
       .open = true},
  };
}

}  // namespace

const std::vector<Route>& Routes() {
  static const std::vector<Route> routes = [] {
    std::vector<Route> all;
    for (const std::vector<Route>& part :
         {Apps(), Profiles(), CronTriggers(), Versions(), Kv(), Caches(), Releases(), Server()}) {
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }();
  return routes;
}

}  // namespace nano::server::admin

// The handlers of the table of routes, one file a resource. Thread: the loop's own.
#pragma once

#include "server/admin/route.h"

namespace nano::server::admin {

// apps.cc
Reply ShowApps(const Request& request, Deployments& deployments);
Reply ShowApp(const Request& request, Deployments& deployments);
void PutAnApp(const Request& request, Input input, Deployments& deployments, Respond respond);
void PatchAnApp(const Request& request, Input input, Deployments& deployments, Respond respond);
void RemoveAnApp(const Request& request, Input input, Deployments& deployments, Respond respond);

// versions.cc
Reply ShowVersions(const Request& request, Deployments& deployments);
void RollAnAppBack(const Request& request, Input input, Deployments& deployments, Respond respond);
void ChangeCanary(const Request& request, Input input, Deployments& deployments, Respond respond);
void DropCanary(const Request& request, Input input, Deployments& deployments, Respond respond);

// crons.cc
Reply ShowCrons(const Request& request, Deployments& deployments);
void RunACron(const Request& request, Input input, Deployments& deployments, Respond respond);

// profile.cc
void ProfileAnApp(const Request& request, Input input, Deployments& deployments, Respond respond);

// kv.cc
void ShowKvNamespaces(const Request& request, Input input, Deployments& deployments,
                      Respond respond);
void UseKvNamespace(const Request& request, Input input, Deployments& deployments, Respond respond);

// cache.cc
void ShowCaches(const Request& request, Input input, Deployments& deployments, Respond respond);
void ShowAppCaches(const Request& request, Input input, Deployments& deployments, Respond respond);
void PurgeCaches(const Request& request, Input input, Deployments& deployments, Respond respond);

// releases.cc
Reply ShowReleases(const Request& request, Deployments& deployments);
Reply ShowDiff(const Request& request, Deployments& deployments);
void ShowOperation(const Request& request, Input input, Deployments& deployments, Respond respond);
void ReloadFiles(const Request& request, Input input, Deployments& deployments, Respond respond);

// status.cc
void ShowStatus(const Request& request, Input input, Deployments& deployments, Respond respond);

// health.cc
Reply ShowHealth(const Request& request, Deployments& deployments);
Reply ShowReadiness(const Request& request, Deployments& deployments);

// metrics.cc
void ShowMetrics(const Request& request, Input input, Deployments& deployments, Respond respond);

// openapi.cc
Reply ShowOpenApi(const Request& request, Deployments& deployments);

}  // namespace nano::server::admin

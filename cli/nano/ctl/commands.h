// The commands of `nano ctl`: each asks the server, prints what it says, and gives the exit status.
//
// Thread: the process's only one. Results go to standard output, everything else to standard error.
#pragma once

#include <string>

#include "cli/nano/ctl/api.h"
#include "cli/nano/ctl/options.h"
#include "cli/nano/ctl/render.h"

namespace nano::cli::ctl {

// status, apps, limits, versions, releases, diff, cron list.
int View(Api& api, const Options& options);
// reload, rollback, canary, env, secret, limits, remove.
int Change(Api& api, const Options& options);
int Deploy(Api& api, const Options& options);
// logs, events: until the server ends it, or nobody reads.
int Follow(Api& api, const Options& options);
int Profile(Api& api, const Options& options);
// cron run: kDone if the call ended well.
int RunCron(Api& api, const Options& options);
int CacheStats(Api& api, const Options& options);
int CachePurge(Api& api, const Options& options);
int Kv(Api& api, const Options& options);

// For standard output.
Look OutputLook();
// Prints the JSON as it came, or what `render` makes of it.
void Print(const Options& options, const Answer& answer,
           std::string (*render)(const Json&, const Look&));

// Of kLimits: what `variables` make of an app's configuration.
Json LimitsPatch(const Options& options);

// What is done with the answer to a change: printed, and what goes on after it waited for. The exit
// status.
int Conclude(Api& api, const Options& options, const Answer& answer);

}  // namespace nano::cli::ctl

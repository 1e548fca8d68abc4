// Changes, and what came of them as an answer. Thread: the loop's own.
#pragma once

#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "server/admin/reply.h"
#include "server/admin/route.h"
#include "server/deploy/deployments.h"

namespace nano::server::admin {

// Those that each holds, too.
Json ErrorsJson(const std::vector<Error>& errors);

// `app`: whom the change was of, which the answer shows and has the tag of; empty: a reload.
Reply OutcomeReply(const Outcome& outcome, std::string_view app, Deployments& deployments);

// Has a change made, and answers with what came of it.
void ChangeApp(AppChange change, Deployments& deployments, Respond respond);

}  // namespace nano::server::admin

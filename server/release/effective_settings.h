// What an app's settings and the server's own, which are for all apps, come to. Pure functions; any
// thread.
#pragma once

#include "config/config.h"
#include "server/release/app_terms.h"
#include "server/release/app_version.h"

namespace nano::server {

Deployment DeploymentOf(const config::AppSettings& app, const config::ServerSettings& server);
AppTerms TermsOf(const config::AppSettings& app, const config::ServerSettings& server);

}  // namespace nano::server

// An app's configuration as JSON, in nano.yaml's words: what the admin API shows and takes, and
// what is kept of changes that were made through it.
//
// Variables of the server's environment stand as they were written, `${NAME}`. Owns nothing.
// Thread-safe.
#pragma once

#include <string>

#include "base/json.h"
#include "base/result.h"
#include "config/schema/app.h"

namespace nano::server {

// What a server heeds of an app's settings, without what has its default: an object.
Json ConfigOf(const config::AppSettings& app);

// The settings that a configuration means, an object, read as a nano.yaml in the app's own
// directory would be. Errors have the key in `where`: "config: limits.memory"; what is wrong with
// the values later on is told of `source`.
Result<config::AppSettings> SettingsFrom(const Json& config, const std::string& app,
                                         const std::string& source = "config");

}  // namespace nano::server

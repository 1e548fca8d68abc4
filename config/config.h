// The configuration of NANO: nano.yaml as plain values, checked and merged.
//
// The documented example is nano.yaml at the root of the repository; docs/configuration.md lists
// all keys, as the tables in config/schema/ have them. A file either lists apps under `apps`, or
// describes the app in its own directory by the same keys at the top level. `env`, `services`,
// `outbound` and `limits` of an app's several places (config/schema/app.h) are merged key by key,
// lists replace each other. An
// entry whose directory holds a nano.yaml with a list of apps, and that says nothing but `path`,
// stands for all of them; so does, when the apps are served, one whose directory is not there, for
// those that were built from the list in it. `server` and `build` count only in the file that was
// asked for.
//
// Owns its values. Immutable after loading, hence safe to share between threads.
#pragma once

#include <string>
#include <vector>

#include "config/schema/app.h"
#include "config/schema/build.h"
#include "config/schema/server.h"

namespace nano::config {

struct Config {
  std::string path;  // Of the file; empty if there was none.
  ServerSettings server;
  BuildSettings build;
  std::vector<AppSettings> apps;
  // All files that it was made of, and those that were looked for in vain: it is another one when
  // any of them changes, comes or goes.
  std::vector<std::string> files;
  bool lists_apps = false;  // One file says which apps there are, by a list under `apps`.
};

}  // namespace nano::config

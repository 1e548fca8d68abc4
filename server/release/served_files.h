// What the files say is to be served: the apps of a dist, each with its settings from a
// configuration.
//
// Who serves decides: hosts, default, limits, variables, services and calls to others of the apps
// that a configuration names are those of the configuration, and apps that it does not name are not
// served. What was built counts without a configuration, and for what a configuration leaves out of
// an app whose directory is not there. An entry for a list that is not there names the apps that
// were built from it.
//
// Owns the mapped snapshots. Immutable once read. Thread: the supervisor's main one. Reading
// blocks, about a millisecond for each megabyte of snapshots that are not mapped already.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "snapshot/dist.h"

namespace nano::server {

struct ServedFiles {
  using Snapshot = Result<std::shared_ptr<const snapshot::Container>>;

  struct App {
    snapshot::ManifestApp entry;
    Snapshot snapshot;  // Or why it cannot be served.
    config::AppSettings settings;
    // Why it may not be meant to be without the variables that it was built with; empty: somebody
    // has decided that.
    std::string why_without;
  };

  snapshot::Dist dist;
  config::Config config;
  std::vector<App> apps;              // In the order of their names.
  std::vector<std::string> missing;   // Names that the configuration has, and the dist has not.
  std::vector<std::string> warnings;  // What is odd, but no reason not to serve.
};

// Errors: there is no dist, or its manifest is damaged; an app that nobody would reach.
Result<ServedFiles> ReadServedFiles(const std::string& dist, config::Config config,
                                    const snapshot::LoadOptions& options = {});

// The same without the snapshots, which all have an Error instead: what a server would make of a
// manifest and a configuration.
Result<ServedFiles> ReadServedSettings(const std::string& dist, snapshot::Manifest manifest,
                                       config::Config config);

// Null: they say nothing of an app of this name.
const ServedFiles::App* FindApp(const ServedFiles& files, std::string_view name);

// The same with this app, in place of what they say of one of its name.
std::shared_ptr<const ServedFiles> WithApp(const ServedFiles& files, ServedFiles::App app);

// What `files` say, but of these apps what `before` said, if anything.
std::shared_ptr<const ServedFiles> WithOldApps(const ServedFiles& files, const ServedFiles& before,
                                               const std::set<std::string>& apps);

}  // namespace nano::server

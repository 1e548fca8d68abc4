// What differs between the release that is served and what would take its place, app by app, in
// words for people.
//
// Owns nothing. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "server/deploy/views.h"
#include "server/release/release.h"

namespace nano::server {

// By the apps' names, without those that are the very same. `base` may be null: all are new then.
// An app that is leaving is as good as gone. `next` is in the order of names.
std::vector<AppDifference> CompareReleases(const Release* base, const std::vector<ServedApp>& next);

// "code changed: 1a2b3c4d5e6f → 6f5e4d3c2b1a, 650 KB → 652 KB, 3.1 KB differ; configuration
// changed: env.NAME, limits.cpu 1s → 200ms"
std::string Describe(const AppDifference& difference);
// What of that is about the code alone.
std::string DescribeCode(const AppDifference& difference);
// One of its keys: "limits.cpu 1s → 200ms"; "env.NAME", whose value is shown to nobody.
std::string DescribeKey(const AppDifference& difference, const std::string& key);

}  // namespace nano::server

// The server's answers as texts for people: tables as `nanoc build` prints them, one line for each
// thing that has changed. What the answer does not say is left out.
//
// Pure functions; any thread. Texts of others (names, hosts, log lines) come out fit for a
// terminal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.h"

namespace nano::cli::ctl {

struct Look {
  bool color = false;
  int64_t now = 0;  // Milliseconds since 1970.
};

// GET /admin/status, on one screen.
std::string RenderStatus(const Json& status, const Look& look);
// The same of one app: GET /admin/status?app=NAME.
std::string RenderAppStatus(const Json& status, const Look& look);
// GET /admin/apps.
std::string RenderApps(const Json& apps, const Look& look);
// Of either of these: what to do about apps that nobody has built; empty: there are none.
std::string MissingApps(const Json& json, const Look& look);
// GET /admin/apps/{name}.
std::string RenderApp(const Json& app, const Look& look);
// The limits in the same.
std::string RenderLimits(const Json& app, const Look& look);
// GET /admin/apps/{name}/versions.
std::string RenderVersions(const Json& versions, const Look& look);
// GET /admin/releases.
std::string RenderReleases(const Json& releases, const Look& look);
// GET /admin/crons.
std::string RenderCrons(const Json& crons, const Look& look);
// What a call of scheduled() was answered with.
std::string RenderCronRun(const Json& run, const Look& look);
// GET /admin/diff.
std::string RenderDiff(const Json& diff, const Look& look);
// What a change or a reload was answered with.
std::string RenderOutcome(const Json& outcome, const Look& look);
// One of GET /admin/events: what it is called, and its data. Ends in a line feed.
std::string RenderEvent(std::string_view name, std::string_view data, const Look& look);
// "2 requests, 1 stream, 1 waitUntil": what holds versions that are being drained; empty: nothing.
std::string Holding(const Json::Array& loads);

}  // namespace nano::cli::ctl

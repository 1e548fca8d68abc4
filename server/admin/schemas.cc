// Schemas as texts, parsed when somebody asks.
#include "server/admin/schemas.h"

#include <string>
#include <string_view>

#include "base/check.h"

namespace nano::server::admin {
namespace {

// Objects are closed: a test holds every answer against these, and so finds a member that is not
// documented.
constexpr std::string_view kVersions = R"json({
"Version": {"type": "object", "additionalProperties": false,
  "description": "What isolates of an app boot from.",
  "required": ["digest", "bytes", "id", "since", "source"],
  "properties": {
    "digest": {"type": "string", "description": "SHA-256 of the snapshot."},
    "bytes": {"type": "integer"},
    "id": {"type": "integer", "description": "Another one for each env and limits of a snapshot."},
    "since": {"$ref": "#/components/schemas/Time"},
    "source": {"type": "string", "enum": ["dist", "api"]}}},
"KeptVersion": {"type": "object", "additionalProperties": false,
  "required": ["digest", "bytes", "built", "served", "generation", "source", "current", "canary",
    "previous"],
  "properties": {
    "digest": {"type": "string"}, "bytes": {"type": "integer"},
    "built": {"$ref": "#/components/schemas/Time"},
    "served": {"anyOf": [{"$ref": "#/components/schemas/Time"}],
      "description": "When this server last began to serve it; null: not since its start, so that it is tried first."},
    "generation": {"type": ["integer", "null"],
      "description": "Of dist/; null: its present build, or it was uploaded."},
    "source": {"type": "string", "enum": ["dist", "api"]},
    "current": {"type": "boolean"}, "canary": {"type": "boolean"},
    "previous": {"type": "boolean", "description": "What a rollback without a version leads to."}}},
"Versions": {"type": "object", "additionalProperties": false, "required": ["versions"],
  "properties": {"versions": {"type": "array",
    "items": {"$ref": "#/components/schemas/KeptVersion"}}}},
"Time": {"type": ["string", "null"], "format": "date-time"}
})json";

constexpr std::string_view kApps = R"json({
"App": {"type": "object", "additionalProperties": false,
  "required": ["name", "state", "refusal", "version", "canary", "hosts", "default", "worker_group",
    "env", "services", "limits", "health", "boot_timeout", "health_timeout", "drain_timeout", "idle",
    "changed_through_api"],
  "properties": {
    "name": {"type": "string"},
    "state": {"type": "string", "enum": ["serving", "leaving", "refused"]},
    "refusal": {"type": ["string", "null"]},
    "version": {"anyOf": [{"$ref": "#/components/schemas/Version"}, {"type": "null"}]},
    "canary": {"anyOf": [{"$ref": "#/components/schemas/Canary"}, {"type": "null"}]},
    "hosts": {"type": "array", "items": {"type": "string"}},
    "default": {"type": "boolean"},
    "worker_group": {"type": ["string", "null"],
      "description": "Of the workers that run it, by its isolation; null: those that serve all."},
    "env": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Variable"}},
    "services": {"type": "object", "additionalProperties": {"type": "string"}},
    "limits": {"type": "object", "additionalProperties": {"type": "string"}},
    "health": {"type": ["string", "null"]},
    "boot_timeout": {"type": "string"}, "health_timeout": {"type": "string"},
    "drain_timeout": {"type": "string"}, "idle": {"type": "string"},
    "changed_through_api": {"type": "array", "items": {"type": "string"},
      "description": "In which respects it is not as the files have it."}}},
"Variable": {"type": "object", "additionalProperties": false,
  "description": "Of a secret, nothing but that it is one.",
  "properties": {"value": {"type": "string"}, "secret": {"const": true}}},
"Canary": {"type": "object", "additionalProperties": false,
  "required": ["version", "percent", "key"],
  "properties": {"version": {"$ref": "#/components/schemas/Version"},
    "percent": {"type": "integer", "minimum": 0, "maximum": 100},
    "key": {"type": "string", "description": "header:NAME or cookie:NAME."}}},
"Apps": {"type": "object", "additionalProperties": false, "required": ["release", "apps"],
  "properties": {"release": {"type": "integer"},
    "apps": {"type": "array", "items": {"$ref": "#/components/schemas/App"}}}}
})json";

constexpr std::string_view kChanges = R"json({
"Config": {"type": "object",
  "description": "An app's keys of nano.yaml, and secrets: variables that never come back. In a patch, null takes a value away.",
  "properties": {"secrets": {"type": "object",
    "additionalProperties": {"type": ["string", "null"]}}}},
"Deployment": {"type": "object", "additionalProperties": false,
  "description": "A form; of an app that is there, either part may be missing.",
  "properties": {
    "snapshot": {"type": "string", "contentMediaType": "application/octet-stream"},
    "config": {"$ref": "#/components/schemas/Config"}}},
"Rollback": {"type": "object", "additionalProperties": false,
  "properties": {"version": {"type": ["string", "null"],
    "description": "A digest, its first digits, or previous, which it is unless set."}}},
"CanaryChange": {"type": "object", "additionalProperties": false,
  "description": "A version and its percentage; the percentage alone of the one that is there; or promote.",
  "properties": {"version": {"type": "string"},
    "percent": {"type": "integer", "minimum": 0, "maximum": 100},
    "promote": {"const": true}}},
"Profile": {"type": "object", "additionalProperties": false,
  "properties": {
    "kind": {"enum": ["cpu", "heap"], "description": "cpu unless set. A worker stands still while it writes its heap."},
    "seconds": {"type": "integer", "minimum": 1, "maximum": 300,
      "description": "How long CPU time is recorded: 10 unless set."},
    "worker": {"type": "integer", "minimum": 1,
      "description": "Whose isolate; unless set, the first worker's that has one."}}},
"Reload": {"type": "object", "additionalProperties": false,
  "properties": {"drop_state": {"type": "boolean",
    "description": "Forgets what was changed through the API."}}},
"Outcome": {"type": "object", "additionalProperties": false,
  "required": ["outcome", "release", "message", "operation", "changes", "notes", "app"],
  "properties": {
    "outcome": {"type": "string", "enum": ["done", "draining", "unchanged"]},
    "release": {"type": "integer"}, "message": {"type": "string"},
    "operation": {"type": ["string", "null"]},
    "changes": {"type": "array", "items": {"$ref": "#/components/schemas/Difference"}},
    "notes": {"type": "array", "items": {"type": "string"},
      "description": "What this does not undo; of a reload, what is odd about the files."},
    "app": {"anyOf": [{"$ref": "#/components/schemas/App"}, {"type": "null"}]}}},
"Difference": {"type": "object", "additionalProperties": false,
  "required": ["app", "change", "old_digest", "new_digest", "old_bytes", "new_bytes",
    "bytes_differing", "keys", "overridden", "refusal"],
  "properties": {"app": {"type": "string"},
    "change": {"type": "string", "enum": ["unchanged", "added", "removed", "code", "config"]},
    "old_digest": {"type": ["string", "null"]}, "new_digest": {"type": ["string", "null"]},
    "old_bytes": {"type": "integer"}, "new_bytes": {"type": "integer"},
    "bytes_differing": {"type": "integer"},
    "keys": {"type": "array", "items": {"type": "string"}},
    "overridden": {"type": "array", "items": {"type": "string"},
      "description": "In which respects what was changed through the API counts, and not the files."},
    "refusal": {"type": ["string", "null"],
      "description": "Why the new version cannot be served: its snapshot is damaged, or missing."}}},
"Diff": {"type": "object", "additionalProperties": false,
  "required": ["changes", "apps", "notes"],
  "properties": {"changes": {"type": "boolean"},
    "apps": {"type": "array", "items": {"$ref": "#/components/schemas/Difference"}},
    "notes": {"type": "array", "items": {"type": "string"},
      "description": "What is odd about the files, but no reason not to serve."}}},
"Release": {"type": "object", "additionalProperties": false,
  "required": ["number", "time", "trigger", "failed", "step", "message", "milliseconds", "apps"],
  "properties": {"number": {"type": "integer"}, "time": {"$ref": "#/components/schemas/Time"},
    "trigger": {"type": "string"}, "failed": {"type": "boolean"},
    "step": {"type": ["string", "null"]}, "message": {"type": ["string", "null"]},
    "milliseconds": {"type": "integer"},
    "apps": {"type": "array", "items": {"$ref": "#/components/schemas/Difference"}}}},
"Releases": {"type": "object", "additionalProperties": false, "required": ["release", "releases"],
  "properties": {"release": {"type": "integer"},
    "releases": {"type": "array", "items": {"$ref": "#/components/schemas/Release"}}}}
})json";

constexpr std::string_view kServer = R"json({
"Load": {"type": "object", "additionalProperties": false,
  "required": ["app", "digest", "id", "draining", "isolates", "memory", "requests", "limits_hit",
    "evictions", "queued", "in_flight", "streams", "wait_untils"],
  "properties": {"app": {"type": "string"}, "digest": {"type": "string"},
    "id": {"type": "integer"}, "draining": {"type": "boolean"}, "isolates": {"type": "integer"},
    "memory": {"type": "integer"}, "requests": {"type": "integer"},
    "limits_hit": {"type": "integer"}, "evictions": {"type": "integer"},
    "queued": {"type": "integer", "description": "Requests that wait until the app has fewer (limits.concurrency)."},
    "in_flight": {"type": "integer"},
    "streams": {"type": "integer"}, "wait_untils": {"type": "integer"}}},
"Worker": {"type": "object", "additionalProperties": false,
  "required": ["number", "group", "pid", "since", "deaths", "answered", "behind", "running", "release",
    "connections", "resident", "own", "versions"],
  "properties": {"number": {"type": "integer"}, "group": {"type": ["string", "null"],
      "description": "Whose apps alone it runs; null: it serves all."},
    "pid": {"type": ["integer", "null"]},
    "since": {"$ref": "#/components/schemas/Time"}, "deaths": {"type": "integer"},
    "answered": {"type": "boolean"},
    "behind": {"type": "boolean",
      "description": "It is busy, and has not come to the release that is served."},
    "running": {"type": ["string", "null"],
      "description": "Of one that has not answered, the app whose code it runs."},
    "release": {"type": ["integer", "null"]},
    "connections": {"type": ["integer", "null"]}, "resident": {"type": ["integer", "null"]},
    "own": {"type": ["integer", "null"],
      "description": "Bytes in memory that are no file's: what server.memory is about."},
    "versions": {"type": "array", "items": {"$ref": "#/components/schemas/Load"}}}},
"Counts": {"type": "object", "additionalProperties": {"type": "integer"}},
"Totals": {"type": "object", "additionalProperties": false,
  "description": "What was counted of an app since the server's start, in all workers, those that have ended included.",
  "required": ["app", "requests", "p50_us", "p99_us", "duration_us", "cpu_ms", "boots", "stops",
    "evictions", "subrequests", "log_lines_dropped", "worker_deaths", "lost_requests",
    "lost_unread_connections"],
  "properties": {"app": {"type": "string"},
    "requests": {"anyOf": [{"$ref": "#/components/schemas/Counts"}],
      "description": "Those that have ended: by the class of their status, aborted by the client, cut, or lost with their worker."},
    "p50_us": {"type": ["integer", "null"],
      "description": "Half of the requests took no longer, in microseconds; as exact as the buckets of nano_request_duration_seconds. null: there was none, or it took longer than the largest of these."},
    "p99_us": {"type": ["integer", "null"], "description": "The same of 99 %."},
    "duration_us": {"type": "integer", "description": "Of all of them together."},
    "cpu_ms": {"type": "integer"}, "boots": {"type": "integer"},
    "stops": {"anyOf": [{"$ref": "#/components/schemas/Counts"}],
      "description": "Isolates stopped, requests refused and the like, by the reasons that there were."},
    "evictions": {"$ref": "#/components/schemas/Counts"},
    "subrequests": {"$ref": "#/components/schemas/Counts"},
    "log_lines_dropped": {"type": "integer"},
    "worker_deaths": {"type": "integer", "description": "Workers that the app ended."},
    "lost_requests": {"type": "integer", "description": "Of other apps, in those."},
    "lost_unread_connections": {"type": "integer",
      "description": "Connections of those on which something had come that was not read yet."}}},
"Status": {"type": "object", "additionalProperties": false,
  "required": ["nano", "started", "release", "since", "dist", "addresses", "swapping", "swaps",
    "last_swap", "apps", "totals", "workers"],
  "properties": {"nano": {"type": "string"}, "started": {"$ref": "#/components/schemas/Time"},
    "release": {"type": "integer"}, "since": {"$ref": "#/components/schemas/Time"},
    "dist": {"type": "string"}, "addresses": {"type": "array", "items": {"type": "string"}},
    "swapping": {"type": "boolean"},
    "swaps": {"type": "object", "additionalProperties": {"type": "integer"}},
    "last_swap": {"anyOf": [{"$ref": "#/components/schemas/Release"}, {"type": "null"}]},
    "apps": {"type": "array", "items": {"$ref": "#/components/schemas/App"}},
    "totals": {"type": "array", "items": {"$ref": "#/components/schemas/Totals"}},
    "workers": {"type": "array", "items": {"$ref": "#/components/schemas/Worker"}}}},
"Operation": {"type": "object", "additionalProperties": false,
  "required": ["id", "kind", "app", "state", "started", "ended", "message", "holding"],
  "properties": {"id": {"type": "string"}, "kind": {"type": "string"},
    "app": {"type": ["string", "null"]},
    "state": {"type": "string", "enum": ["running", "done", "failed"]},
    "started": {"$ref": "#/components/schemas/Time"}, "ended": {"$ref": "#/components/schemas/Time"},
    "message": {"type": ["string", "null"]},
    "holding": {"type": "array", "items": {"$ref": "#/components/schemas/Load"}}}},
"Health": {"type": "object", "additionalProperties": false, "required": ["status"],
  "properties": {"status": {"const": "alive"}}},
"Readiness": {"type": "object", "additionalProperties": false,
  "required": ["ready", "release", "reasons"],
  "properties": {"ready": {"type": "boolean"}, "release": {"type": "integer"},
    "reasons": {"type": "array", "items": {"type": "string"}}}},
"OpenApi": {"type": "object", "required": ["openapi", "info", "paths"]},
"Problem": {"type": "object", "additionalProperties": false,
  "required": ["type", "title", "status", "detail"],
  "properties": {"type": {"type": "string"}, "title": {"type": "string"},
    "status": {"type": "integer"}, "detail": {"type": "string"},
    "step": {"type": "string", "description": "Of a swap: read, compare, check, boot, health, prepare, persist, commit."},
    "app": {"type": ["string", "null"]}, "release": {"type": "integer"},
    "log": {"type": "array", "items": {"type": "string"}, "description": "The app's last lines."},
    "errors": {"type": "array", "items": {"$ref": "#/components/schemas/Mistake"}},
    "changes": {"type": "array", "items": {"$ref": "#/components/schemas/Difference"},
      "description": "What a reload has changed though another app's new version was refused."}}},
"Mistake": {"type": "object", "additionalProperties": false,
  "required": ["where", "message", "hint"],
  "properties": {"where": {"type": "string"}, "message": {"type": "string"},
    "hint": {"type": "string"},
    "excerpt": {"type": "string", "description": "The lines of a file around it, for people."}}}
})json";

Json Together() {
  Json all = Json::Object();
  for (const std::string_view text : {kVersions, kApps, kChanges, kServer}) {
    Result<Json> part = Json::Parse(text);
    NANO_CHECK(part.ok());
    for (Json::Member& member : *part->object()) all.Set(member.name, std::move(member.value));
  }
  return all;
}

}  // namespace

const Json& Schemas() {
  static const Json schemas = Together();
  return schemas;
}

}  // namespace nano::server::admin

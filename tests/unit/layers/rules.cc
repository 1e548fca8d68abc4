// The rules in tables, and an include held against them.
#include "tests/unit/layers/rules.h"

#include <set>
#include <string>
#include <vector>

#include "tests/unit/layers/folder_graph.h"

namespace nano::layers {
namespace {

// Layers of which the others see the headers at the top only.
const std::set<std::string> kFaced = {"runtime"};

// What those see of HTTP that have no sockets.
const std::set<std::string> kSocketless = {"runtime", "compiler"};
const std::set<std::string> kHttpFace = {"http/message.h", "http/exchange.h", "http/call.h"};

// What the runtime sees of storage: what it is told and tells, not how it is kept.
const std::set<std::string> kStorageFace = {"storage/kv/limits.h", "storage/kv/messages.h"};

// The part of the programs that is a client, and what it alone of them sees.
const std::string kClient = "cli/nano/ctl";
const std::set<std::string> kForClient = {"net", "http", "snapshot"};

// What a dist's manifest holds of the configuration: limits and deployment of apps, by the rows of
// their keys.
const std::set<std::string> kRecordedConfig = {"config/schema/limits.h",
                                               "config/schema/deployment.h", "config/schema/key.h",
                                               "config/schema/triggers.h"};

// Headers of libraries and the files that may include them, by the beginnings of their paths.
struct Wrapped {
  const char* library;
  std::vector<std::string> headers;  // Beginnings.
  std::vector<std::string> files;
};

const std::vector<Wrapped>& WrappedLibraries() {
  static const std::vector<Wrapped> libraries = {
      {"V8",
       {"v8", "libplatform/", "cppgc/"},
       {"runtime/js/", "runtime/engine/", "runtime/limits/", "runtime/isolate/", "runtime/ops/",
        "runtime/boot/", "runtime/builder/", "runtime/profile/"}},
      {"llhttp",
       {"llhttp.h", "http/http1/llhttp.h"},
       {"http/http1/parser.", "http/http1/response_parser.", "http/http1/llhttp."}},
      {"OpenSSL",
       {"openssl/"},
       {"snapshot/digest.", "runtime/native/crypto/", "net/tls/", "runtime/engine/entry."}},
      {"zlib", {"zlib.h"}, {"runtime/native/compression/zlib_codec.", "storage/cache/entry_file."}},
      {"brotli",
       {"brotli/", "runtime/native/compression/brotli.h"},
       {"runtime/native/compression/brotli_codec."}},
      {"zstd",
       {"zstd.h", "runtime/native/compression/zstd.h"},
       {"runtime/native/compression/zstd_codec."}},
      {"c-ares", {"ares.h", "net/ares.h"}, {"net/resolver.", "net/ares."}},
      {"nlohmann", {"nlohmann/"}, {"base/json_parse."}},
      {"yaml-cpp", {"yaml-cpp/"}, {"config/yaml/yaml."}},
      {"toml++", {"toml++/"}, {"config/wrangler/toml."}},
      {"SQLite", {"sqlite3.h"}, {"storage/sqlite/"}},
      {"hiredis", {"hiredis/"}, {"storage/redis/"}},
      {"libuv",
       {"uv.h", "uv/"},
       {"net/",
        "http/http1/",
        "server/serve.cc",
        "server/admin/api.",
        "server/log/log_flusher.",
        "server/control/channel.",
        "server/control_plane.",
        "server/cron/runs.",
        "server/cron/scheduler.",
        "server/deploy/deployer.",
        "server/deploy/log_lines.",
        "server/deploy/profiles.",
        "server/deploy/rollout.",
        "server/deploy/status_query.",
        "server/deploy/stragglers.",
        "server/deploy/swap.",
        "server/groups/departures.",
        "server/metrics/app_meter.",
        "server/release/replaced_sites.",
        "server/supervisor/supervisor.",
        "server/supervisor/connection_relay.",
        "server/supervisor/leave_supervisor.",
        "server/supervisor/predecessor.",
        "server/storage/store_channel.",
        "server/storage/store_client.",
        "server/storage/store_process.",
        "server/storage/store_users.",
        "server/supervisor/service_reports.",
        "server/supervisor/store_keeper.",
        "server/supervisor/stray_connections.",
        "server/supervisor/successor.",
        "server/supervisor/upgrade.",
        "server/worker/worker.",
        "server/worker/worker_ending.",
        "server/worker/loop_lag.",
        "server/worker/admission.",
        "server/worker/app_slot.",
        "server/worker/asset_answers.",
        "server/worker/app_turns.",
        "server/worker/deadlines.",
        "server/worker/draining.",
        "server/worker/forwarding.",
        "server/worker/refusal_log.",
        "server/worker/service_requests.",
        "server/worker/health_check.",
        "server/worker/idle_memory.",
        "server/worker/preparation.",
        "server/worker/profiling.",
        "server/worker/release_follower.",
        "server/worker/residents.",
        "server/worker/scheduled_runs.",
        "server/worker/request_queue."}},
      {"CLI11", {"CLI/"}, {"cli/command_line."}},
      {"Catch2", {"catch2/"}, {}},
  };
  return libraries;
}

}  // namespace

const Folders& Layers() {
  static const Folders folders = {
      {"base", {"base"}},
      {"config", {"base", "config"}},
      {"net", {"base", "net"}},
      {"http", {"base", "net", "http"}},
      {"assets", {"base", "config", "http", "snapshot", "assets"}},
      {"storage", {"base", "storage"}},
      {"runtime", {"base", "http", "storage", "runtime"}},
      {"snapshot", {"base", "config", "runtime", "snapshot"}},
      {"compiler", {"base", "config", "http", "runtime", "snapshot", "assets", "compiler"}},
      {"server",
       {"base", "config", "net", "http", "storage", "runtime", "snapshot", "assets", "server"}},
      {"cli",
       {"base", "config", "net", "http", "runtime", "snapshot", "compiler", "server", "cli"}},
  };
  return folders;
}

const Folders& Floors() {
  static const Folders folders = {
      {"config/yaml", {}},
      {"config/values", {}},
      {"config/schema", {"config/yaml", "config/values"}},
      {"config/wrangler", {"config/yaml", "config/values", "config/schema"}},
      {"config", {"config/values", "config/schema", "config/wrangler"}},
      {"storage/cache", {}},
      {"storage/sqlite", {}},
      {"storage/redis", {}},
      {"storage/kv", {"storage/redis", "storage/sqlite"}},
      {"runtime/native", {"runtime"}},
      {"runtime/js", {}},
      {"runtime/embedder", {}},
      {"runtime", {"runtime/embedder"}},
      {"runtime/source_map", {"runtime"}},
      {"runtime/engine", {"runtime"}},
      {"runtime/limits", {"runtime", "runtime/embedder", "runtime/js", "runtime/engine"}},
      {"runtime/profile", {"runtime"}},
      {"runtime/outbound", {"runtime/native", "runtime/embedder"}},
      {"runtime/isolate",
       {"runtime", "runtime/embedder", "runtime/native", "runtime/js", "runtime/engine",
        "runtime/limits", "runtime/outbound"}},
      {"runtime/ops", {"runtime/native", "runtime/js", "runtime/limits", "runtime/isolate"}},
      {"runtime/boot",
       {"runtime", "runtime/native", "runtime/js", "runtime/engine", "runtime/limits",
        "runtime/isolate", "runtime/ops", "runtime/outbound", "runtime/profile"}},
      {"runtime/builder",
       {"runtime", "runtime/native", "runtime/js", "runtime/engine", "runtime/limits",
        "runtime/isolate", "runtime/ops"}},
      {"compiler/process", {}},
      {"compiler/project", {}},
      {"compiler/bundle", {"compiler/process", "compiler/project"}},
      {"compiler/evaluate", {"compiler/process", "compiler/bundle"}},
      {"compiler/explain",
       {"compiler/process", "compiler/project", "compiler/bundle", "compiler/evaluate"}},
      {"compiler/report", {"compiler/evaluate"}},
      {"compiler/cache",
       {"compiler/process", "compiler/project", "compiler/bundle", "compiler/report"}},
      {"compiler/assets", {"compiler/project", "compiler/cache"}},
      {"compiler/build",
       {"compiler/process", "compiler/project", "compiler/bundle", "compiler/evaluate",
        "compiler/explain", "compiler/report", "compiler/cache", "compiler/assets"}},
      {"server/admin", {"server/deploy", "server/log", "server/metrics"}},
      {"server/cache", {"server/metrics"}},
      {"server/control", {}},
      {"server/cron", {"server/control", "server/deploy", "server/log", "server/release"}},
      {"server/faults", {"server/limits"}},
      {"server/groups", {"server/control"}},
      {"server/limits", {"server/log"}},
      {"server/log", {}},
      {"server/metrics", {"server/limits"}},
      {"server/outbound", {"server/metrics"}},
      {"server/release", {"server/outbound"}},
      {"server/sandbox", {}},
      {"server/storage", {"server/control", "server/log", "server/sandbox"}},
      {"server/deploy",
       {"server/control", "server/faults", "server/log", "server/metrics", "server/release",
        "server/storage"}},
      {"server/supervisor",
       {"server/control", "server/deploy", "server/faults", "server/limits", "server/log",
        "server/metrics", "server/release", "server/storage"}},
      {"server/visitors", {}},
      {"server/worker",
       {"server/cache", "server/control", "server/faults", "server/groups", "server/limits",
        "server/log", "server/metrics", "server/outbound", "server/release", "server/sandbox",
        "server/storage", "server/visitors"}},
      {"server",
       {"server/admin", "server/control", "server/cron", "server/deploy", "server/faults",
        "server/log", "server/release", "server/storage", "server/supervisor", "server/worker"}},
  };
  return folders;
}

namespace {

bool HasFloors(const std::string& layer) {
  const auto next = Floors().lower_bound(layer + "/");
  return next != Floors().end() && next->first.starts_with(layer + "/");
}

// What is wrong with an include by the rules for folders (Floors, kFaced); empty if nothing is.
std::string FolderViolation(const Include& include) {
  const std::string from = FolderAt(include.file, 2);
  const std::string to = FolderAt(include.header, 2);
  const std::string layer = FolderAt(include.header, 1);
  if (layer != FolderAt(include.file, 1)) {
    if (!kFaced.contains(layer) || to == layer) return "";
    return include.Place() + ": of " + layer + "/ others see the headers at its top only";
  }
  if (!HasFloors(layer) || from == to) return "";
  const auto floor = Floors().find(from);
  if (floor == Floors().end()) return from + "/ has no floor yet: give it one in Floors()";
  if (floor->second.contains(to)) return "";
  return include.Place() + ": " + from + "/ may not include from " + to + "/ (see Floors())";
}

}  // namespace

std::string Violation(const Include& include) {
  const std::string from = FolderAt(include.file, 1);
  const std::string to = FolderAt(include.header, 1);
  const bool test = from == "tests";
  if (include.header.find("..") != std::string::npos) {
    return include.Place() + ": includes are rooted at the checkout, without '..'";
  }
  if (!test && to == "tests") return include.Place() + ": no layer includes tests";
  if (!test && Layers().contains(to) && include.header.find('/') != std::string::npos &&
      !Layers().at(from).contains(to)) {
    return include.Place() + ": " + from + "/ may not include " + to + "/ (see ARCHITECTURE.md)";
  }
  if (test) return "";
  if (kSocketless.contains(from) && to == "http" && !kHttpFace.contains(include.header)) {
    return include.Place() + ": " + from + "/ sees of http/ its messages and exchanges only";
  }
  if (from == "runtime" && to == "storage" && !kStorageFace.contains(include.header)) {
    return include.Place() + ": runtime/ sees of storage/ its messages only";
  }
  if (from == "cli" && kForClient.contains(to) && FolderAt(include.file, 3) != kClient) {
    return include.Place() + ": of cli/ only " + kClient + "/ may include " + to + "/";
  }
  if (std::string wrong = FolderViolation(include); include.quoted && !wrong.empty()) return wrong;
  if (from == "snapshot" && to == "config" && !kRecordedConfig.contains(include.header)) {
    return include.Place() + ": snapshot/ sees of config/ the limits of apps only";
  }
  for (const Wrapped& library : WrappedLibraries()) {
    if (StartsWithAny(include.header, library.headers) &&
        !StartsWithAny(include.file, library.files)) {
      return include.Place() + ": the headers of " + library.library + " do not belong here";
    }
  }
  return "";
}

std::vector<std::string> LayerFiles(const std::vector<std::string>& endings,
                                    std::vector<std::string> more) {
  for (const auto& [layer, below] : Layers()) more.push_back(layer);
  return FilesBelow(more, endings);
}

}  // namespace nano::layers

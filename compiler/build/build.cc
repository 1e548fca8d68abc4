// Building all apps.
#include "compiler/build/build.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "base/terminal.h"
#include "compiler/build/app_process.h"
#include "compiler/build/dist_plan.h"
#include "compiler/build/scratch_folder.h"
#include "compiler/cache/build_cache.h"
#include "compiler/cache/program_digest.h"
#include "compiler/evaluate/base_snapshot.h"
#include "compiler/project/named_apps.h"
#include "compiler/project/paths.h"
#include "compiler/report/report.h"
#include "config/load.h"
#include "runtime/identity.h"
#include "snapshot/container.h"
#include "snapshot/dist.h"
#include "snapshot/dist_writer.h"

namespace nano::compiler {
namespace {

using std::chrono::milliseconds;

// How often the progress line is redrawn, and for how long nothing is shown.
constexpr milliseconds kRedraw{100};
constexpr milliseconds kQuietStart{300};

volatile sig_atomic_t stop_signal = 0;

void OnSignal(int number) { stop_signal = number; }

// Not restarting: the signal has to end a wait.
void CatchSignals() {
  struct sigaction action {};
  action.sa_handler = OnSignal;
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaction(number, &action, nullptr);
}

Result<config::Config> Load(const BuildOptions& options) {
  if (!options.config.empty()) return config::LoadConfig(options.config, config::Purpose::kBuild);
  if (!options.directories.empty()) return LoadNamedApps(options.directories);
  return config::LoadDirectories({"."}, /*reachable=*/false);
}

// One run of `nanoc build`.
class Builder {
 public:
  explicit Builder(const BuildOptions& options)
      : options_(options), color_(UseColor(STDERR_FILENO)), progress_(stderr, kQuietStart) {}

  int Run() {
    Result<config::Config> config = Load(options_);
    if (!config) return Fail(config.error());
    config_ = std::move(*config);
    if (config_.apps.empty()) {
      return Fail({"there are no apps to build", config_.path, "List some under `apps`."});
    }
    if (!options_.out.empty()) config_.build.out = options_.out;
    if (options_.timeout.count() > 0) config_.build.timeout = options_.timeout;
    if (Result<void> ours = snapshot::DistWriter::Check(config_.build.out); !ours) {
      return Fail(ours.error());
    }
    Result<std::vector<ManifestApp>> present = PresentApps();
    if (!present) return Fail(present.error());
    present_ = std::move(*present);
    if (Result<void> assigned = AssignHosts(config_.apps, present_, IsWhole()); !assigned) {
      return Fail(assigned.error());
    }

    Result<snapshot::Container> base = OpenBaseSnapshot(BaseSnapshotPath());
    if (!base) return Fail(base.error());
    base_ = std::move(*base);
    Result<ScratchFolder> scratch = ScratchFolder::Create();
    if (!scratch) return Fail(scratch.error());
    scratch_ = scratch->path();

    OpenCache();

    CatchSignals();
    results_.resize(config_.apps.size());
    BuildAll();
    progress_.Clear();
    cache_.Trim();
    if (stop_signal != 0) {
      std::fprintf(stderr, "nanoc: stopped; %s is left as it was.\n", config_.build.out.c_str());
      return 128 + stop_signal;
    }
    return Conclude();
  }

 private:
  // Whether what is built is all that is to be in the dist: a list of apps says so, and an app that
  // is built where it lies. An app that was named, or a dist that was, may be one of several.
  bool IsWhole() const {
    if (options_.prune || config_.lists_apps || !options_.config.empty()) return true;
    return options_.directories.empty() && options_.out.empty();
  }

  // The apps that are in the dist. One that cannot be read is no matter if nothing of it is kept.
  Result<std::vector<ManifestApp>> PresentApps() {
    Result<std::optional<snapshot::Manifest>> read = snapshot::ReadManifest(config_.build.out);
    if (read) {
      if (!*read) return std::vector<ManifestApp>();
      const runtime::Identity& engine = runtime::CurrentIdentity();
      is_foreign_ = (*read)->v8_version != engine.v8_version ||
                    (*read)->engine_release != engine.engine_release;
      return std::move((*read)->apps);
    }
    if (IsWhole()) return std::vector<ManifestApp>();
    Error error = std::move(read).error();
    error.message = "its apps cannot be kept: " + error.message;
    error.hint = "Build all apps of it together, or take what is not built now out by --prune.";
    return error;
  }

  // Building goes on without one.
  void OpenCache() {
    const std::string directory = DefaultCacheDirectory();
    if (directory.empty()) return;
    Result<std::string> program = ProgramDigest(base_->digest());
    Result<BuildCache> cache = program ? BuildCache::Open(directory, std::move(*program))
                                       : Result<BuildCache>(std::move(program).error());
    if (cache) {
      cache_ = std::move(*cache);
    } else if (!options_.quiet) {
      Error note = std::move(cache).error();
      note.message = "apps that do not change are built again next time: " + note.message;
      std::fputs(FormatProblem(Severity::kNote, "", note, color_).c_str(), stderr);
    }
  }

  int Fail(const Error& error) {
    progress_.Clear();
    std::fputs(FormatProblem(Severity::kError, "", error, color_).c_str(), stderr);
    return 1;
  }

  void BuildAll() {
    const size_t cores = std::max(1u, std::thread::hardware_concurrency());
    const size_t limit = options_.jobs != 0 ? options_.jobs : cores;
    std::vector<std::pair<size_t, std::unique_ptr<Job>>> running;
    size_t next = 0;
    while (stop_signal == 0 && (next < config_.apps.size() || !running.empty())) {
      while (running.size() < limit && next < config_.apps.size()) {
        const size_t index = next++;
        auto job = Job::Start(config_.apps[index],
                              {.scratch = scratch_,
                               .base_blob = base_->sections().blob,
                               .absent = base_->sections().source,
                               .color = color_,
                               .cache = cache_.enabled() ? &cache_ : nullptr,
                               .rebuild = options_.no_cache},
                              config_.build.timeout);
        if (job) {
          running.emplace_back(index, std::move(*job));
        } else {
          results_[index].name = config_.apps[index].name;
          results_[index].errors.push_back(job.error());
          Announce(results_[index]);
        }
      }
      std::vector<Child*> children;
      for (auto& [index, job] : running) children.push_back(&job->child());
      Child::Wait(children, Clock::now() + kRedraw);
      std::erase_if(running, [&](auto& entry) {
        if (!entry.second->Update()) return false;
        results_[entry.first] = entry.second->result();
        Announce(results_[entry.first]);
        return true;
      });
      if (!options_.quiet) ShowProgress(running);
    }
  }

  void ShowProgress(const std::vector<std::pair<size_t, std::unique_ptr<Job>>>& running) {
    std::string text = "building " + std::to_string(done_) + "/" + std::to_string(results_.size());
    for (const auto& [index, job] : running) text += " · " + job->name() + ": " + job->step();
    progress_.Update(text + " (" + FormatDuration(Clock::now() - started_) + ")");
  }

  // Everything there is to be told of an app that is done, but for the summary.
  void Announce(const AppResult& app) {
    ++done_;
    std::string text;
    if (!options_.quiet) text += FormatLog(app, color_);
    if (!options_.quiet) {
      for (const Error& note : app.notes) {
        text += FormatProblem(Severity::kNote, app.name, note, color_);
      }
    }
    for (const Error& warning : app.warnings) {
      text += FormatProblem(Severity::kWarning, app.name, warning, color_);
    }
    for (const Error& error : app.errors) {
      text += FormatProblem(Severity::kError, app.name, error, color_);
    }
    if (text.empty()) return;
    progress_.Clear();
    std::fputs(text.c_str(), stderr);
  }

  int Conclude() {
    const auto failed = static_cast<size_t>(
        std::count_if(results_.begin(), results_.end(), [](const auto& app) { return !app.ok(); }));
    const bool writes = failed == 0 || (options_.keep_going && failed < results_.size());
    bool written = false;
    if (writes) {
      const Result<void> result = WriteDist();
      written = result.ok();
      if (!written) Fail(result.error());
    }
    const bool ok = written && failed == 0;
    const auto duration = Clock::now() - started_;
    const std::string& out = config_.build.out;
    if (options_.json) {
      std::fputs(FormatJson(results_, config_.apps, {out, duration, ok, plan_}).c_str(), stdout);
    } else if (!options_.quiet) {
      std::fputs(FormatSummary(results_, config_.apps, UseColor(STDOUT_FILENO)).c_str(), stdout);
    }
    std::fflush(stdout);
    if (failed > 0) {
      std::fputs(
          FormatFailure(failed, results_.size(), out, !present_.empty(), written, plan_).c_str(),
          stderr);
    }
    if (written && !options_.quiet && !options_.json) {
      std::fputs(FormatChanges(plan_, out).c_str(), stdout);
      std::printf("Wrote %s in %s. Serve it: nano serve %s\n", out.c_str(),
                  FormatDuration(duration).c_str(), out.c_str());
    }
    return ok ? 0 : 1;
  }

  Result<void> WriteDist();

  // What will not be served is told, as the app's.
  void Keep(snapshot::DistWriter& writer, const ManifestApp& app) {
    Result<void> kept = writer.KeepSnapshot(app);
    if (kept && !is_foreign_) return;
    const Error warning =
        kept ? Error{"it is kept, but was built by another version of NANO: it will not be served",
                     "", "Build it again."}
             : std::move(kept).error();
    std::fputs(FormatProblem(Severity::kWarning, app.name, warning, color_).c_str(), stderr);
  }

  const BuildOptions& options_;
  const bool color_;
  const Clock::time_point started_ = Clock::now();
  config::Config config_;
  std::optional<snapshot::Container> base_;
  std::string scratch_;
  BuildCache cache_;
  std::vector<AppResult> results_;    // In the order of config_.apps.
  std::vector<ManifestApp> present_;  // In the dist, before the build …
  bool is_foreign_ = false;           // … made by another version of NANO.
  DistPlan plan_;                     // Once it is written.
  size_t done_ = 0;
  ProgressLine progress_;
};

Result<void> Builder::WriteDist() {
  auto opened = snapshot::DistWriter::Open(config_.build.out, runtime::CurrentIdentity());
  if (!opened) return std::move(opened).error();
  snapshot::DistWriter& writer = **opened;
  std::vector<ManifestApp> stored(results_.size());
  for (size_t i = 0; i < results_.size(); ++i) {
    if (!results_[i].ok()) continue;
    Result<snapshot::StoredSnapshot> added =
        writer.AddSnapshot(results_[i].container, results_[i].digest);
    if (!added) return std::move(added).error();
    stored[i].digest = std::move(added->digest);
    stored[i].bytes = added->bytes;
  }
  // Another build may have written it since this one began; now it cannot.
  const Result<std::vector<ManifestApp>> present = PresentApps();
  if (!present) return present.error();
  if (Result<void> free = AssignHosts(config_.apps, *present, IsWhole()); !free) return free;
  DistPlan plan = PlanDist(config_.apps, results_, stored, *present, IsWhole());
  for (const std::vector<std::string>& names : {plan.kept, plan.stale}) {
    for (const std::string& name : names) Keep(writer, *FindApp(*present, name));
  }
  const Result<snapshot::CommitOutcome> committed = writer.Commit(plan.apps);
  if (!committed) return committed.error();
  for (const Error& warning : committed->warnings) {
    std::fputs(FormatProblem(Severity::kWarning, "", warning, color_).c_str(), stderr);
  }
  plan_ = std::move(plan);
  return {};
}

}  // namespace

int Build(const BuildOptions& options) { return Builder(options).Run(); }

}  // namespace nano::compiler

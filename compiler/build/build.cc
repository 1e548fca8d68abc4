// Building all apps.
#include "compiler/build/build.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "base/terminal.h"
#include "compiler/build/app_process.h"
#include "compiler/build/dist_plan.h"
#include "compiler/build/dist_update.h"
#include "compiler/build/scratch_folder.h"
#include "compiler/build/service_check.h"
#include "compiler/cache/build_cache.h"
#include "compiler/cache/program_digest.h"
#include "compiler/evaluate/base_snapshot.h"
#include "compiler/project/named_apps.h"
#include "compiler/project/paths.h"
#include "compiler/report/report.h"
#include "config/load.h"
#include "snapshot/container.h"
#include "snapshot/dist_writer.h"

namespace nano::compiler {
namespace {

using std::chrono::milliseconds;

// How often the progress line is redrawn, and for how long nothing is shown.
constexpr milliseconds kRedraw{100};
constexpr milliseconds kQuietStart{300};

// What a signal's number is added to, as shells do, for the exit status.
constexpr int kExitBySignal = 128;

volatile sig_atomic_t stop_signal = 0;

void OnSignal(int number) { stop_signal = number; }

// Not restarting: the signal has to end a wait.
void CatchSignals() {
  struct sigaction action {};
  action.sa_handler = OnSignal;
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaction(number, &action, nullptr);
}

Result<config::Config> Load(const BuildOptions& options) {
  if (!options.config.empty()) {
    return config::LoadConfig(options.config, config::Purpose::kBuild, nullptr, options.wrangler);
  }
  if (!options.directories.empty()) return LoadNamedApps(options.directories, options.wrangler);
  return config::LoadDirectories({"."}, /*reachable=*/false, options.wrangler);
}

// One run of `nanoc build`.
class Builder {
 public:
  explicit Builder(const BuildOptions& options)
      : options_(options), color_(UseColor(STDERR_FILENO)), progress_(stderr, kQuietStart) {}

  int Run() {
    if (Result<void> ready = Prepare(); !ready.ok()) return Fail(ready.error());
    CatchSignals();
    BuildAll();
    progress_.Clear();
    cache_.Trim();
    if (stop_signal != 0) {
      std::fprintf(stderr, "nanoc: stopped; %s is left as it was.\n", config_.build.out.c_str());
      return kExitBySignal + stop_signal;
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

  // Everything that may fail before an app is built.
  Result<void> Prepare() {
    config_ = TRY(Load(options_));
    if (config_.apps.empty()) {
      return Error{"there are no apps to build", config_.path, "List some under `apps`."};
    }
    if (!options_.out.empty()) config_.build.out = options_.out;
    if (options_.timeout.count() > 0) config_.build.timeout = options_.timeout;
    if (options_.keep > 0) config_.build.keep = options_.keep;
    TRY(snapshot::DistWriter::Check(config_.build.out));
    const PresentApps present = TRY(ReadPresentApps(config_.build.out, IsWhole()));
    was_there_ = !present.apps.empty();
    TRY(AssignHosts(config_.apps, present.apps, IsWhole()));
    base_ = TRY(OpenBaseSnapshot(BaseSnapshotPath()));
    scratch_.emplace(TRY(ScratchFolder::Create()));
    OpenCache();
    return {};
  }

  // Building goes on without one.
  void OpenCache() {
    const std::string directory = DefaultCacheDirectory();
    if (directory.empty()) return;
    Result<BuildCache> cache = OpenCacheIn(directory);
    if (cache.ok()) {
      cache_ = std::move(cache).value();
    } else if (!options_.quiet) {
      Error note = std::move(cache).error();
      note.message = "apps that do not change are built again next time: " + note.message;
      Tell(Severity::kNote, "", note);
    }
  }

  Result<BuildCache> OpenCacheIn(const std::string& directory) const {
    return BuildCache::Open(directory, TRY(ProgramDigest(base_->digest())));
  }

  void Tell(Severity severity, const std::string& app, const Error& error) const {
    std::fputs(FormatProblem(severity, app, error, color_).c_str(), stderr);
  }

  int Fail(const Error& error) {
    progress_.Clear();
    Tell(Severity::kError, "", error);
    return 1;
  }

  using Running = std::vector<std::pair<size_t, std::unique_ptr<AppProcess>>>;

  void BuildAll() {
    const size_t cores = std::max(1u, std::thread::hardware_concurrency());
    const size_t limit = options_.jobs != 0 ? options_.jobs : cores;
    results_.resize(config_.apps.size());
    Running running;
    size_t next = 0;
    while (stop_signal == 0 && (next < config_.apps.size() || !running.empty())) {
      while (running.size() < limit && next < config_.apps.size()) Start(next++, running);
      std::vector<Child*> children;
      for (auto& [index, process] : running) children.push_back(&process->child());
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

  // What it may take while it is evaluated; not less than when it is served.
  void SetLimits(const config::AppSettings& app, StepContext& step) const {
    step.limits = {.memory = config_.build.memory,
                   .external_memory = config_.build.external_memory};
    if (app.limits.memory > step.limits.memory) {
      step.limits.memory = app.limits.memory;
      step.memory_key = "limits.memory";
    }
    if (app.limits.external_memory > step.limits.external_memory) {
      step.limits.external_memory = app.limits.external_memory;
      step.external_memory_key = "limits.external_memory";
    }
  }

  std::vector<std::string> OwnPaths() const {
    std::vector<std::string> paths;
    for (const std::string& path : {config_.build.out, config_.path}) {
      std::error_code failure;
      if (path.empty()) continue;
      std::string whole = std::filesystem::weakly_canonical(path, failure).string();
      while (whole.size() > 1 && whole.ends_with('/')) whole.pop_back();
      if (!failure) paths.push_back(std::move(whole));
    }
    return paths;
  }

  void Start(size_t index, Running& running) {
    const config::AppSettings& app = config_.apps[index];
    StepContext step{.scratch = scratch_->path(),
                     .deadline = {},
                     .base_blob = base_->sections().blob,
                     .absent = base_->sections().source,
                     .color = color_,
                     .record_lookups = cache_.enabled()};
    SetLimits(app, step);
    Result<std::unique_ptr<AppProcess>> process =
        AppProcess::Start(app, {.step = std::move(step),
                                .timeout = config_.build.timeout,
                                .cache = cache_,
                                .rebuild = options_.no_cache,
                                .own = OwnPaths()});
    if (process.ok()) {
      running.emplace_back(index, std::move(process).value());
      return;
    }
    results_[index].name = app.name;
    results_[index].errors.push_back(std::move(process).error());
    Announce(results_[index]);
  }

  void ShowProgress(const Running& running) {
    std::string text = "building " + std::to_string(done_) + "/" + std::to_string(results_.size());
    for (const auto& [index, app] : running) text += " · " + app->name() + ": " + app->step();
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

  // What can be said when all apps are built.
  void TellOfServices() {
    std::vector<size_t> told;
    for (const AppResult& app : results_) told.push_back(app.warnings.size());
    CheckServices(config_.apps, results_);
    for (size_t i = 0; i < results_.size(); ++i) {
      for (size_t k = told[i]; k < results_[i].warnings.size(); ++k) {
        const Error& warning = results_[i].warnings[k];
        std::fputs(FormatProblem(Severity::kWarning, results_[i].name, warning, color_).c_str(),
                   stderr);
      }
    }
  }

  // Writes the dist, if it is to be, and tells how all of it ended.
  int Conclude() {
    TellOfServices();
    const auto failed = static_cast<size_t>(
        std::count_if(results_.begin(), results_.end(), [](const auto& app) { return !app.ok(); }));
    const bool writes = failed == 0 || (options_.keep_going && failed < results_.size());
    const bool written = writes && WriteDist();
    const bool ok = written && failed == 0;
    const auto duration = Clock::now() - started_;
    const std::string& out = config_.build.out;
    if (options_.json) {
      std::fputs(FormatJson(results_, config_.apps, {out, duration, ok, written, changes_}).c_str(),
                 stdout);
    } else if (!options_.quiet) {
      std::fputs(FormatSummary(results_, config_.apps, written, UseColor(STDOUT_FILENO)).c_str(),
                 stdout);
    }
    std::fflush(stdout);
    if (failed > 0) {
      std::fputs(FormatFailure(failed, results_.size(), out, was_there_, written, changes_).c_str(),
                 stderr);
    }
    if (written && !options_.quiet && !options_.json) {
      std::fputs(FormatChanges(changes_, out).c_str(), stdout);
      std::printf("Wrote %s in %s. Serve it: nano serve %s\n", out.c_str(),
                  FormatDuration(duration).c_str(), out.c_str());
    }
    return ok ? 0 : 1;
  }

  bool WriteDist() {
    Result<DistChanges> changes = UpdateDist(config_, results_, IsWhole(),
                                             [this](const std::string& app, const Error& warning) {
                                               Tell(Severity::kWarning, app, warning);
                                             });
    if (!changes.ok()) {
      Fail(changes.error());
      return false;
    }
    changes_ = std::move(changes).value();
    return true;
  }

  const BuildOptions& options_;
  const bool color_;
  const Clock::time_point started_ = Clock::now();
  config::Config config_;
  bool was_there_ = false;  // The dist had apps in it before the build.
  std::optional<snapshot::Container> base_;
  std::optional<ScratchFolder> scratch_;
  BuildCache cache_;
  std::vector<AppResult> results_;  // In the order of config_.apps.
  DistChanges changes_;             // Once they are written.
  size_t done_ = 0;
  ProgressLine progress_;
};

}  // namespace

int Build(const BuildOptions& options) { return Builder(options).Run(); }

}  // namespace nano::compiler

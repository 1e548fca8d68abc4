// From options to a running server.
#include "server/serve.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>
#include <uv.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/terminal.h"
#include "server/deploy/deployer.h"
#include "server/faults/app_faults.h"
#include "server/log/log.h"
#include "server/release/release.h"
#include "server/release/release_loader.h"
#include "server/settings.h"
#include "server/supervisor/listening_sockets.h"
#include "server/supervisor/startup_report.h"
#include "server/supervisor/supervisor.h"
#include "server/worker/worker.h"

namespace nano::server {
namespace {

// For the last lines of a server whose log is read slowly.
constexpr std::chrono::milliseconds kLogPatience{200};

int Fail(const Error& error) {
  std::string text = error.ToString();
  if (!text.ends_with('\n')) text += '\n';
  std::fprintf(stderr, "nano: %s", text.c_str());
  return 1;
}

// Each connection is a descriptor; the usual soft limit of 1024 is for programs that use select().
void RaiseDescriptorLimit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void LogOddities(Log& log, const std::vector<std::string>& warnings, const Release& release) {
  for (const std::string& warning : warnings) log.Warn(warning);
  for (const ServedApp& app : release.apps()) {
    if (app.version->refusal.empty()) continue;
    log.Write(LogLevel::kError, app.name(), "is not served: " + app.version->refusal);
  }
}

// What no one catches ends a worker where it is thrown: its caller's catch is the supervisor's.
[[noreturn]] void BecomeWorker(const WorkerOptions& options) noexcept { _exit(RunWorker(options)); }

}  // namespace

char** CopyArguments(int argc, char** argv) { return uv_setup_args(argc, argv); }

int Serve(const ServeOptions& options) {
  Result<config::Config> config = LoadConfiguration(options);
  if (!config.ok()) return Fail(config.error());
  const Settings settings = ResolveSettings(options, *config, uv_available_parallelism());
  VersionIds ids;
  Result<LoadedRelease> loaded = LoadRelease(settings.dist, *config, nullptr, ids);
  if (!loaded.ok()) return Fail(loaded.error());
  Result<std::shared_ptr<const Release>> release = Release::Make(1, loaded->apps);
  if (!release.ok()) return Fail(release.error());
  Result<ListeningSockets> sockets = ListeningSockets::Open(settings.listen, settings.workers);
  if (!sockets.ok()) return Fail(sockets.error());

  // A log's reader that went away must not end the server.
  signal(SIGPIPE, SIG_IGN);
  RaiseDescriptorLimit();
  const bool terminal = IsTerminal(STDOUT_FILENO);
  LogSink sink(STDOUT_FILENO);
  Log log(sink, terminal ? LogFormat::kText : LogFormat::kJson);

  AppFaults faults(settings.workers + 1);  // The last one is the probe's.
  const StartupFacts facts{
      .dist = settings.dist, .workers = settings.workers, .addresses = sockets->addresses()};
  const auto make_deployer = [&](uv_loop_t* loop, Workers& workers) {
    return std::make_unique<Deployer>(loop, workers, faults, log, *release,
                                      [&](const Release& base) -> Result<LoadedRelease> {
                                        const config::Config now = TRY(LoadConfiguration(options));
                                        return LoadRelease(settings.dist, now, &base, ids);
                                      });
  };
  Supervisor supervisor({.workers = settings.workers,
                         .shutdown_timeout = settings.shutdown_timeout,
                         .stop_on_hangup = terminal},
                        std::move(sockets).value(), faults, log, make_deployer);
  // Workers first: they get ready while the report is written.
  Supervisor::Outcome outcome{.worker = supervisor.Start()};
  if (!outcome.worker.has_value()) {
    ReportStartup(log, facts, **release);
    LogOddities(log, loaded->warnings, **release);
    outcome = supervisor.Run();
  }
  if (!outcome.worker.has_value()) {
    sink.Drain(kLogPatience);
    return outcome.exit_status;
  }
  Supervisor::WorkerStart& start = *outcome.worker;
  BecomeWorker({.number = start.slot + 1,
                .sockets = std::move(start.sockets),
                .receiver = start.receiver,
                .control = start.control,
                .is_probe = start.is_probe,
                .release = std::move(start.release),
                .limits = settings.limits,
                .shutdown_timeout = settings.shutdown_timeout,
                .faults = &faults,
                .sink = &sink,
                .format = log.format()});
}

}  // namespace nano::server

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
#include "server/faults/app_faults.h"
#include "server/log/log.h"
#include "server/release/release.h"
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

void LogOddities(Log& log, const Release& release) {
  for (const std::string& warning : release.warnings()) log.Warn(warning);
  for (const ServedApp& app : release.apps()) {
    if (app.refusal.empty()) continue;
    log.Write(LogLevel::kError, app.name, "is not served: " + app.refusal);
  }
}

std::vector<std::string> NamesOf(const Release& release) {
  std::vector<std::string> names;
  for (const ServedApp& app : release.apps()) names.push_back(app.name);
  return names;
}

// What no one catches ends a worker where it is thrown: its caller's catch is the supervisor's.
[[noreturn]] void BecomeWorker(const WorkerOptions& options) noexcept { _exit(RunWorker(options)); }

}  // namespace

char** CopyArguments(int argc, char** argv) { return uv_setup_args(argc, argv); }

int Serve(const ServeOptions& options) {
  Result<config::Config> config = LoadConfiguration(options);
  if (!config.ok()) return Fail(config.error());
  const Settings settings = ResolveSettings(options, *config, uv_available_parallelism());
  Result<std::shared_ptr<const Release>> release = Release::Load(settings.dist, *config);
  if (!release.ok()) return Fail(release.error());
  Result<ListeningSockets> sockets = ListeningSockets::Open(settings.listen, settings.workers);
  if (!sockets.ok()) return Fail(sockets.error());

  // A log's reader that went away must not end the server.
  signal(SIGPIPE, SIG_IGN);
  RaiseDescriptorLimit();
  const bool terminal = IsTerminal(STDOUT_FILENO);
  LogSink sink(STDOUT_FILENO);
  Log log(sink, terminal ? LogFormat::kText : LogFormat::kJson);

  AppFaults faults(NamesOf(**release), settings.workers);
  const StartupFacts facts{
      .dist = settings.dist, .workers = settings.workers, .addresses = sockets->addresses()};
  Supervisor supervisor({.workers = settings.workers,
                         .shutdown_timeout = settings.shutdown_timeout,
                         .stop_on_hangup = terminal},
                        std::move(sockets).value(), faults, log);
  // Workers first: they get ready while the report is written.
  Supervisor::Outcome outcome{.worker_slot = supervisor.Start(), .exit_status = 0};
  if (!outcome.worker_slot.has_value()) {
    ReportStartup(log, facts, **release);
    LogOddities(log, **release);
    outcome = supervisor.Run();
  }
  if (!outcome.worker_slot.has_value()) {
    sink.Drain(kLogPatience);
    return outcome.exit_status;
  }
  const size_t slot = *outcome.worker_slot;
  BecomeWorker({.number = slot + 1,
                .sockets = supervisor.TakeListeningSockets(slot),
                .receiver = supervisor.TakeRelayReceiver(),
                .release = *release,
                .limits = settings.limits,
                .shutdown_timeout = settings.shutdown_timeout,
                .faults = &faults,
                .sink = &sink,
                .format = log.format()});
}

}  // namespace nano::server

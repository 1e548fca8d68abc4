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
#include "server/supervisor/activation.h"
#include "server/supervisor/listening_sockets.h"
#include "server/supervisor/predecessor.h"
#include "server/supervisor/service_manager.h"
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

// Process 1 of a container has no default actions: a signal that nobody handles does nothing. Until
// the supervisor handles them, these end the server as they would elsewhere.
void HandleSignalsAsProcess1() {
  if (getpid() != 1) return;
  for (const int number : {SIGTERM, SIGINT}) {
    signal(number, [](int received) { _exit(128 + received); });
  }
}

// What a reload does not change, said once for each change.
class ServerKeysCheck {
 public:
  explicit ServerKeysCheck(const config::ServerSettings& running) : running_(running) {}

  void Read(const config::ServerSettings& now, std::vector<std::string>& warnings) {
    std::string keys;
    for (const std::string& key : KeysForNextStart(running_, now)) {
      keys += (keys.empty() ? "" : ", ") + key;
    }
    if (keys == std::exchange(told_, keys) || keys.empty()) return;
    warnings.push_back("changed, but for the next start or upgrade (SIGUSR2) of the server: " +
                       keys);
  }

 private:
  const config::ServerSettings running_;
  std::string told_;
};

// All that a server needs before it has a log.
struct Startup {
  config::Config config;
  Settings settings;
  std::shared_ptr<const Release> release;
  std::vector<std::string> warnings;
  ListeningSockets sockets;
  ServiceManager service;
};

Result<Startup> PrepareStartup(const ServeOptions& options, Predecessor* predecessor,
                               VersionIds& ids) {
  Startup startup;
  startup.config = TRY(LoadConfiguration(options));
  startup.settings = ResolveSettings(options, startup.config, uv_available_parallelism());
  LoadedRelease loaded = TRY(LoadRelease(startup.settings.dist, startup.config, nullptr, ids));
  startup.release = TRY(Release::Make(1, loaded.apps));
  startup.warnings = std::move(loaded.warnings);
  std::vector<HandedSockets> handed;
  if (predecessor != nullptr) {
    TRY(predecessor->Compare(*startup.release));
    handed = std::move(predecessor->handover().sockets);
  } else {
    handed = TRY(TakeGivenSockets());
  }
  startup.sockets =
      TRY(ListeningSockets::Continue(handed, startup.settings.listen, startup.settings.workers));
  for (const HandedSockets& other : handed) {
    startup.warnings.push_back("a socket that was given by the name " + other.name +
                               " is not used: there is no such listener");
  }
  startup.service = TRY(ServiceManager::FromEnvironment());
  return startup;
}

// What no one catches ends a worker where it is thrown: its caller's catch is the supervisor's.
[[noreturn]] void BecomeWorker(const WorkerOptions& options) noexcept { _exit(RunWorker(options)); }

}  // namespace

char** CopyArguments(int argc, char** argv) { return uv_setup_args(argc, argv); }

int Serve(const ServeOptions& options) {
  HandleSignalsAsProcess1();
  Result<std::unique_ptr<Predecessor>> predecessor = Predecessor::FromEnvironment();
  if (!predecessor.ok()) return Fail(predecessor.error());
  const bool takes_over = *predecessor != nullptr;
  VersionIds ids;
  Result<Startup> startup = PrepareStartup(options, predecessor->get(), ids);
  if (!startup.ok()) {
    if (takes_over) (*predecessor)->TellFailed(startup.error().ToString());
    return Fail(startup.error());
  }
  const Settings& settings = startup->settings;

  // A log's reader that went away must not end the server.
  signal(SIGPIPE, SIG_IGN);
  RaiseDescriptorLimit();
  const bool terminal = IsTerminal(STDOUT_FILENO);
  LogSink sink(STDOUT_FILENO);
  Log log(sink, terminal ? LogFormat::kText : LogFormat::kJson);

  AppFaults faults(settings.workers + 1);  // The last one is the probe's.
  ServerKeysCheck server_keys(startup->config.server);
  const auto make_deployer = [&](uv_loop_t* loop, Workers& workers) {
    return std::make_unique<Deployer>(loop, workers, faults, log, startup->release,
                                      [&](const Release& base) -> Result<LoadedRelease> {
                                        const config::Config now = TRY(LoadConfiguration(options));
                                        LoadedRelease loaded =
                                            TRY(LoadRelease(settings.dist, now, &base, ids));
                                        server_keys.Read(now.server, loaded.warnings);
                                        return loaded;
                                      });
  };
  const auto report = [&, facts = StartupFacts{.dist = settings.dist,
                                               .workers = settings.workers,
                                               .addresses = startup->sockets.addresses()}] {
    ReportStartup(log, facts, *startup->release);
    LogOddities(log, startup->warnings, *startup->release);
  };
  Supervisor supervisor(
      {.workers = settings.workers,
       .shutdown_timeout = settings.shutdown_timeout,
       .drain_timeout = settings.drain_timeout,
       .stop_on_hangup = terminal,
       .upgrade = {.command = options.command, .timeout = settings.upgrade_timeout},
       .service = std::move(startup->service),
       .predecessor = std::move(predecessor).value(),
       .took_over = report,
       .more_sockets = nullptr},
      std::move(startup->sockets), faults, log, make_deployer);
  // Workers first: they get ready while the report is written.
  Supervisor::Outcome outcome{.worker = supervisor.Start()};
  if (!outcome.worker.has_value()) {
    if (!takes_over) report();
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
                .accepts = start.accepts,
                .release = std::move(start.release),
                .limits = settings.limits,
                .shutdown_timeout = settings.shutdown_timeout,
                .drain_timeout = settings.drain_timeout,
                .faults = &faults,
                .sink = &sink,
                .format = log.format()});
}

}  // namespace nano::server

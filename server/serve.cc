// From options to a running server.
#include "server/serve.h"

#include <signal.h>
#include <unistd.h>
#include <uv.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/terminal.h"
#include "base/timestamp.h"
#include "config/environment.h"
#include "server/admin/admin_server.h"
#include "server/admin/settings.h"
#include "server/control/run_marks.h"
#include "server/control_plane.h"
#include "server/cron/scheduler.h"
#include "server/deploy/deployer.h"
#include "server/deploy/kept_versions.h"
#include "server/deploy/state_store.h"
#include "server/faults/app_faults.h"
#include "server/log/log.h"
#include "server/release/groups.h"
#include "server/release/release.h"
#include "server/release/release_loader.h"
#include "server/settings.h"
#include "server/storage/store_process.h"
#include "server/supervisor/activation.h"
#include "server/supervisor/descriptor_limit.h"
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

// What no one catches ends a worker where it is thrown: its caller's catch is the supervisor's.
[[noreturn]] void BecomeWorker(const WorkerOptions& options) noexcept { _exit(RunWorker(options)); }

cache::Bounds BoundsOf(const config::CacheSettings& settings) {
  return {.total = settings.size,
          .app = settings.app_size == 0 ? settings.size : settings.app_size,
          .entry = settings.entry_size};
}

[[noreturn]] void BecomeStore(const StoreOptions& options) noexcept { _exit(RunStore(options)); }

// The state's folder, if there is one or is to be one. What is implied may be missing: others serve
// the same dist, or it may not be written to.
Result<std::unique_ptr<StateStore>> OpenState(const std::string& folder, bool is_implied,
                                              std::vector<std::string>& warnings) {
  auto store = StateStore::Open(folder);
  if (store.ok() || !is_implied || access((folder + "/state.json").c_str(), F_OK) == 0)
    return store;
  warnings.push_back("nothing can be changed through the admin API: " + store.error().ToString());
  return std::unique_ptr<StateStore>();
}

// One of the sockets that were handed over: of that listener, and of that address unless the
// service manager gave it. Negative: there is none.
int TakeSocket(std::vector<HandedSockets>& handed, std::string_view listener,
               const std::string& address) {
  for (auto group = handed.begin(); group != handed.end(); ++group) {
    if (group->name != listener || group->sockets.empty()) continue;
    if (!group->given && group->address != address) continue;
    const int fd = group->sockets.front().Release();
    handed.erase(group);
    return fd;
  }
  return -1;
}

Result<std::optional<admin::Sockets>> OpenAdmin(const ServeOptions& options,
                                                const config::Config& config,
                                                const std::string& dist,
                                                std::vector<HandedSockets>& handed,
                                                std::vector<std::string>& warnings) {
  const admin::Settings settings =
      TRY(admin::ResolveSettings(options.admin, config.server, dist, config::ProcessEnvironment()));
  if (settings.off() && settings.health.empty()) return std::optional<admin::Sockets>();
  auto sockets =
      admin::Sockets::Open(settings, [&](std::string_view listener, const std::string& address) {
        return TakeSocket(handed, listener, address);
      });
  if (sockets.ok()) return std::optional<admin::Sockets>(std::move(sockets).value());
  const auto& place = options.admin ? options.admin->place : config.server.admin.listen.place;
  const bool is_implied = std::holds_alternative<config::AdminAddress::BesideDist>(place);
  if (!is_implied || !settings.health.empty()) return std::move(sockets).error();
  warnings.push_back("there is no admin API: " + sockets.error().ToString());
  return std::optional<admin::Sockets>();
}

// What the server begins with.
struct Start {
  config::ServerSettings server;  // As nano.yaml has them.
  Settings settings;
  ListeningSockets sockets;
  ServiceManager service;
  std::unique_ptr<StateStore> store;  // Or null.
  std::optional<admin::Sockets> admin;
  VersionIds ids;
  Deployer::First first;
  std::vector<std::string> warnings;
};

Result<std::unique_ptr<Start>> PrepareStart(const ServeOptions& options, Predecessor* predecessor) {
  auto start = std::make_unique<Start>();
  std::vector<HandedSockets> handed;
  if (predecessor != nullptr) {
    handed = std::move(predecessor->handover().sockets);
  } else {
    handed = TRY(TakeGivenSockets());
  }
  config::Config config = TRY(LoadConfiguration(options, &start->first.watched));
  start->settings = ResolveSettings(options, config, uv_available_parallelism());
  start->server = config.server;
  const Settings& settings = start->settings;
  start->admin = TRY(OpenAdmin(options, config, settings.dist, handed, start->warnings));
  const bool is_implied = config.server.state.text.empty();
  auto files =
      std::make_shared<ServedFiles>(TRY(ReadServedFiles(settings.dist, std::move(config))));
  const bool has_state = access((settings.state + "/state.json").c_str(), F_OK) == 0;
  if (start->admin.has_value() || has_state) {
    start->store = TRY(OpenState(settings.state, is_implied, start->warnings));
  }
  ReleaseChanges changes{.snapshot_path = [&](const std::string& digest) {
    return SnapshotFileOf(digest, *files, start->store.get());
  }};
  if (start->store) changes.state = start->store->state();
  LoadedRelease loaded = TRY(ComposeRelease(*files, changes, nullptr, start->ids));
  for (auto* warnings : {&loaded.warnings, &loaded.fresh}) {
    for (std::string& warning : *warnings) start->warnings.push_back(std::move(warning));
  }
  if (start->store && !(loaded.state == start->store->state())) {
    TRY(start->store->Save(std::move(loaded.state)));
  }
  start->first.release = TRY(Release::Make(1, std::move(loaded.apps)));
  start->first.files = std::move(files);
  if (predecessor != nullptr) {
    TRY(predecessor->Compare(*start->first.release));
    start->first.replaced = predecessor->TakeSites(*start->first.release, start->warnings);
  }
  start->sockets = TRY(ListeningSockets::Continue(handed, settings.listen, settings.workers));
  for (const HandedSockets& other : handed) {
    start->warnings.push_back("a socket that was given for the listener " + other.name +
                              " is not used: there is none, or it has another address");
  }
  start->service = TRY(ServiceManager::FromEnvironment());
  return start;
}

// For a server that is to take this one's place: the other listeners' sockets, and the state, which
// one process at a time has.
Result<std::vector<HandedSockets>> HandOver(Start& start) {
  std::vector<HandedSockets> sockets;
  if (start.admin) {
    const auto add = [&sockets](const char* listener, const admin::Listening& listening) {
      HandedSockets group{.name = listener, .address = listening.asked()};
      group.sockets.emplace_back(listening.Copy());
      sockets.push_back(std::move(group));
    };
    if (start.admin->admin) add("admin", *start.admin->admin);
    for (const admin::Listening& health : start.admin->health) add("health", health);
  }
  if (start.store) {
    // The other one opens what is there by that name now.
    if (!start.store->state().apps().empty()) TRY(start.store->Follow());
    start.store->Unlock();
  }
  return sockets;
}

// The file of the admin API's socket goes with the server that serves last.
void OwnFiles(Start& start) {
  if (!start.admin || !start.admin->admin || start.admin->settings.socket.empty()) return;
  start.admin->admin->OwnFile(start.admin->settings.socket);
}

void LeaveFiles(Start& start) {
  if (start.admin && start.admin->admin) start.admin->admin->LeaveFile();
}

// That server has come to nothing.
void KeepState(Start& start, Log& log) {
  if (!start.store) return;
  if (const Result<void> locked = start.store->Relock(); !locked.ok()) {
    log.Error("nothing can be changed through the admin API: " + locked.error().ToString());
  }
}

}  // namespace

char** CopyArguments(int argc, char** argv) { return uv_setup_args(argc, argv); }

int Serve(const ServeOptions& options) {
  HandleSignalsAsProcess1();
  Result<std::unique_ptr<Predecessor>> predecessor = Predecessor::FromEnvironment();
  if (!predecessor.ok()) return Fail(predecessor.error());
  const bool takes_over = *predecessor != nullptr;
  Result<std::unique_ptr<Start>> prepared = PrepareStart(options, predecessor->get());
  if (!prepared.ok()) {
    if (takes_over) (*predecessor)->TellFailed(prepared.error().ToString());
    return Fail(prepared.error());
  }
  Start& start = **prepared;
  const Settings& settings = start.settings;
  const std::shared_ptr<const Release> release = start.first.release;

  // A log's reader that went away must not end the server.
  signal(SIGPIPE, SIG_IGN);
  RaiseDescriptorLimit();
  if (const Result<void> room =
          CheckDescriptorLimit(settings.workers, GroupsOf(release->apps()).size());
      !room.ok()) {
    if (takes_over) (*predecessor)->TellFailed(room.error().ToString());
    return Fail(room.error());
  }
  const bool terminal = IsTerminal(STDOUT_FILENO);
  LogSink sink(STDOUT_FILENO);
  Log log(sink, terminal ? LogFormat::kText : LogFormat::kJson);

  AppFaults faults(settings.workers + 1 + kMaxGroups);  // One is the probe's.
  AppMetrics metrics(settings.workers, kMaxGroups);
  RunMarks runs;
  cache::Epochs cache_epochs;
  const StartupFacts facts{
      .dist = settings.dist, .workers = settings.workers, .addresses = start.sockets.addresses()};
  const auto make_control = [&](uv_loop_t* loop, Workers& workers) {
    Deployer::Options deploy{
        .dist = settings.dist,
        .load_config =
            [&](std::vector<std::string>* files) { return LoadConfiguration(options, files); },
        .for_next_start =
            [running = start.server](const config::ServerSettings& now) {
              return KeysForNextStart(running, now);
            },
        .watch = options.watch.value_or(terminal),
        .store = start.store.get(),
        .metrics = &metrics,
        .worker_memory = settings.memory,
        .drain_timeout = settings.drain_timeout};
    for (const config::Address& address : facts.addresses) {
      deploy.addresses.push_back(address.ToString());
    }
    // Each asks the other, once both are there.
    const auto served = std::make_shared<Deployer*>(nullptr);
    auto scheduler = std::make_unique<CronScheduler>(
        loop, workers, runs, log, settings.state, [served] { return (*served)->current(); },
        WallClockMs);
    deploy.crons = scheduler.get();
    auto deployer = std::make_unique<Deployer>(loop, workers, faults, log, start.ids,
                                               std::move(deploy), std::move(start.first));
    *served = deployer.get();
    return std::make_unique<ControlPlane>(loop, std::move(scheduler), std::move(deployer),
                                          start.admin ? &*start.admin : nullptr, log);
  };
  const auto report = [&] {
    ReportStartup(log, facts, *release);
    if (start.admin && start.admin->admin) {
      log.Info("the admin API listens", {{"address", start.admin->admin->name()}});
    }
    LogOddities(log, start.warnings, *release);
  };
  Supervisor supervisor(
      {.workers = settings.workers,
       .shutdown_timeout = settings.shutdown_timeout,
       .drain_timeout = settings.drain_timeout,
       .stop_on_hangup = terminal,
       .upgrade = {.command = options.command, .timeout = settings.upgrade_timeout},
       .service = std::move(start.service),
       .predecessor = std::move(predecessor).value(),
       .took_over =
           [&] {
             OwnFiles(start);
             report();
           },
       .handing_over = [&] { return HandOver(start); },
       .handed_over =
           [&](bool serves) {
             if (serves) return LeaveFiles(start);
             KeepState(start, log);
           }},
      std::move(start.sockets), faults, metrics, log, make_control);
  if (const auto& failure = supervisor.failure()) {
    sink.Drain(kLogPatience);
    return Fail(*failure);
  }
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
  Supervisor::WorkerStart& worker = *outcome.worker;
  if (worker.is_store) {
    BecomeStore({.control = worker.control,
                 .folder = settings.storage,
                 .cache = BoundsOf(settings.cache),
                 .epochs = &cache_epochs,
                 .sandbox = settings.sandbox,
                 .sink = &sink,
                 .format = log.format()});
  }
  BecomeWorker({.number = worker.slot + 1,
                .group = std::move(worker.group),
                .sockets = std::move(worker.sockets),
                .receiver = worker.receiver,
                .control = worker.control,
                .reminders = std::move(worker.reminders),
                .tries = worker.tries,
                .is_probe = worker.is_probe,
                .accepts = worker.accepts,
                .release = std::move(worker.release),
                .replaced = std::move(worker.replaced),
                .limits = settings.limits,
                .memory = settings.memory,
                .sandbox = settings.sandbox,
                .access_log = settings.access_log,
                .clients = settings.clients,
                .shutdown_timeout = settings.shutdown_timeout,
                .drain_timeout = settings.drain_timeout,
                .cache_epochs = settings.cache.size == 0 ? nullptr : &cache_epochs,
                .cache_memory = settings.cache.memory,
                .faults = &faults,
                .metrics = &metrics,
                .runs = &runs,
                .sink = &sink,
                .format = log.format()});
}

}  // namespace nano::server

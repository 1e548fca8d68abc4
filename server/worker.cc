// Wires listener, virtual hosts and app slots together on one event loop. See worker.h for
// ownership and threads.
#include "server/worker.h"

#include <signal.h>
#include <sys/prctl.h>
#include <uv.h>

#include <memory>
#include <optional>
#include <string>

#include "base/check.h"
#include "http/handler.h"
#include "http/http1/listener.h"
#include "net/handles.h"
#include "runtime/process.h"
#include "server/app_slot.h"
#include "server/log_flusher.h"
#include "server/memory_keeper.h"
#include "server/protocol_error_log.h"

namespace nano::server {
namespace {

// After the start of a worker. A request that comes earlier boots its own app first.
constexpr uint64_t kBootAheadMs = 2;

http::Limits LimitsOf(const config::HttpSettings& limits) {
  http::Limits http;
  http.header_bytes = limits.header_bytes;
  http.header_count = limits.header_count;
  http.target_bytes = limits.target_bytes;
  http.body_bytes = limits.body_bytes;
  http.idle_timeout = static_cast<uint64_t>(limits.idle_timeout.count());
  http.header_timeout = static_cast<uint64_t>(limits.header_timeout.count());
  http.body_timeout = static_cast<uint64_t>(limits.body_timeout.count());
  http.write_timeout = static_cast<uint64_t>(limits.write_timeout.count());
  http.max_connections = limits.connections;
  return http;
}

// Carries requests to the apps that their hosts name.
class Worker final : public http::Handler {
 public:
  explicit Worker(const WorkerOptions& options)
      : settings_(*options.settings),
        hosts_(options.catalog->hosts()),
        log_(*options.sink, options.format, static_cast<int>(options.number)),
        protocol_errors_(log_) {
    NANO_CHECK(uv_loop_init(&loop_) == 0);
    flusher_ = std::make_unique<LogFlusher>(&loop_, *options.sink);
    memory_ = std::make_unique<MemoryKeeper>(&loop_);
    context_.loop = &loop_;
    context_.log = &log_;
    context_.memory = memory_.get();
    context_.faults = options.faults;
    context_.worker = options.number - 1;
    slots_.reserve(options.catalog->apps().size());
    for (const ServedApp& app : options.catalog->apps()) {
      slots_.push_back(std::make_unique<AppSlot>(app, slots_.size(), context_));
    }
    listener_ = std::make_unique<http1::Listener>(&loop_, LimitsOf(settings_.limits), *this);
  }

  int Run(const std::vector<int>& sockets, int receiver);

 private:
  void OnRequest(http::ServerExchange& exchange, const http::RequestHead& head) override;
  void OnBody(http::ServerExchange& exchange, std::string_view part, bool last) override;
  void OnBodyError(http::ServerExchange& exchange, std::string_view reason) override;
  void OnDrain(http::ServerExchange& exchange) override;
  void OnAborted(http::ServerExchange& exchange) override;
  void OnProtocolError(int status, std::string_view reason, std::string_view peer) override;

  AppSlot* FindSlot(std::string_view authority);
  void RespondUnknownHost(http::ServerExchange& exchange, std::string_view authority);
  void RespondRefused(http::ServerExchange& exchange, uint64_t ms);
  void WatchSignals();
  void BootAhead();
  void Stop();
  void StopWhenIdle();

  static AppSlot& SlotOf(http::ServerExchange& exchange) {
    return *static_cast<AppSlot*>(exchange.context);
  }

  const Settings& settings_;
  const VirtualHosts& hosts_;
  Log log_;
  ProtocolErrorLog protocol_errors_;
  uv_loop_t loop_;
  SlotContext context_;
  std::unique_ptr<LogFlusher> flusher_;
  std::unique_ptr<MemoryKeeper> memory_;
  std::vector<std::unique_ptr<AppSlot>> slots_;  // In the order of the catalog's apps.
  std::string last_authority_;                   // The last one that FindSlot found …
  AppSlot* last_slot_ = nullptr;                 // … and what it found.
  std::unique_ptr<http1::Listener> listener_;
  std::optional<net::Signal> terminate_;
  std::optional<net::Timer> boot_ahead_;
  std::optional<net::Prepare> idle_check_;
  bool stopping_ = false;
  bool drained_ = false;  // No connection is left.
};

int Worker::Run(const std::vector<int>& sockets, int receiver) {
  for (const int fd : sockets) {
    if (Result<void> listening = listener_->Listen(fd); !listening.ok()) {
      log_.Error("cannot serve: " + listening.error().ToString());
      return 1;
    }
  }
  if (Result<void> receiving = listener_->Receive(receiver); !receiving.ok()) {
    log_.Error("cannot serve: " + receiving.error().ToString());
    return 1;
  }
  WatchSignals();
  BootAhead();
  uv_run(&loop_, UV_RUN_DEFAULT);
  return listener_->aborted() ? 1 : 0;
}

// The first isolate of a process pays for what all of them share: some milliseconds, which no
// request should wait for. So one app is booted once the worker has nothing else to do: none that
// killed a worker, as it may do so again.
void Worker::BootAhead() {
  boot_ahead_.emplace(&loop_, [this] {
    for (const auto& slot : slots_) {
      if (context_.live_isolates != 0) return;
      if (!slot->blamed()) slot->Acquire();
    }
  });
  boot_ahead_->Start(kBootAheadMs);
}

// The supervisor says when to stop. A terminal's Ctrl-C and its end reach the workers as well, and
// are the supervisor's business.
void Worker::WatchSignals() {
  signal(SIGINT, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  terminate_.emplace(&loop_, SIGTERM, [this](int) { Stop(); });
  sigset_t signals;
  sigemptyset(&signals);
  pthread_sigmask(SIG_SETMASK, &signals, nullptr);
}

void Worker::Stop() {
  if (stopping_) return;
  stopping_ = true;
  // Before each wait for events: whatever ends the last request or promise, this comes after it.
  idle_check_.emplace(&loop_, [this] { StopWhenIdle(); });
  idle_check_->Start();
  listener_->Stop(static_cast<uint64_t>(settings_.shutdown_timeout.count()),
                  [this] { drained_ = true; });
}

void Worker::StopWhenIdle() {
  if (!drained_) return;
  for (const auto& slot : slots_) {
    if (slot->pending() != 0) return;
  }
  uv_stop(&loop_);
}

// Requests of one host often come one after the other: the last answer is remembered. Null if no
// app answers for the host.
AppSlot* Worker::FindSlot(std::string_view authority) {
  if (last_slot_ != nullptr && authority == last_authority_) return last_slot_;
  const std::optional<VirtualHosts::App> app = hosts_.Find(authority);
  if (!app.has_value()) return nullptr;
  last_authority_ = authority;
  last_slot_ = slots_[*app].get();
  return last_slot_;
}

void Worker::OnRequest(http::ServerExchange& exchange, const http::RequestHead& head) {
  AppSlot* const found = FindSlot(head.authority);
  if (found == nullptr) return RespondUnknownHost(exchange, head.authority);
  AppSlot& slot = *found;
  if (const uint64_t ms = slot.RefusedFor(); ms != 0) [[unlikely]] {
    return RespondRefused(exchange, ms);
  }
  if (slot.Acquire() == nullptr) {
    return exchange.RespondError(503, "This app cannot be served; the server's log says why.");
  }
  exchange.context = &slot;
  if (head.authority.empty()) [[unlikely]] {
    // HTTP/1.0 without Host: a URL needs some host (RFC 9112, section 3.3).
    http::RequestHead named = head;
    named.authority = "localhost";
    slot.Enter([&](runtime::AppIsolate& isolate) { isolate.Dispatch(exchange, named); });
    return;
  }
  slot.Enter([&](runtime::AppIsolate& isolate) { isolate.Dispatch(exchange, head); });
}

// The authority was validated by the HTTP layer: it holds nothing that would need escaping in text.
void Worker::RespondUnknownHost(http::ServerExchange& exchange, std::string_view authority) {
  std::string text = "No app answers for the host \"";
  text += authority;
  text += "\". Add it to an app's `hosts` in nano.yaml, and start the server again.";
  exchange.RespondError(404, text);
}

// The app kills workers; each death costs what other apps have under way in the same one.
void Worker::RespondRefused(http::ServerExchange& exchange, uint64_t ms) {
  const std::string headers = "content-type: text/plain; charset=utf-8\r\nretry-after: " +
                              std::to_string((ms + 999) / 1000) + "\r\n";
  exchange.Respond({.status = 503, .headers = headers},
                   "This app is not served for a while, because it ended the server's workers; the "
                   "server's log says more.\n");
}

void Worker::OnBody(http::ServerExchange& exchange, std::string_view part, bool last) {
  SlotOf(exchange).Enter([&](auto& isolate) { isolate.OnBody(exchange, part, last); });
}

void Worker::OnBodyError(http::ServerExchange& exchange, std::string_view reason) {
  SlotOf(exchange).Enter([&](auto& isolate) { isolate.OnBodyError(exchange, reason); });
}

void Worker::OnDrain(http::ServerExchange& exchange) {
  SlotOf(exchange).Enter([&](auto& isolate) { isolate.OnDrain(exchange); });
}

void Worker::OnAborted(http::ServerExchange& exchange) {
  SlotOf(exchange).Enter([&](auto& isolate) { isolate.OnAborted(exchange); });
}

void Worker::OnProtocolError(int status, std::string_view reason, std::string_view peer) {
  protocol_errors_.Add(uv_now(&loop_), status, reason, peer);
}

}  // namespace

int RunWorker(const WorkerOptions& options) {
  const std::string title = "nano: worker " + std::to_string(options.number);
  uv_set_process_title(title.c_str());  // For the command line that ps shows …
  prctl(PR_SET_NAME, "nano");           // … but the program's name stays the name.
  // V8's threads inherit the blocked signals, so that only this one is interrupted.
  runtime::InitializeProcess({.threads = 1, .deterministic = false});
  // Never destroyed: handles and isolates are left to the end of the process.
  auto* worker = new Worker(options);
  return worker->Run(options.sockets, options.receiver);
}

}  // namespace nano::server

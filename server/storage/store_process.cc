// The loop, and who is on it. See store_process.h for ownership and threads.
#include "server/storage/store_process.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <uv.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/file.h"
#include "base/system_error.h"
#include "server/control/channel.h"
#include "server/log/log_flusher.h"
#include "server/sandbox/sandbox.h"
#include "server/storage/cache_service.h"
#include "server/storage/grants.h"
#include "server/storage/kv_service.h"
#include "server/storage/store_users.h"
#include "storage/kv/work_pool.h"

namespace nano::server {
namespace {

// Most of their time they wait for a disk.
constexpr size_t kThreads = 4;

// For the server's user alone, the folder itself; those above it are somebody else's.
Result<std::string> MakeFolder(const std::string& path) {
  TRY(MakeDirectories(path));
  if (chmod(path.c_str(), 0700) != 0) return SystemError(path, "protect", errno);
  return path;
}

class Store final : private Channel::Peer {
 public:
  Store(uv_loop_t* loop, const StoreOptions& options, Result<std::string> kv_folder)
      : loop_(loop),
        log_(*options.sink, options.format),
        // Lines of other threads are written by the loop's.
        pool_(kThreads),
        kv_(grants_, pool_, std::move(kv_folder), [this](const Error& error) { Tell(error); }),
        cache_(grants_, pool_, options.folder + "/cache", options.cache, options.epochs,
               [this](const Error& error) { Tell(error); }),
        users_(loop, log_,
               [this](StoreService service, StoreCall call) { OnCall(service, std::move(call)); }),
        news_(loop, [this] { LogErrors(); }),
        flusher_(loop, *options.sink) {
    news_.Unref();
  }

  Result<void> Start(int control) {
    control_ = TRY(Channel::Open(loop_, Descriptor(control), *this));
    return {};
  }

 private:
  void OnPacket(Packet packet) override {
    switch (static_cast<MessageKind>(packet.kind)) {
      case MessageKind::kStoreScopes:
        if (auto scopes = Decode<StoreScopes>(packet.body); scopes.ok()) {
          grants_.Set(std::move(scopes).value());
          kv_.OnGrants();
        }
        return;
      case MessageKind::kStoreUser:
        if (auto user = Decode<StoreUser>(packet.body); user.ok()) {
          users_.Add(std::move(packet.descriptor), std::move(user).value());
        }
        return;
      case MessageKind::kPing:
        (void)control_->Send(static_cast<uint8_t>(MessageKind::kPong), {});
        return;
      case MessageKind::kFinish:
        uv_stop(loop_);
        return;
      default:
        log_.Error("the store does not know a message of the supervisor's");
    }
  }

  // The supervisor is gone, and so is everybody else.
  void OnChannelEnd(std::string_view) override { uv_stop(loop_); }

  void OnCall(StoreService service, StoreCall call) {
    // What the supervisor has said of the scope may lie in the other socket still.
    if (!call.user.is_operator && !grants_.knows(call.scope)) {
      while (control_->ReceiveWithin(0)) {
      }
    }
    switch (service) {
      case StoreService::kKv:
        return kv_.OnCall(std::move(call));
      case StoreService::kCache:
        return cache_.OnCall(std::move(call));
    }
    call.done({});
  }

  void Tell(const Error& error) {
    const std::lock_guard lock(mutex_);
    errors_.push_back(error);
    news_.Send();
  }

  void LogErrors() {
    std::vector<Error> errors;
    {
      const std::lock_guard lock(mutex_);
      errors.swap(errors_);
    }
    for (const Error& error : errors) log_.Error("the store: " + error.ToString());
  }

  uv_loop_t* const loop_;
  Log log_;
  std::unique_ptr<Channel> control_;
  Grants grants_;
  kv::WorkPool pool_;
  KvService kv_;
  CacheService cache_;
  StoreUsers users_;
  std::mutex mutex_;
  std::vector<Error> errors_;
  net::Async news_;
  LogFlusher flusher_;
};

}  // namespace

int RunStore(const StoreOptions& options) {
  uv_set_process_title("nano: store");
  prctl(PR_SET_NAME, "nano");
  // It ends after those who use it, whoever signals all of them: the supervisor says when.
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR2}) signal(number, SIG_IGN);
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);

  Log log(*options.sink, options.format);
  Result<std::string> folder = MakeFolder(options.folder);
  Result<std::string> kv_folder = folder.ok() ? MakeFolder(options.folder + "/kv") : folder;
  if (!kv_folder.ok()) log.Error("the store has no folder: " + kv_folder.error().ToString());
  const auto cache_folder = folder.ok() ? MakeFolder(options.folder + "/cache") : kv_folder;
  if (!cache_folder.ok() && folder.ok()) {
    log.Error("the store has no folder for caches: " + cache_folder.error().ToString());
  }
  if (options.sandbox) EnterSandbox({.connections = 1024, .writable = options.folder});

  uv_loop_t loop;
  NANO_CHECK(uv_loop_init(&loop) == 0);
  // Never destroyed: what waits is nobody's any more, and what was acknowledged is on disk.
  auto* store = new Store(&loop, options, std::move(kv_folder));
  if (const Result<void> started = store->Start(options.control); !started.ok()) {
    log.Error("the store cannot start: " + started.error().ToString());
    return 1;
  }
  uv_run(&loop, UV_RUN_DEFAULT);
  return 0;
}

}  // namespace nano::server

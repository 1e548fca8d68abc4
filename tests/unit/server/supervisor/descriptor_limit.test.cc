// Tests of what the server has to be able to open, under real limits.
#include "server/supervisor/descriptor_limit.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/release/groups.h"
#include "server/release/release.h"
#include "server/supervisor/listening_sockets.h"
#include "server/supervisor/supervisor.h"

namespace nano::server {
namespace {

// Lets the process open so many files more, for as long as this lives.
class FilesMore {
 public:
  explicit FilesMore(rlim_t count) {
    REQUIRE(getrlimit(RLIMIT_NOFILE, &before_) == 0);
    const int next = dup(STDIN_FILENO);  // The lowest; those above it are free, or in the way.
    REQUIRE(next >= 0);
    close(next);
    rlimit limit = before_;
    limit.rlim_cur = static_cast<rlim_t>(next) + count;
    REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  }
  ~FilesMore() { setrlimit(RLIMIT_NOFILE, &before_); }
  FilesMore(const FilesMore&) = delete;
  FilesMore& operator=(const FilesMore&) = delete;

 private:
  rlimit before_{};
};

// Serves apps of two groups, and lets no more be opened than the channel of one.
struct LastOpened final : WorkersObserver {
  LastOpened() {
    std::vector<ServedApp> apps;
    for (const char* name : {"a", "b"}) {
      auto version = std::make_shared<AppVersion>();
      version->name = name;
      apps.push_back({.version = std::move(version), .group = name});
    }
    release = *Release::Make(1, std::move(apps));
    few.emplace(2);
  }
  void OnInCharge() override {}
  size_t broken() const override { return 0; }
  bool TriesAgain(size_t) const override { return false; }
  std::shared_ptr<const Release> current() const override { return release; }
  void OnStarted(WorkerLink&) override {}
  void OnMessage(WorkerLink&, MessageKind, const std::string&) override {}
  void OnEnded(WorkerLink&, const WorkerDeath&) override {}
  void OnBlamed(uint32_t) override {}
  void OnReloadSignal(std::function<void(bool)>) override {}
  void OnStopping(bool) override {}
  bool ended() const override { return true; }

  std::shared_ptr<const Release> release;
  std::optional<FilesMore> few;
};

TEST_CASE("a supervisor that cannot open what its groups need says why, and can be ended",
          "[limit]") {
  auto sockets = ListeningSockets::Open({{"127.0.0.1", 0}}, 1);
  REQUIRE(sockets.ok());
  const pid_t pid = fork();
  if (pid == 0) {
    LogSink sink(open("/dev/null", O_WRONLY));
    Log log(sink, LogFormat::kJson);
    AppFaults faults(1 + 1 + kMaxGroups);
    AppMetrics metrics(1, kMaxGroups);
    std::string told;
    {
      const Supervisor supervisor(
          {.workers = 1}, std::move(sockets).value(), faults, metrics, log,
          [](uv_loop_t*, Workers&) { return std::make_unique<LastOpened>(); });
      if (supervisor.failure()) told = supervisor.failure()->ToString();
    }
    _exit(told.find("Too many open files") != told.npos ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(pid, &status, 0) == pid);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("a limit of open files that is too low is told, with what would be enough", "[limit]") {
  CHECK(CheckDescriptorLimit(2, 3).ok());
  {
    const FilesMore few(10);
    const Result<void> checked = CheckDescriptorLimit(2, 3);
    REQUIRE_FALSE(checked.ok());
    CHECK_THAT(checked.error().ToString(), Catch::Contains("for 2 workers and 3 groups") &&
                                               Catch::Contains("Too many open files") &&
                                               Catch::Contains("ulimit -n"));
  }
  // Nothing of it is left open.
  const FilesMore enough(100);
  for (int i = 0; i < 10; ++i) CHECK(CheckDescriptorLimit(2, 3).ok());
}

}  // namespace
}  // namespace nano::server

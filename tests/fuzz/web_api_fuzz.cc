// Fuzzes the native ops through the Web APIs: whatever an app passes to them, the process must not
// die, and every exception must be one that a specification asks for.
//
// The ops themselves trust their only caller, the runtime's TypeScript, which is not in an app's
// reach; so they are driven through it, by every global, constructor, method, getter and setter
// that there is, with arbitrary values: proxies, detached and resizable buffers, getters that
// throw, detach or call back. A fourth of the rounds has patched the language's prototypes before.
//
//   nano-fuzz-web-apis [--rounds=N] [--seed=N] [--trace]
//
// A round is the same for the same seed, but for the order in which other threads finish. Rounds
// run in child processes; a death, a hang or a suspicious exception is reported with its seed and
// its last call, and `--rounds=1 --seed=N --trace` shows all of that round's calls.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string>
#include <string_view>

#include "base/check.h"
#include "runtime/entry.h"
#include "runtime/identity.h"
#include "runtime/process.h"
#include "snapshot/container.h"
#include "tests/fuzz/web_api_round.h"

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kExitScripts = 3;  // The fuzzer's own scripts failed.
constexpr auto kHang = std::chrono::seconds(60);

struct Options {
  uint32_t rounds = 200;
  uint32_t seed = 1;
  bool trace = false;
};

// What the parent knows of a child that died: memory that both share.
struct Progress {
  std::atomic<uint32_t> seed;
  char call[512];
};

void Write(int file, std::string text) {
  text += '\n';
  (void)!write(file, text.data(), text.size());
}

[[noreturn]] void RunChild(const Options& options, uint32_t first, uint32_t end, Progress& progress,
                           int suspects) {
  nano::runtime::InitializeProcess({.threads = 1, .deterministic = false});
  const auto base = nano::snapshot::Container::Open(
      nano::runtime::LibraryDirectory() + "/base.snapshot", nano::runtime::CurrentIdentity());
  const auto scripts = nano::fuzz::ReadScripts(NANO_SOURCE_DIR "/tests/fuzz/web-apis");
  if (!base.ok() || !scripts.ok()) {
    std::fprintf(stderr, "%s\n", (base.ok() ? scripts.error() : base.error()).ToString().c_str());
    _exit(kExitScripts);
  }
  const nano::runtime::AppImage image = base->Image("base");
  const nano::fuzz::RoundHooks hooks{
      .trace =
          [&](std::string_view call) {
            const size_t size = std::min(call.size(), sizeof progress.call - 1);
            std::memcpy(progress.call, call.data(), size);
            progress.call[size] = 0;
            if (options.trace) Write(STDERR_FILENO, std::string(call));
          },
      .suspect = [&](std::string_view text) { Write(suspects, std::string(text)); },
  };
  for (uint32_t seed = first; seed != end; ++seed) {
    progress.seed = seed;
    if (auto result = nano::fuzz::RunRound(image, seed, *scripts, hooks); !result.ok()) {
      std::fprintf(stderr, "%s\n", result.error().ToString().c_str());
      _exit(kExitScripts);
    }
  }
  progress.seed = end;
  _exit(0);
}

class Fuzzer {
 public:
  explicit Fuzzer(const Options& options) : options_(options) {
    void* memory =
        mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    NANO_CHECK(memory != MAP_FAILED);
    progress_ = new (memory) Progress{};
  }

  // Returns whether nothing was found.
  bool Run() {
    const uint32_t end = options_.seed + options_.rounds;
    for (uint32_t next = options_.seed; next != end;) {
      RunBatch(next, end);
      // A child that died takes its seed with it.
      next = progress_->seed == end ? end : progress_->seed + 1;
    }
    std::printf("%u rounds, %u deaths, %zu suspicious exceptions\n", options_.rounds, deaths_,
                seen_.size());
    return deaths_ == 0 && seen_.empty();
  }

 private:
  void RunBatch(uint32_t first, uint32_t end) {
    int ends[2];
    NANO_CHECK(pipe2(ends, O_CLOEXEC) == 0);
    progress_->seed = first;
    std::fflush(nullptr);
    const pid_t child = fork();
    NANO_CHECK(child >= 0);
    if (child == 0) {
      close(ends[0]);
      RunChild(options_, first, end, *progress_, ends[1]);
    }
    close(ends[1]);
    const bool hangs = !ReadSuspects(ends[0]);
    close(ends[0]);
    if (hangs) kill(child, SIGKILL);
    int status = 0;
    while (waitpid(child, &status, 0) < 0) NANO_CHECK(errno == EINTR);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
    ++deaths_;
    std::printf("seed %u %s in: %s\n", progress_->seed.load(),
                hangs                 ? "hangs"
                : WIFSIGNALED(status) ? strsignal(WTERMSIG(status))
                                      : "failed",
                progress_->call);
    std::fflush(stdout);
  }

  // Until the child is gone; false if it makes no progress any more.
  bool ReadSuspects(int file) {
    std::string text;
    uint32_t seed = progress_->seed;
    auto since = Clock::now();
    for (;;) {
      if (progress_->seed != seed) {
        seed = progress_->seed;
        since = Clock::now();
      }
      if (Clock::now() - since > kHang) return false;
      pollfd watched{.fd = file, .events = POLLIN, .revents = 0};
      if (poll(&watched, 1, 1000) <= 0) continue;
      char buffer[4096];
      const ssize_t size = read(file, buffer, sizeof buffer);
      if (size <= 0) return true;
      text.append(buffer, static_cast<size_t>(size));
      for (size_t line; (line = text.find('\n')) != std::string::npos; text.erase(0, line + 1)) {
        AddSuspect(text.substr(0, line), seed);
      }
    }
  }

  // Each is reported once, with the first seed. The call is behind the exception, in parentheses.
  void AddSuspect(const std::string& text, uint32_t seed) {
    if (!seen_.insert(text.substr(0, text.rfind(" ("))).second) return;
    std::printf("suspicious: %s, seed %u\n", text.c_str(), seed);
    std::fflush(stdout);
  }

  const Options options_;
  Progress* progress_ = nullptr;
  uint32_t deaths_ = 0;
  std::set<std::string> seen_;
};

}  // namespace

// Under AddressSanitizer, allocations beyond all bounds are refused, as they are without it.
extern "C" __attribute__((visibility("default"), used)) const char* __asan_default_options() {
  return "allocator_may_return_null=1";
}

int NanoMain(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument.starts_with("--rounds=")) {
      options.rounds = static_cast<uint32_t>(std::strtoul(argv[i] + 9, nullptr, 10));
    } else if (argument.starts_with("--seed=")) {
      options.seed = static_cast<uint32_t>(std::strtoul(argv[i] + 7, nullptr, 10));
    } else if (argument == "--trace") {
      options.trace = true;
    } else {
      std::fprintf(stderr, "usage: nano-fuzz-web-apis [--rounds=N] [--seed=N] [--trace]\n");
      return 2;
    }
  }
  return Fuzzer(options).Run() ? 0 : 1;
}

// nano-bench-calls PORT PATH PARALLEL ROUNDS: what calls cost in the client alone, without
// JavaScript or a server around it. Each round asks nano-bench-origin on PORT for PATH, PARALLEL
// times at once, over one pool; prints the CPU time of a call. Thread: the process's only one.
//
// MakeCalls is what callgrind is to count: --toggle-collect='nano::MakeCalls*'.
#include <sys/resource.h>
#include <unistd.h>
#include <uv.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "http/client/pool.h"
#include "http/client/pooled_call.h"
#include "runtime/entry.h"

namespace nano {
namespace {

struct Options {
  uint16_t port = 0;
  std::string path;
  int parallel = 0;
  int rounds = 0;
};

// Reads a response to its end, as an app that wants all of it.
class Reader final : private http::Caller {
 public:
  Reader(http::Pool& pool, const Options& options, int& waiting) : waiting_(waiting) {
    const std::string authority = "127.0.0.1:" + std::to_string(options.port);
    call_ = std::make_unique<http::PooledCall>(
        pool, http::Route{.host = "127.0.0.1", .port = options.port},
        http::CallRequest{.scheme = "http",
                          .authority = authority,
                          .method = "GET",
                          .target = options.path,
                          .headers = "accept: */*\r\naccept-language: *\r\nuser-agent: bench\r\n"
                                     "accept-encoding: gzip, deflate, br, zstd\r\n"},
        static_cast<http::Caller&>(*this));
  }

 private:
  void OnHead(const http::CallResponse& response) override {
    if (response.status != 200) Fail("status " + std::to_string(response.status));
    call_->Read();
  }
  void OnBody(std::string_view) override { call_->Read(); }
  void OnEnd() override { --waiting_; }
  void OnFailed(const http::Failure& failure) override { Fail(failure.message); }
  void OnDrained() override {}

  [[noreturn]] static void Fail(const std::string& problem) {
    std::fprintf(stderr, "nano-bench-calls: %s\n", problem.c_str());
    std::exit(1);
  }

  int& waiting_;
  std::unique_ptr<http::Call> call_;
};

double CpuMicroseconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

}  // namespace

// One parallel batch after the other.
__attribute__((noinline)) void MakeCalls(uv_loop_t* loop, http::Pool& pool, const Options& options,
                                         int rounds) {
  std::vector<std::unique_ptr<Reader>> readers;
  for (int round = 0; round < rounds; ++round) {
    int waiting = options.parallel;
    for (int i = 0; i < options.parallel; ++i) {
      readers.push_back(std::make_unique<Reader>(pool, options, waiting));
    }
    const auto done = [&waiting] { return waiting == 0; };
    while (!done()) uv_run(loop, UV_RUN_ONCE);
    readers.clear();
  }
}

}  // namespace nano

int NanoMain(int argc, char** argv) {
  nano::Options options;
  if (argc == 5) {
    options = {.port = static_cast<uint16_t>(std::atoi(argv[1])),
               .path = argv[2],
               .parallel = std::atoi(argv[3]),
               .rounds = std::atoi(argv[4])};
  }
  if (options.parallel < 1 || options.rounds < 1) {
    std::fprintf(stderr, "usage: nano-bench-calls PORT PATH PARALLEL ROUNDS\n");
    return 2;
  }
  uv_loop_t loop;
  uv_loop_init(&loop);
  nano::http1::ClientLoop client_loop(&loop);
  nano::http::Pool pool(client_loop, {});
  nano::MakeCalls(&loop, pool, options, 1);  // Connections are made.
  const double before = nano::CpuMicroseconds();
  nano::MakeCalls(&loop, pool, options, options.rounds);
  std::printf("%.2f µs of CPU time for each call\n",
              (nano::CpuMicroseconds() - before) / options.rounds / options.parallel);
  std::fflush(nullptr);
  _exit(0);
}

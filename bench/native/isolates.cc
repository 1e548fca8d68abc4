// nano-bench-isolates [--pause US] SNAPSHOT…: what isolates cost without a server around them.
// Boots one from each snapshot file, keeps them all, and prints the time of boot, first and later
// requests and the memory of each further isolate.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "runtime/app_isolate.h"
#include "runtime/engine/entry.h"
#include "runtime/identity.h"
#include "runtime/process.h"
#include "snapshot/container.h"

namespace nano {
namespace {

using Clock = std::chrono::steady_clock;

double MillisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double ResidentKilobytes() {
  std::ifstream statm("/proc/self/statm");
  long size = 0, resident = 0;
  statm >> size >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1024;
}

double MedianOf(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

class QuietHost final : public runtime::IsolateHost {
 public:
  void ArmTimer(double) override {}
  void Wake() override {}
  void Log(runtime::LogLevel, std::string_view text) override {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(text.size()), text.data());
  }
};

class NullExchange final : public runtime::Exchange {
 public:
  void ReadBody(bool) override {}
  void Respond(const runtime::ResponseHead&, std::string_view) override {}
  void StartBody(const runtime::ResponseHead&, std::optional<uint64_t>) override {}
  bool WriteBody(std::string_view) override { return true; }
  void EndBody() override {}
  void Fail() override { std::fprintf(stderr, "a request failed\n"); }
};

void Ask(runtime::AppIsolate& app) {
  static NullExchange exchange;
  app.Dispatch(exchange,
               {.method = "GET",
                .scheme = "http",
                .authority = "bench.localhost:8080",
                .target = "/",
                .headers = "host\nbench.localhost:8080\nuser-agent\nbench\naccept\n*/*\n"});
}

int Run(const std::vector<std::string>& paths, useconds_t pause) {
  std::vector<std::unique_ptr<snapshot::Container>> containers;
  std::vector<runtime::AppImage> images;
  for (const std::string& path : paths) {
    auto container = snapshot::Container::Open(path, runtime::CurrentIdentity());
    if (!container) {
      std::fprintf(stderr, "%s\n", container.error().ToString().c_str());
      return 1;
    }
    containers.push_back(std::make_unique<snapshot::Container>(std::move(container).value()));
    images.push_back(containers.back()->Image("bench"));
  }

  runtime::InitializeProcess({});
  QuietHost host;
  std::vector<std::unique_ptr<runtime::AppIsolate>> apps;
  std::vector<double> boots, firsts;
  double resident = 0;
  for (const runtime::AppImage& image : images) {
    usleep(pause);
    if (apps.size() == 1) resident = ResidentKilobytes();
    auto start = Clock::now();
    auto app = runtime::AppIsolate::Boot({.image = &image, .host = &host});
    if (!app) {
      std::fprintf(stderr, "%s\n", app.error().ToString().c_str());
      return 1;
    }
    boots.push_back(MillisecondsSince(start));
    apps.push_back(std::move(app).value());
    start = Clock::now();
    Ask(*apps.back());
    firsts.push_back(MillisecondsSince(start));
  }
  const double further = std::max<double>(1, static_cast<double>(apps.size()) - 1);
  const double busy = (ResidentKilobytes() - resident) / further;
  for (const auto& app : apps) app->ReleaseMemory();
  const double idle = (ResidentKilobytes() - resident) / further;

  constexpr int kRequests = 300'000;
  for (int i = 0; i < kRequests / 10; ++i) Ask(*apps.front());
  const auto start = Clock::now();
  for (int i = 0; i < kRequests; ++i) Ask(*apps.front());
  const double warm = MillisecondsSince(start) * 1e6 / kRequests;

  std::printf(
      "%zu isolates: boot %.2f ms (least %.2f), first request %.3f ms, warm request %.0f ns; each "
      "further one %.0f KB, %.0f KB when idle\n",
      apps.size(), MedianOf(boots), *std::min_element(boots.begin(), boots.end()), MedianOf(firsts),
      warm, busy, idle);
  return 0;
}

}  // namespace
}  // namespace nano

int NanoMain(int argc, char** argv) {
  std::vector<std::string> paths(argv + 1, argv + argc);
  useconds_t pause = 0;
  if (paths.size() > 2 && paths[0] == "--pause") {
    pause = static_cast<useconds_t>(std::strtoul(paths[1].c_str(), nullptr, 10));
    paths.erase(paths.begin(), paths.begin() + 2);
  }
  if (paths.empty() || paths[0].starts_with("-")) {
    std::fprintf(stderr, "usage: nano-bench-isolates [--pause MICROSECONDS] SNAPSHOT...\n");
    return 2;
  }
  const int status = nano::Run(paths, pause);
  std::fflush(nullptr);
  _exit(status);  // Hundreds of isolates need not be taken down one by one.
}

// nano-bench-isolates [--pause US] [--requests N] [--retire N] [--post FILE] SNAPSHOT…: what
// isolates cost without a server around them. Boots one from each snapshot file, keeps them all,
// and prints the time of boot, first and later requests and the memory of each further isolate.
// With --retire, N isolates are booted, asked and ended instead, one after the other and then all
// at once, beside one that stays: what time their ends take, and what they leave. Thread: the
// process's only one.
//
// BootIsolate, AskFirst and AskWarm are what bench/instructions counts the instructions of.
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/process_memory.h"
#include "runtime/app_isolate.h"
#include "runtime/entry.h"
#include "runtime/identity.h"
#include "runtime/process.h"
#include "snapshot/container.h"

namespace nano {
namespace {

using Clock = std::chrono::steady_clock;

double MillisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double ResidentKilobytes() { return static_cast<double>(MemoryGauge().Read().resident) / 1024; }

double OwnMegabytes() { return static_cast<double>(MemoryGauge().Read().own()) / 1e6; }

double MedianOf(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

// Takes any answer, and has the request's body ready.
class NullExchange final : public http::Exchange {
 public:
  NullExchange(runtime::AppIsolate& app, const std::string& body) : app_(app), body_(body) {}

  void ReadBody(bool) override { app_.OnBody(*this, body_, true); }
  void Respond(const http::ResponseHead&, std::string_view) override {}
  void StartBody(const http::ResponseHead&, std::optional<uint64_t>) override {}
  bool WriteBody(std::string_view) override { return true; }
  void EndBody() override {}
  void Fail() override { std::fprintf(stderr, "a request failed\n"); }

 private:
  runtime::AppIsolate& app_;
  const std::string& body_;
};

// What is asked: GET, or POST of a file that begins with a line for its Content-Type.
struct Question {
  std::string method = "GET";
  std::string headers = "host\nbench.localhost:8080\nuser-agent\nbench\naccept\n*/*\n";
  std::string body;
};

Question Post(const std::string& path) {
  Question question{.method = "POST", .body = {}};
  std::ifstream file(path);
  std::string type;
  std::getline(file, type);
  question.headers += "content-type\n" + type + "\n";
  question.body.assign(std::istreambuf_iterator(file), {});
  return question;
}

void Ask(runtime::AppIsolate& app, const Question& question) {
  NullExchange exchange(app, question.body);
  app.Dispatch(exchange, {.method = question.method,
                          .scheme = "http",
                          .authority = "bench.localhost:8080",
                          .target = "/",
                          .headers = question.headers,
                          .has_body = !question.body.empty()});
}

struct Options {
  std::vector<std::string> paths;
  Question question;
  useconds_t pause = 0;
  int requests = 300'000;
  int retire = 0;
};

}  // namespace

// Functions of their own in the executable: neither inlined nor folded into one.
[[gnu::noipa]] Result<std::unique_ptr<runtime::AppIsolate>> BootIsolate(
    const runtime::AppImage& image) {
  return runtime::AppIsolate::Boot({.image = &image});
}

[[gnu::noipa]] void AskFirst(runtime::AppIsolate& app, const Question& question) {
  Ask(app, question);
}

[[gnu::noipa]] void AskWarm(runtime::AppIsolate& app, const Question& question, int requests) {
  for (int i = 0; i < requests; ++i) Ask(app, question);
}

namespace {

// Ends them as a worker does, with pauses in which it would have nothing to do.
int Retire(const std::vector<runtime::AppImage>& images, const Options& options) {
  const auto boot = [&](size_t i) {
    auto app = BootIsolate(images[i % images.size()]);
    NANO_CHECK(app.ok());
    AskFirst(**app, options.question);
    return std::move(app).value();
  };
  const auto count = static_cast<size_t>(options.retire);
  const auto stays = boot(0);
  for (size_t i = 0; i < 10; ++i) boot(i);
  const double before = OwnMegabytes();
  double ends = 0;
  for (size_t i = 0; i < count; ++i) {
    auto app = boot(i);
    const auto start = Clock::now();
    app.reset();
    ends += MillisecondsSince(start);
  }
  const double after_each = OwnMegabytes();
  std::vector<std::unique_ptr<runtime::AppIsolate>> apps;
  for (size_t i = 0; i < count; ++i) apps.push_back(boot(i));
  const double all = OwnMegabytes();
  apps.clear();
  const double after_all = OwnMegabytes();
  const auto start = Clock::now();
  malloc_trim(0);
  const double trim = MillisecondsSince(start);
  const double trimmed = OwnMegabytes();
  std::printf(
      "%zu isolates retired, %.3f ms each; own memory %.1f MB before, %.1f after they came and "
      "went "
      "one by one, %.1f with all of them, %.1f after their end, %.1f after malloc_trim(3), which "
      "took "
      "%.1f ms\n",
      count, ends / options.retire, before, after_each, all, after_all, trimmed, trim);
  return 0;
}

int Run(const Options& options) {
  std::vector<std::unique_ptr<snapshot::Container>> containers;
  std::vector<runtime::AppImage> images;
  for (const std::string& path : options.paths) {
    auto container = snapshot::Container::Open(path, runtime::CurrentIdentity());
    if (!container.ok()) {
      std::fprintf(stderr, "%s\n", container.error().ToString().c_str());
      return 1;
    }
    containers.push_back(std::make_unique<snapshot::Container>(std::move(container).value()));
    images.push_back(containers.back()->Image("bench"));
  }

  runtime::InitializeProcess({});
  if (options.retire > 0) return Retire(images, options);
  std::vector<std::unique_ptr<runtime::AppIsolate>> apps;
  std::vector<double> boots, firsts;
  double resident = 0;
  for (const runtime::AppImage& image : images) {
    usleep(options.pause);
    if (apps.size() == 1) resident = ResidentKilobytes();
    auto start = Clock::now();
    auto app = BootIsolate(image);
    if (!app.ok()) {
      std::fprintf(stderr, "%s\n", app.error().ToString().c_str());
      return 1;
    }
    boots.push_back(MillisecondsSince(start));
    apps.push_back(std::move(app).value());
    start = Clock::now();
    AskFirst(*apps.back(), options.question);
    firsts.push_back(MillisecondsSince(start));
  }
  const double further = std::max<double>(1, static_cast<double>(apps.size()) - 1);
  const double busy = (ResidentKilobytes() - resident) / further;
  for (const auto& app : apps) app->ReleaseMemory();
  const double idle = (ResidentKilobytes() - resident) / further;

  for (int i = 0; i < options.requests / 10; ++i) Ask(*apps.front(), options.question);
  const auto start = Clock::now();
  AskWarm(*apps.front(), options.question, options.requests);
  const double warm = MillisecondsSince(start) * 1e6 / options.requests;

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
  nano::Options options;
  options.paths.assign(argv + 1, argv + argc);
  const auto number = [&](std::string_view name, long otherwise) {
    if (options.paths.size() < 2 || options.paths[0] != name) return otherwise;
    const long value = std::strtol(options.paths[1].c_str(), nullptr, 10);
    options.paths.erase(options.paths.begin(), options.paths.begin() + 2);
    return value;
  };
  options.pause = static_cast<useconds_t>(number("--pause", options.pause));
  options.requests = static_cast<int>(number("--requests", options.requests));
  options.retire = static_cast<int>(number("--retire", options.retire));
  if (options.paths.size() > 2 && options.paths[0] == "--post") {
    options.question = nano::Post(options.paths[1]);
    options.paths.erase(options.paths.begin(), options.paths.begin() + 2);
  }
  if (options.paths.empty() || options.paths[0].starts_with("-") || options.requests < 1) {
    std::fprintf(stderr,
                 "usage: nano-bench-isolates [--pause MICROSECONDS] [--requests N] [--retire N] "
                 "[--post FILE] SNAPSHOT...\n");
    return 2;
  }
  const int status = nano::Run(options);
  std::fflush(nullptr);
  _exit(status);  // Hundreds of isolates need not be taken down one by one.
}

// Slots whose isolates are real, on a loop of the test's own, with all else that a worker gives
// them.
//
// They have a program of their own, since they start the engine, whose threads would not survive
// the forks of the server's other tests. Thread: the test's own.
#pragma once

#include <sys/mman.h>
#include <unistd.h>
#include <uv.h>

#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/descriptor.h"
#include "base/file.h"
#include "server/worker/app_slot.h"
#include "server/worker/idle_memory.h"
#include "server/worker/residents.h"
#include "tests/unit/run_until.h"
#include "tests/unit/runtime/runtime_fixture.h"

namespace nano::server::testing {

// An app, built; its slots must not outlive it. The blob is in a file, as it is in a server: idle
// slots give its pages back.
class BuiltApp {
 public:
  explicit BuiltApp(std::string_view body) : bundle_(runtime::testing::BundleOf(body)) {
    const auto built = runtime::testing::TryBuild(bundle_);
    REQUIRE(std::holds_alternative<runtime::AppSnapshot>(built));
    const std::string_view blob = std::get<runtime::AppSnapshot>(built).blob;
    const Descriptor file(memfd_create("blob", MFD_CLOEXEC));
    REQUIRE(WriteAll(file.get(), blob));
    void* const bytes = mmap(nullptr, blob.size(), PROT_READ, MAP_PRIVATE, file.get(), 0);
    REQUIRE(bytes != MAP_FAILED);
    blob_ = {static_cast<const char*>(bytes), blob.size()};
  }
  ~BuiltApp() { munmap(const_cast<char*>(blob_.data()), blob_.size()); }
  BuiltApp(const BuiltApp&) = delete;
  BuiltApp& operator=(const BuiltApp&) = delete;

  runtime::AppImage image() const {
    return {.name = "app", .blob = blob_, .source = bundle_, .source_map = {}};
  }

 private:
  const std::string bundle_;
  std::string_view blob_;
};

// A request of nobody, and what was answered to it.
struct AskedByTest final : http::ServerExchange {
  void ReadBody(bool) override {}
  void Respond(const http::ResponseHead& head, std::string_view bytes) override {
    status = head.status;
    body = bytes;
  }
  void StartBody(const http::ResponseHead& head, std::optional<uint64_t>) override {
    status = head.status;
  }
  bool WriteBody(std::string_view part) override {
    body += part;
    return true;
  }
  void EndBody() override {}
  void Fail() override { failed = true; }
  std::string_view peer() override { return {}; }
  void RespondError(int error, std::string_view text) override {
    status = error;
    body = text;
  }

  std::string body;
  bool failed = false;
};

class SlotFixture {
 public:
  SlotFixture() {
    REQUIRE(uv_loop_init(&loop) == 0);
    log_file_ = memfd_create("log", MFD_CLOEXEC);
    sink_.emplace(log_file_);
    log_.emplace(*sink_, LogFormat::kJson);
    idle_memory_.emplace(&loop);
    clients_.emplace(&loop);
    context.loop = &loop;
    context.log = &*log_;
    context.idle_memory = &*idle_memory_;
    context.residents = &UseResidents({});
    context.clients = &*clients_;
    context.faults = &faults_;
    context.metrics = &metrics;
    context.takes_turns = false;  // Or ticks of other tests would decide what is answered at once.
  }
  ~SlotFixture() {
    residents_.reset();
    clients_.reset();
    idle_memory_.reset();
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&loop) == 0);
  }

  // With other bounds; before there are slots. Nothing is used unless `options` has it.
  Residents& UseResidents(Residents::Options options) {
    if (!options.used) options.used = [] { return uint64_t{0}; };
    residents_.emplace(&loop, *log_, std::move(options));
    context.residents = &*residents_;
    return *residents_;
  }

  // A version of an app, which outlives the slot; `change` sets what the test is about.
  std::unique_ptr<AppSlot> Slot(
      const BuiltApp& app, const AppTerms& terms = {},
      const std::function<void(AppVersion&)>& change = [](AppVersion&) {}) {
    auto version = std::make_shared<AppVersion>();
    version->id = ++last_version_;
    version->name = "app";
    version->image = app.image();
    version->memory = terms.limits.memory;
    version->external_memory = terms.limits.external_memory;
    change(*version);
    return std::make_unique<AppSlot>(std::move(version), terms, context);
  }

  static void Ask(AppSlot& slot, http::ServerExchange& exchange, std::string_view target) {
    slot.Answer(exchange, {.method = "GET",
                           .scheme = "http",
                           .authority = "app.test",
                           .target = target,
                           .headers = "host\napp.test\n"});
  }

  bool Until(const std::function<bool()>& done) { return test::RunUntil(loop, done); }

  std::string LogText() const {
    std::string text(64 << 10, '\0');
    const ssize_t size = pread(log_file_, text.data(), text.size(), 0);
    text.resize(size < 0 ? 0 : static_cast<size_t>(size));
    return text;
  }

  uv_loop_t loop;
  SlotContext context;
  AppMetrics metrics{1};

 private:
  int log_file_ = -1;
  std::optional<LogSink> sink_;
  std::optional<Log> log_;
  std::optional<IdleMemory> idle_memory_;
  std::optional<Residents> residents_;
  std::optional<ClientState> clients_;
  AppFaults faults_{1};
  uint32_t last_version_ = 0;
};

}  // namespace nano::server::testing

// An exchange that looks at a word. See scheduled_runs.h for ownership and threads.
#include "server/worker/scheduled_runs.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "http/handler.h"
#include "net/handles.h"
#include "server/log/request_id.h"

namespace nano::server {
namespace {

constexpr size_t kLongestOutcome = 32;
constexpr std::string_view kFailed = "exception";

}  // namespace

class ScheduledRuns::Run final : public http::ServerExchange {
 public:
  Run(ScheduledRuns& runs, const RunStart& start)
      : runs_(runs),
        token_(start.token),
        timer_(runs.loop_, [this] { runs_.Finish(*this, end_); }) {
    depth = 1;  // A client's request it is not.
    Json event;
    event.Set("cron", start.cron).Set("scheduledTime", start.time);
    aim = std::make_shared<const http::ServiceAim>(http::ServiceAim{
        .entrypoint = {}, .props = {}, .method = {}, .scheduled = event.ToString()});
  }

  void Begin(AppSlot& slot) {
    slot.Run(*this, {.method = "GET",
                     .scheme = "http",
                     .authority = "cron.internal",
                     .target = "/scheduled",
                     .headers = {}});
  }

 private:
  void ReadBody(bool) override {
    if (responder != nullptr) responder->OnBody(*this, {}, true);
  }
  void Respond(const http::ResponseHead&, std::string_view body) override { End(body); }
  // What answers is whole.
  void StartBody(const http::ResponseHead&, std::optional<uint64_t>) override {}
  bool WriteBody(std::string_view) override { return true; }
  void EndBody() override { End(kFailed); }
  void Fail() override { End(kFailed); }
  void RespondError(int, std::string_view) override { End(kFailed); }
  std::string_view peer() override { return {}; }

  void End(std::string_view outcome) {
    if (!end_.outcome.empty()) return;
    responder = nullptr;
    if (refusal != nullptr) outcome = refusal;
    end_ = {.token = token_,
            .outcome = std::string(outcome.substr(0, kLongestOutcome)),
            .why = {},
            .ms = (uv_hrtime() - began) / 1'000'000,
            .request = RequestIdOf(*this)};
    timer_.Start(0);  // Whoever answers is in the middle of it.
  }

  ScheduledRuns& runs_;
  const uint64_t token_;
  net::Timer timer_;
  RunEnd end_;
};

ScheduledRuns::ScheduledRuns(uv_loop_t* loop, Router& router, RunMarks& marks, Tell tell)
    : loop_(loop), router_(router), marks_(marks), tell_(std::move(tell)) {}

ScheduledRuns::~ScheduledRuns() = default;

void ScheduledRuns::Start(const RunStart& start) {
  const auto refuse = [&](std::string why) {
    tell_({.token = start.token,
           .outcome = "refused",
           .why = std::move(why),
           .ms = 0,
           .request = {}});
  };
  const Route* const route = router_.FindApp(start.app);
  if (route == nullptr || route->slot == nullptr) return refuse("this worker does not run the app");
  if (route->slot->version().files_alone()) return refuse("the app has no code, but files alone");
  if (!marks_.Begin(start.mark, start.token)) return;  // Somebody else has it.
  runs_.push_back(std::make_unique<Run>(*this, start));
  runs_.back()->Begin(*route->slot);
}

void ScheduledRuns::Finish(Run& run, const RunEnd& end) {
  tell_(end);
  runs_.remove_if([&run](const std::unique_ptr<Run>& each) { return each.get() == &run; });
}

}  // namespace nano::server

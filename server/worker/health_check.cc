// An exchange that looks at its response. See health_check.h for ownership and threads.
#include "server/worker/health_check.h"

#include <algorithm>
#include <utility>

namespace nano::server {
namespace {

constexpr size_t kExcerpt = 200;  // Bytes of a response that are told.
constexpr std::string_view kHeaders = "accept\n*/*\nuser-agent\nnano-health-check\n";

Result<void> Judge(int status, const std::string& path, const std::string& text) {
  if (status < 400) return {};
  std::string message = "GET " + path + " was answered with " + std::to_string(status);
  if (!text.empty()) message += ": " + text;
  return Error{std::move(message), {}, {}};
}

}  // namespace

HealthCheck::HealthCheck(uv_loop_t* loop, AppSlot& slot, std::string host, Done done)
    : slot_(slot), host_(std::move(host)), done_(std::move(done)), timer_(loop, [this] {
        if (outcome_) return done_(*std::exchange(outcome_, std::nullopt));
        if (!asked_) return Ask();
        TakeBack();
        const Deployment& deployment = slot_.version().deployment;
        Tell(Error{"GET " + deployment.health + " was not answered within " +
                       std::to_string(deployment.health_timeout.count()) + " ms",
                   {},
                   "Raise health_timeout, if the app may take longer."});
      }) {
  timer_.Start(0);
}

HealthCheck::~HealthCheck() { TakeBack(); }

void HealthCheck::Ask() {
  asked_ = true;
  const Deployment& deployment = slot_.version().deployment;
  timer_.Start(static_cast<uint64_t>(deployment.health_timeout.count()));
  slot_.Answer(*this, {.method = "GET",
                       .scheme = "http",
                       .authority = host_,
                       .target = deployment.health,
                       .headers = kHeaders});
}

// As if the client had gone away.
void HealthCheck::TakeBack() {
  if (!asked_ || ended_) return;
  if (responder != nullptr) std::exchange(responder, nullptr)->OnAborted(*this);
  ended_ = true;
  TellEnded(http::Ending::kAborted);
}

void HealthCheck::End(http::Ending ending, Result<void> outcome) {
  if (ended_) return;
  responder = nullptr;
  ended_ = true;
  TellEnded(ending);
  Tell(std::move(outcome));
}

void HealthCheck::Tell(Result<void> outcome) {
  outcome_ = std::move(outcome);
  timer_.Start(0);  // Whoever waits may end the slot, which is being called.
}

void HealthCheck::ReadBody(bool whole) {
  (void)whole;
  if (responder != nullptr) responder->OnBody(*this, {}, true);
}

void HealthCheck::Respond(const http::ResponseHead& head, std::string_view body) {
  RespondError(head.status, body);
}

void HealthCheck::StartBody(const http::ResponseHead& head, std::optional<uint64_t>) {
  status = head.status;
}

bool HealthCheck::WriteBody(std::string_view part) {
  excerpt_ += part.substr(0, kExcerpt - std::min(kExcerpt, excerpt_.size()));
  return true;
}

void HealthCheck::EndBody() { RespondError(status, excerpt_); }

void HealthCheck::Fail() {
  const bool has_begun = status != 0;
  if (!has_begun) status = 500;
  End(has_begun ? http::Ending::kCut : http::Ending::kWhole,
      Error{
          "GET " + slot_.version().deployment.health + " failed: the app's log says why", {}, {}});
}

void HealthCheck::RespondError(int code, std::string_view text) {
  status = code;
  End(http::Ending::kWhole,
      Judge(code, slot_.version().deployment.health, std::string(text.substr(0, kExcerpt))));
}

}  // namespace nano::server

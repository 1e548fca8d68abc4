// A request of the server's own to a new version of an app: does it answer on its health path?
//
// Owns the exchange, which no connection has. Thread: the worker's loop.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/handler.h"
#include "net/handles.h"
#include "server/worker/app_slot.h"

namespace nano::server {

class HealthCheck final : private http::ServerExchange {
 public:
  using Done = std::function<void(const Result<void>&)>;

  // Asks the version of `slot`, which outlives the check, for its health path, as a GET to `host`.
  // `done` is called once, from the loop: with an Error if the status is 400 or more, if the app
  // fails, or if the whole answer takes longer than the version's health_timeout. The check may be
  // destroyed then, and before.
  HealthCheck(uv_loop_t* loop, AppSlot& slot, std::string host, Done done);
  ~HealthCheck() override;

 private:
  void ReadBody(bool whole) override;
  void Respond(const http::ResponseHead& head, std::string_view body) override;
  void StartBody(const http::ResponseHead& head, std::optional<uint64_t> length) override;
  bool WriteBody(std::string_view part) override;
  void EndBody() override;
  void Fail() override;
  std::string_view peer() override { return {}; }
  void RespondError(int code, std::string_view text) override;

  void Ask();
  void TakeBack();
  void End(http::Ending ending, Result<void> outcome);
  void Tell(Result<void> outcome);

  AppSlot& slot_;
  const std::string host_;
  const Done done_;
  net::Timer timer_;  // Asks, ends what takes too long, and then tells.
  bool asked_ = false;
  bool ended_ = false;   // It was answered, or taken back.
  std::string excerpt_;  // Of a response that comes in parts.
  std::optional<Result<void>> outcome_;
};

}  // namespace nano::server

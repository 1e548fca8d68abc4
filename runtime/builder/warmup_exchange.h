// A request that no client sent: it drives the app while its snapshot is built, and records only
// whether it was answered. Thread: the one that builds.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/exchange.h"
#include "runtime/isolate/hooks.h"
#include "runtime/snapshot_builder.h"

namespace nano::runtime {

class WarmupExchange final : public http::Exchange {
 public:
  WarmupExchange(const SampleRequest& request, const Hooks& hooks, v8::Isolate* isolate)
      : request_(request), hooks_(hooks), isolate_(isolate) {}

  // Hands the request to the app under the number `id`.
  void Start(v8::Local<v8::Context> context, uint32_t id);

  bool ended() const { return ended_; }
  int status() const { return status_; }

  void ReadBody(bool whole) override;
  void Respond(const http::ResponseHead& head, std::string_view body) override;
  void StartBody(const http::ResponseHead& head, std::optional<uint64_t> length) override;
  bool WriteBody(std::string_view part) override { return true; }
  void EndBody() override { ended_ = true; }
  void Fail() override;

 private:
  const SampleRequest& request_;
  const Hooks& hooks_;
  v8::Isolate* const isolate_;
  uint32_t id_ = 0;
  int status_ = 0;
  bool ended_ = false;
};

}  // namespace nano::runtime

// What an isolate would be told of its calls, written down.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/outbound/outgoing_call.h"

namespace nano::runtime::testing {

class TestListener final : public OutgoingCall::Listener {
 public:
  void OnHead(OutgoingCall&, const http::CallResponse& response) override {
    status = response.status;
    Told();
  }
  void OnBody(OutgoingCall&, std::string_view part, bool last) override {
    body += part;
    ++parts;
    ended = ended || last;
    Told();
  }
  bool OnDecoded(OutgoingCall&, uint64_t) override { return true; }
  bool OnKept(OutgoingCall&, size_t bytes) override {
    kept += bytes;
    const bool goes_on = kept <= most_kept;
    if (!goes_on) Told();
    return goes_on;
  }
  void OnFailed(OutgoingCall&, const http::Failure& failure) override {
    failed = failure.code;
    message = failure.message;
    Told();
  }
  void OnDrained(OutgoingCall&) override {
    ++drained;
    Told();
  }
  void OnForwarded(OutgoingCall&, const http::Failure* failure) override {
    forwarded = failure == nullptr ? "" : failure->code;
    Told();
  }

  // Called last of all with each piece of news; may destroy the call.
  std::function<void()> then;

  int status = 0;
  std::string body;
  int parts = 0;
  bool ended = false;
  size_t kept = 0, most_kept = SIZE_MAX;
  std::string failed, message;  // The code of a failure.
  int drained = 0;
  std::optional<std::string> forwarded;  // "" or the code of a failure.

 private:
  void Told() {
    if (then) then();
  }
};

}  // namespace nano::runtime::testing

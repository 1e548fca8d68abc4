// What comes of an app's calls, told to the app: the hooks of calls, and the end of an exchange
// whose response was forwarded from a call. A response that the app has dropped ends its call.
//
// Owned by AppIsolate. Thread: the isolate's.
#pragma once

#include <v8.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "base/function_ref.h"
#include "runtime/isolate/hooks.h"
#include "runtime/isolate/isolate_state.h"
#include "runtime/outbound/outgoing_call.h"

namespace nano::runtime {

class IsolateCalls final : public OutgoingCall::Listener {
 public:
  // Runs a function inside the isolate as a turn of its own, or as a part of the one that is
  // running; not at all if the isolate was stopped.
  using Enter = std::function<void(FunctionRef<void(v8::Local<v8::Context>)>)>;

  IsolateCalls(IsolateState& state, const Hooks& hooks, Enter enter);

  // Ends the calls whose responses the collector has found that nobody holds.
  void DropCollected();

 private:
  class Held;
  class Kept;

  void OnHead(OutgoingCall& call, const http::CallResponse& response) override;
  void OnBody(OutgoingCall& call, std::string_view part, bool last) override;
  bool OnKept(OutgoingCall& call, size_t bytes) override;
  bool OnDecoded(OutgoingCall& call, uint64_t nanoseconds) override;
  void OnFailed(OutgoingCall& call, const http::Failure& failure) override;
  void OnDrained(OutgoingCall& call) override;
  void OnForwarded(OutgoingCall& call, const http::Failure* failure) override;

  IsolateState& state_;
  const Hooks& hooks_;
  const Enter enter_;
  uint64_t decoding_ns_ = 0;  // Of bodies, outside of turns, not charged yet.
  std::vector<uint32_t> collected_;
};

}  // namespace nano::runtime

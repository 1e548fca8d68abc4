// A call whose news reaches the isolate as turns of its app: whatever happens meanwhile is the
// app's doing. Owns the call. Thread: the worker's loop.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "http/call.h"

namespace nano::server {

class TurnCall final : public http::Call, private http::Caller {
 public:
  using Turn = std::function<void(const std::function<void()>&)>;

  // `start` makes the call, for the caller that it is given. `turn` outlives this.
  template <typename Start>
  TurnCall(const Turn& turn, http::Caller& caller, Start start) : turn_(turn), caller_(caller) {
    call_ = start(static_cast<http::Caller&>(*this));
  }

  bool Write(std::string_view part) override { return call_->Write(part); }
  void EndRequest() override { call_->EndRequest(); }
  void Read() override { call_->Read(); }
  void ReadPiped() override { call_->ReadPiped(); }

 private:
  // Each may destroy this.
  void OnHead(const http::CallResponse& response) override {
    turn_([&caller = caller_, &response] { caller.OnHead(response); });
  }
  void OnBody(std::string_view part) override {
    turn_([&caller = caller_, &part] { caller.OnBody(part); });
  }
  void OnPiped(net::Pipe& part) override {
    turn_([&caller = caller_, &part] { caller.OnPiped(part); });
  }
  void OnEnd() override {
    turn_([&caller = caller_] { caller.OnEnd(); });
  }
  void OnFailed(const http::Failure& failure) override {
    turn_([&caller = caller_, &failure] { caller.OnFailed(failure); });
  }
  void OnDrained() override {
    turn_([&caller = caller_] { caller.OnDrained(); });
  }

  const Turn& turn_;
  http::Caller& caller_;
  std::unique_ptr<http::Call> call_;
};

}  // namespace nano::server

// A call whose news reaches the isolate as turns of its app: whatever happens meanwhile is the
// app's doing. Has a meter count how it ends. Owns the call, in its own memory where it can.
// Thread: the worker's loop.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <type_traits>

#include "base/function_ref.h"
#include "http/call.h"
#include "server/metrics/call_meter.h"

namespace nano::server {

// An app's turns, for what comes from elsewhere.
struct Turn {
  // Calls back into the isolate as a turn of the app's, or as a part of the one that is running.
  std::function<void(FunctionRef<void()>)> run;
  // Whether there is time for one in the loop's turn (server/worker/app_turns.h).
  std::function<bool()> has;
};

// Counts nothing: calls that are not of others.
struct NoMeter {
  explicit NoMeter(AppCounters& /*counters*/) {}
  void OnHead() {}
  void OnFailed(http::FailureKind /*kind*/) {}
};

// `Start` makes the call, for the caller that it is given: a call itself, or a pointer to one.
template <typename Start, typename Meter>
class TurnCall final : public http::Call, private http::Caller {
 public:
  // `turn`, `counters` and `caller` outlive this.
  TurnCall(const Turn& turn, AppCounters& counters, http::Caller& caller, const Start& start)
      : turn_(turn),
        caller_(caller),
        meter_(counters),
        made_(start(static_cast<http::Caller&>(*this))) {}

  bool Write(std::string_view part) override { return CallOf(made_).Write(part); }
  void EndRequest() override { CallOf(made_).EndRequest(); }
  void Read() override { CallOf(made_).Read(); }
  void ReadPiped() override { CallOf(made_).ReadPiped(); }
  bool AtEnd() const override { return CallOf(made_).AtEnd(); }

 private:
  using Made = std::invoke_result_t<const Start&, http::Caller&>;

  // Also of one that is const.
  static auto& CallOf(auto& made) {
    if constexpr (std::is_base_of_v<http::Call, Made>) {
      return made;
    } else {
      return *made;
    }
  }

  bool HasTurn() override { return turn_.has(); }
  // Each may destroy this.
  void OnHead(const http::CallResponse& response) override {
    meter_.OnHead();
    turn_.run([&caller = caller_, &response] { caller.OnHead(response); });
  }
  void OnBody(std::string_view part) override {
    turn_.run([&caller = caller_, &part] { caller.OnBody(part); });
  }
  void OnPiped(net::Pipe& part) override {
    turn_.run([&caller = caller_, &part] { caller.OnPiped(part); });
  }
  void OnEnd() override {
    turn_.run([&caller = caller_] { caller.OnEnd(); });
  }
  void OnFailed(const http::Failure& failure) override {
    meter_.OnFailed(failure.kind);
    turn_.run([&caller = caller_, &failure] { caller.OnFailed(failure); });
  }
  void OnDrained() override {
    turn_.run([&caller = caller_] { caller.OnDrained(); });
  }

  const Turn& turn_;
  http::Caller& caller_;
  [[no_unique_address]] Meter meter_;
  Made made_;
};

template <typename Meter = CallMeter, typename Start>
std::unique_ptr<http::Call> MakeTurnCall(const Turn& turn, AppCounters& counters,
                                         http::Caller& caller, const Start& start) {
  return std::make_unique<TurnCall<Start, Meter>>(turn, counters, caller, start);
}

}  // namespace nano::server

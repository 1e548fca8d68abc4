// Everything that is told is a turn, and each turn may be the call's last.
#include "server/outbound/turn_call.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "net/pipe.h"

namespace nano::server {
namespace {

class InnerCall final : public http::Call {
 public:
  explicit InnerCall(std::string& log) : log_(log) {}
  ~InnerCall() override { log_ += "over "; }
  bool Write(std::string_view part) override {
    log_.append("write:").append(part) += ' ';
    return part.empty();
  }
  void EndRequest() override { log_ += "end "; }
  void Read() override { log_ += "read "; }
  void ReadPiped() override { log_ += "read-piped "; }
  bool AtEnd() const override { return true; }

 private:
  std::string& log_;
};

// Ends its call with whatever it is told.
class Leaver final : public http::Caller {
 public:
  explicit Leaver(std::string& log) : log_(log) {}
  void OnHead(const http::CallResponse& response) override {
    Leave("head:" + std::to_string(response.status));
  }
  void OnBody(std::string_view part) override { Leave("body:" + std::string(part)); }
  void OnPiped(net::Pipe&) override { Leave("piped"); }
  void OnEnd() override { Leave("end"); }
  void OnFailed(const http::Failure& failure) override { Leave("failed:" + failure.code); }
  void OnDrained() override { Leave("drained"); }

  std::unique_ptr<http::Call> call;

 private:
  void Leave(const std::string& told) {
    log_ += told + ' ';
    call.reset();
  }

  std::string& log_;
};

}  // namespace

TEST_CASE("what is told comes as a turn, in which the call may end") {
  const auto told = {
      +[](http::Caller& to) { to.OnHead({.status = 200}); },
      +[](http::Caller& to) { to.OnBody("part"); },
      +[](http::Caller& to) {
        net::Pipe none;
        to.OnPiped(none);
      },
      +[](http::Caller& to) { to.OnEnd(); },
      +[](http::Caller& to) {
        to.OnFailed({http::FailureKind::kReset, "ECONNRESET", ""});
      },
      +[](http::Caller& to) { to.OnDrained(); },
  };
  std::string all;
  for (const auto tell : told) {
    std::string log;
    const Turn turn{.run =
                        [&](FunctionRef<void()> call) {
                          log += "( ";
                          call();
                          log += ") ";
                        },
                    .has = [] { return true; }};
    Leaver leaver(log);
    http::Caller* inner = nullptr;
    AppCounters counters;
    leaver.call = MakeTurnCall(turn, counters, leaver, [&](http::Caller& caller) {
      inner = &caller;
      return std::make_unique<InnerCall>(log);
    });
    tell(*inner);
    all += log;
  }
  CHECK(
      all ==
      "( head:200 over ) ( body:part over ) ( piped over ) ( end over ) ( failed:ECONNRESET over ) "
      "( drained over ) ");
}

TEST_CASE("what the caller does goes on as it is") {
  std::string log;
  const Turn turn{.run = [](FunctionRef<void()>) { FAIL("nothing was told"); },
                  .has = [] { return true; }};
  Leaver leaver(log);
  const auto expect = [&](const std::unique_ptr<http::Call>& call) {
    log.clear();
    CHECK(call->Ready());
    CHECK_FALSE(call->Write("a"));
    call->EndRequest();
    call->Read();
    call->ReadPiped();
    CHECK(call->AtEnd());
    CHECK(log == "write: write:a end read read-piped ");
  };
  AppCounters counters;
  expect(MakeTurnCall(turn, counters, leaver,
                      [&](http::Caller&) { return std::make_unique<InnerCall>(log); }));
  expect(MakeTurnCall(turn, counters, leaver, [&](http::Caller&) { return InnerCall(log); }));
}

TEST_CASE("a call is counted once, when it has ended, by what came of it") {
  using http::FailureKind;
  std::string log;
  const Turn turn{.run = [](FunctionRef<void()> call) { call(); }, .has = [] { return true; }};
  AppCounters counters;
  const auto count = [&](CallEnded ended) {
    return counters.calls[static_cast<size_t>(ended)].value();
  };
  struct : http::Caller {
    void OnHead(const http::CallResponse&) override {}
    void OnBody(std::string_view) override {}
    void OnEnd() override {}
    void OnFailed(const http::Failure&) override {}
    void OnDrained() override {}
  } listener;
  const auto end = [&](auto tell) {
    http::Caller* inner = nullptr;
    const auto call = MakeTurnCall(turn, counters, listener, [&](http::Caller& caller) {
      inner = &caller;
      return InnerCall(log);
    });
    tell(*inner);
  };
  const auto fail = [](http::Caller& to, FailureKind kind) { to.OnFailed({kind, "CODE", ""}); };
  const auto answer = [](http::Caller& to) { to.OnHead({.status = 503}); };

  end([](http::Caller&) {});
  CHECK(count(CallEnded::kAborted) == 1);
  // Read to its end, or given up before: there was a response.
  end([&](http::Caller& to) {
    answer(to);
    CHECK(count(CallEnded::kOk) == 0);
    to.OnBody("part");
    to.OnEnd();
  });
  end(answer);
  CHECK(count(CallEnded::kOk) == 2);
  for (const FailureKind kind :
       {FailureKind::kName, FailureKind::kRefused, FailureKind::kTls, FailureKind::kReset,
        FailureKind::kProtocol, FailureKind::kProxy}) {
    end([&](http::Caller& to) { fail(to, kind); });
  }
  CHECK(count(CallEnded::kFailed) == 6);
  end([&](http::Caller& to) { fail(to, FailureKind::kDenied); });
  CHECK(count(CallEnded::kDenied) == 1);
  end([&](http::Caller& to) { fail(to, FailureKind::kTimeout); });
  end([&](http::Caller& to) {
    answer(to);
    fail(to, FailureKind::kTimeout);
  });
  CHECK(count(CallEnded::kTimeout) == 2);
  end([&](http::Caller& to) {
    answer(to);
    fail(to, FailureKind::kReset);
  });
  CHECK(count(CallEnded::kCut) == 1);
  uint64_t all = 0;
  for (const Counter& counter : counters.calls) all += counter.value();
  CHECK(all == 13);
}

}  // namespace nano::server

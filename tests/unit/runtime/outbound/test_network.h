// A way out of an isolate at whose end the test stands: it sees what is sent, and says what comes.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/embedder/outbound.h"

namespace nano::runtime::testing {

// One call, as the test has it. Outlives what the app has of it.
struct TestCall {
  // What has come of the body, for who reads: a part for each call of Read.
  void Bring(std::string_view part) { parts.emplace_back(part), Serve(); }
  void End() { ended = true, Serve(); }
  void Break(http::Failure with) { failure = std::move(with), Serve(); }

  void Serve() {
    if (!wanted || over) return;
    if (!parts.empty()) {
      wanted = false;
      if (pipe != nullptr && wanted_piped) {
        parts.pop_front();
        return caller->OnPiped(*pipe);
      }
      const std::string part = std::move(parts.front());
      parts.pop_front();
      return caller->OnBody(part);
    }
    if (!ended && !failure) return;
    wanted = false;
    if (failure) return caller->OnFailed(*failure);
    caller->OnEnd();
  }

  http::Caller* caller = nullptr;
  std::string method, headers, body;
  http::CallRequest::Body body_kind = http::CallRequest::Body::kNone;
  std::optional<uint64_t> length;
  std::string sent;           // Of the request's stream.
  bool all_sent = false;      // EndRequest was called.
  bool congested = false;     // Write returns false.
  bool over = false;          // It was destroyed.
  bool wanted = false;        // Read was called and not answered …
  bool wanted_piped = false;  // … or ReadPiped.
  net::Pipe* pipe = nullptr;  // In which parts come then, unless it is null. Nobody looks into it.
  int reads = 0;
  std::deque<std::string> parts;
  bool ended = false;
  bool tells_end = false;  // With the last part already.
  std::optional<http::Failure> failure;
};

class TestNetwork final : public OutboundPort {
 public:
  Result<std::unique_ptr<http::Call>> Start(const http::CallRequest& request, std::string_view,
                                            http::Caller& caller) override {
    TestCall& call = calls.emplace_back();
    call.caller = &caller;
    call.method = request.method;
    call.headers = request.headers;
    call.body = request.body;
    call.body_kind = request.body_kind;
    call.length = request.length;
    return std::unique_ptr<http::Call>(std::make_unique<End>(call));
  }

  std::deque<TestCall> calls;

 private:
  class End final : public http::Call {
   public:
    explicit End(TestCall& call) : call_(call) {}
    ~End() override { call_.over = true; }
    bool Write(std::string_view part) override {
      call_.sent += part;
      return !call_.congested;
    }
    void EndRequest() override { call_.all_sent = true; }
    void Read() override { Ask(false); }
    void ReadPiped() override { Ask(true); }
    bool AtEnd() const override { return call_.tells_end && call_.ended && call_.parts.empty(); }

   private:
    void Ask(bool piped) {
      ++call_.reads;
      call_.wanted = true;
      call_.wanted_piped = piped;
      call_.Serve();
    }

    TestCall& call_;
  };
};

}  // namespace nano::runtime::testing

// What an app makes of another one's answers to calls of methods, which may be anything: that app
// may run in a process that somebody else has taken over. The messages are V8's, written by hand.
#include <catch2/catch.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/app_isolate.h"
#include "tests/unit/runtime/outbound/test_network.h"
#include "tests/unit/runtime/runtime_fixture.h"

namespace nano::runtime {

using testing::Get;
using testing::TestApp;
using testing::TestEmbedder;
using testing::TestExchange;
using testing::TestNetwork;

namespace {

// As runtime/web/fetch/rpc/lazy/passing.ts and session.ts number them.
enum class Kind {
  kSent,
  kBack,
  kService,
  kReadable,
  kWritable,
  kHeaders,
  kRequest,
  kResponse,
  kError
};
enum class Message { kCall, kAnswer, kRelease };

std::string Varint(uint32_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes += static_cast<char>(value);
}
std::string Int(int value) { return "I" + Varint(static_cast<uint32_t>(value) << 1); }
std::string Int(Kind kind) { return Int(static_cast<int>(kind)); }
std::string Int(Message message) { return Int(static_cast<int>(message)); }
std::string Text(std::string_view text) {
  return "\"" + Varint(static_cast<uint32_t>(text.size())) + std::string(text);
}
std::string Array(const std::vector<std::string>& items) {
  std::string bytes = "A" + Varint(static_cast<uint32_t>(items.size()));
  for (const std::string& item : items) bytes += item;
  return bytes + "$" + '\0' + Varint(static_cast<uint32_t>(items.size()));
}
std::string Object(const std::vector<std::pair<std::string, std::string>>& properties) {
  std::string bytes = "o";
  for (const auto& [name, value] : properties) bytes += Text(name) + value;
  return bytes + "{" + Varint(static_cast<uint32_t>(properties.size()));
}
std::string Host(const std::vector<std::string>& told) { return "\\" + Array(told); }
std::string Written(const std::string& value) { return "\xFF\x0F" + value; }
constexpr const char* kFalse = "F";
constexpr const char* kNull = "0";

std::string Frame(const std::string& message) {
  std::string frame;
  for (int i = 0; i < 4; ++i) frame += static_cast<char>(message.size() >> (8 * i));
  return frame + message;
}

std::string Answer(const std::string& value) {
  return Written(Array({Int(Message::kAnswer), Int(0), value, kFalse}));
}

// An app that calls a method with a function, which gets the number 1, and a stream, which gets the
// number 2, and answers what has come of it.
class Caller {
 public:
  Caller()
      : app_(
            "let called = 0;"
            "const steps = (size) => { called++; return new Uint8Array(size ?? 1); };"
            "const fetch = async (request, { X }) => {"
            "  if (request.url.endsWith('/called')) return new Response(`${called}`);"
            "  let came;"
            "  try {"
            "    const body = new ReadableStream({ pull(c) { c.close(); } });"
            "    came = await X.method(steps, body);"
            "    came = typeof came;"
            "  } catch (error) { came = `${error}`; }"
            "  return new Response(`${came}, called ${called}`);"
            "};") {
    Embedder ports = embedder_;
    ports.outbound = &network_;
    isolate_ = app_.Boot(ports, {}, {}, {"X"});
    exchange_ = Get(*isolate_);
    REQUIRE(network_.calls.size() == 1);
  }

  // What the app answers to that.
  std::string Told(const std::string& type, const std::string& body) {
    testing::TestCall& call = network_.calls[0];
    const std::string headers = "content-type\n" + type + "\n";
    call.caller->OnHead({.status = 200, .headers = headers, .has_body = true});
    call.Bring(body);
    if (!call.over) call.End();
    return exchange_->body;
  }
  std::string ToldInSession(const std::string& message) {
    return Told("application/x-nano-session", Frame(message));
  }

  // The response begins, and goes on with messages.
  void Begin() {
    const std::string headers = "content-type\napplication/x-nano-session\n";
    call().caller->OnHead({.status = 200, .headers = headers, .has_body = true});
  }
  void Bring(const std::string& messages) {
    call().Bring(messages);
    Turn();
  }
  void Drain() {
    call().congested = false;
    call().caller->OnDrained();
    Turn();
  }
  void Turn() {
    for (int i = 0; i < 1000 && embedder_.timer_delay >= 0; ++i) {
      embedder_.timer_delay = -1;
      isolate_->FireTimers();
    }
  }
  testing::TestCall& call() { return network_.calls[0]; }
  const std::string& answer() { return exchange_->body; }
  int Called() { return std::stoi(Get(*isolate_, "/called")->body); }

 private:
  TestApp app_;
  TestEmbedder embedder_;
  TestNetwork network_;
  std::unique_ptr<TestExchange> exchange_;
  std::unique_ptr<AppIsolate> isolate_;
};

constexpr const char* kUnreadable =
    "TypeError: The other app's message has what cannot be read, called 0";

}  // namespace

TEST_CASE("what stands for an object is made of what was looked at, and calls nothing of the app") {
  // The app's own function, in the place of what is a text or a number.
  const std::string back = Host({Int(Kind::kBack), Int(1)});
  const std::string trap = Object({{"toString", back}, {"valueOf", back}});
  const std::string headers = Array({});
  const auto response = [](const std::string& status, const std::string& text,
                           const std::string& fields, const std::string& marks,
                           const std::string& body) {
    return Host({Int(Kind::kResponse), status, text, fields, marks, body});
  };
  const auto request = [](const std::string& url, const std::string& method,
                          const std::string& fields, const std::string& redirect,
                          const std::string& body) {
    return Host({Int(Kind::kRequest), url, method, fields, redirect, body});
  };
  const std::string url = Text("http://a.test/");
  const std::vector<std::string> values = {
      response(trap, Text("OK"), headers, Int(0), kNull),
      response(Int(200), trap, headers, Int(0), kNull),
      response(Int(200), Text("OK"), trap, Int(0), kNull),
      response(Int(200), Text("OK"), Array({Text("a"), trap}), Int(0), kNull),
      response(Int(200), Text("OK"), Array({trap, Text("a")}), Int(0), kNull),
      response(Int(200), Text("OK"), Array({Text("a")}), trap, kNull),
      response(Int(200), Text("OK"), headers, Int(0), trap),
      response(Int(200), Text("OK"), headers, Int(0), back),
      request(trap, Text("GET"), headers, Text("follow"), kNull),
      request(url, trap, headers, Text("follow"), kNull),
      request(url, Text("GET"), trap, Text("follow"), kNull),
      request(url, Text("GET"), headers, trap, kNull),
      request(url, Text("POST"), headers, Text("follow"), trap),
      Host({Int(Kind::kHeaders), Array({trap, trap}), Int(0)}),
      Host({Int(Kind::kHeaders), Array({}), trap}),
      Host({Int(Kind::kError), Object({{"name", trap}, {"message", Text("m")}})}),
      Host({Int(Kind::kError), Object({{"name", Text("n")}, {"message", trap}})}),
      Host({Int(Kind::kError), back}),
      Host({Int(Kind::kSent), trap}),
      Host({Int(Kind::kReadable), trap}),
      Host({Int(Kind::kWritable), Text("1")}),
      Host({Int(Kind::kService)}),
      Host({trap, Int(1)}),
      Host({Int(99)}),
      "\\" + trap,
      Host({Int(Kind::kBack), Int(3)}),  // Nothing has this number.
      Host({Int(Kind::kBack), Int(2)}),  // A stream is no object that could come back.
  };
  for (size_t i = 0; i < values.size(); ++i) {
    INFO(i);
    CHECK(Caller().ToldInSession(Answer(values[i])) == kUnreadable);
  }
  // The same with nothing wrong.
  CHECK(Caller().ToldInSession(Answer(
            response(Int(200), Text("OK"), headers, Int(0), Text("b")))) == "object, called 0");
  CHECK(Caller().ToldInSession(Answer(request(url, Text("GET"), headers, Text("follow"), kNull))) ==
        "object, called 0");
  CHECK(Caller().ToldInSession(Answer(back)) == "function, called 0");
}

TEST_CASE("an answer that is none ends the call") {
  const std::string call =
      Written(Array({Int(Message::kCall), Int(7), Int(1), Array({}), Array({})}));
  const std::string release = Written(Array({Int(Message::kRelease), Int(1)}));
  // All that there is of the response.
  for (const std::string& message : {call, release, Written(Array({})), Written(Int(1))}) {
    CHECK(Caller().Told("application/octet-stream", message).starts_with("TypeError: "));
  }
  CHECK(Caller().Told("application/octet-stream", "").starts_with("Error: "));
  CHECK(Caller().Told("application/octet-stream", "no message").starts_with("Error: "));
  const std::string other = Written(Array({Int(Message::kAnswer), Int(5), Int(1), kFalse}));
  CHECK(Caller().Told("application/octet-stream", other) == kUnreadable);
  CHECK(Caller().ToldInSession(other) == kUnreadable);
  // Messages of a session that ends without the answer.
  CHECK(Caller().ToldInSession(release) == "Error: The other app has ended the session, called 0");
  CHECK(Caller().Told("application/x-nano-session", "\xFF\xFF\xFF\xFF") ==
        "TypeError: The other app's message is incomplete, or no message, called 0");
  CHECK(Caller().Told("application/x-nano-session", Frame(call).substr(0, 9)) ==
        "TypeError: The other app's message is incomplete, or no message, called 0");
}

TEST_CASE("calls with more arguments than the engine has are not made") {
  const std::string many = "a" + Varint(0x7fffffff) + "@" + '\0' + Varint(0x7fffffff);
  const std::string call = Written(Array({Int(Message::kCall), Int(7), Int(1), Array({}), many}));
  CHECK(Caller().ToldInSession(call) == kUnreadable);
}

TEST_CASE("a path is of texts, and not long") {
  std::vector<std::string> steps;
  for (int i = 0; i < 65; ++i) steps.push_back(Text("a"));
  const std::string sparse = "a" + Varint(0x7fffffff) + "@" + '\0' + Varint(0x7fffffff);
  for (const std::string& path :
       {Array(steps), Array({Int(1)}), Array({kNull}), Text("then"), sparse}) {
    const std::string call = Written(Array({Int(Message::kCall), Int(7), Int(1), path, Array({})}));
    CHECK(Caller().ToldInSession(call) == kUnreadable);
  }
}

// A call of the app's function, whose answer has so many bytes.
std::string CallFor(int number, int size, const std::string& more = Int(0)) {
  return Frame(Written(
      Array({Int(Message::kCall), Int(number), Int(1), Array({}), Array({Int(size), more})})));
}

TEST_CASE("calls wait while their answers are not taken, and are made in order") {
  Caller caller;
  caller.Begin();
  caller.call().congested = true;
  std::string calls;
  for (int i = 1; i <= 400; ++i) calls += CallFor(i, 1 << 16);
  caller.Bring(calls);
  // A burst before any of them is answered, and what makes about 1 MiB.
  const int begun = caller.Called();
  CHECK(begun >= 16);
  CHECK(begun <= 48);
  const size_t sent = caller.call().sent.size();
  CHECK(sent < 1 << 18);
  caller.Drain();
  CHECK(caller.Called() == 400);
  CHECK(caller.call().sent.size() > size_t{400} << 16);
  // The session goes on, and ends.
  caller.Bring(Frame(Answer(Int(5))));
  CHECK(caller.answer() == "number, called 400");
}

TEST_CASE("an answer is taken while calls wait") {
  Caller caller;
  caller.Begin();
  caller.call().congested = true;
  std::string calls;
  for (int i = 1; i <= 100; ++i) calls += CallFor(i, 1 << 16);
  caller.Bring(calls + Frame(Answer(Int(5))));
  CHECK(caller.answer().starts_with("number, called "));
  CHECK(caller.Called() < 100);
}

TEST_CASE("who asks for ever more and takes nothing is not listened to") {
  Caller caller;
  caller.Begin();
  caller.call().congested = true;
  const std::string large = Text(std::string(1 << 20, 'x'));
  std::string calls;
  for (int i = 1; i <= 70; ++i) calls += CallFor(i, 1 << 17, large);
  caller.Bring(calls);
  CHECK(caller.answer().starts_with(
      "RangeError: The other app asks for more while it does not take what it has asked for"));
  CHECK(caller.call().over);
}

}  // namespace nano::runtime

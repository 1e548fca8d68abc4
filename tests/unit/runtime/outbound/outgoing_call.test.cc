// Who gets what of a response's body, and who may end the call in the middle of what it is told.
#include "runtime/outbound/outgoing_call.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "tests/unit/runtime/native/compression/compressed.h"
#include "tests/unit/runtime/outbound/test_listener.h"
#include "tests/unit/runtime/outbound/test_network.h"
#include "tests/unit/runtime/test_exchange.h"

namespace nano::runtime {

using Amount = OutgoingCall::Amount;
using nano::testing::Compressed;
using testing::TestCall;
using testing::TestExchange;
using testing::TestListener;
using testing::TestNetwork;

namespace {

// A call that was begun, on its network.
class Begun {
 public:
  explicit Begun(const http::CallRequest& request = {}) {
    REQUIRE(call->Start(network, "", request).ok());
  }

  TestCall& server() { return network.calls[0]; }
  // A head that announces a body.
  void Head(std::optional<uint64_t> length = std::nullopt) {
    server().caller->OnHead({.status = 200, .has_body = true, .length = length});
  }
  void EndWhenTold() {
    told.then = [this] { call.reset(); };
  }

  TestNetwork network;
  TestListener told;
  std::unique_ptr<OutgoingCall> call = std::make_unique<OutgoingCall>(told);
};

const http::Failure kBroken = {http::FailureKind::kReset, "ECONNRESET", "broken"};

}  // namespace

TEST_CASE("a part is asked for and told one at a time") {
  Begun begun;
  begun.Head();
  begun.server().Bring("one");
  begun.server().Bring("two");
  CHECK(begun.server().reads == 0);
  begun.call->Read(Amount::kPart);
  CHECK(begun.told.body == "one");
  CHECK(begun.server().reads == 1);
  begun.call->Read(Amount::kPart);
  begun.call->Read(Amount::kPart);
  begun.server().End();
  CHECK(begun.told.body == "onetwo");
  CHECK(begun.told.ended);
}

TEST_CASE("the whole is told once, at its end") {
  Begun begun;
  begun.Head();
  begun.call->Read(Amount::kWhole);
  begun.server().Bring("one");
  begun.server().Bring("two");
  CHECK(begun.told.parts == 0);
  begun.server().End();
  CHECK(begun.told.body == "onetwo");
  CHECK(begun.told.parts == 1);
  CHECK(begun.told.ended);
}

TEST_CASE("an end that is known with the last part is told with it, and not asked for") {
  const Amount amount = GENERATE(Amount::kPart, Amount::kWhole, Amount::kText);
  Begun begun;
  begun.server().tells_end = true;
  begun.Head();
  begun.server().Bring("all");
  begun.server().End();
  begun.EndWhenTold();
  begun.call->Read(amount);
  CHECK(begun.told.body == "all");
  CHECK(begun.told.parts == 1);
  CHECK(begun.told.ended);
  CHECK(begun.server().reads == 1);
  CHECK(begun.server().over);
}

TEST_CASE("an end behind several parts is that of the whole") {
  Begun begun;
  begun.server().tells_end = true;
  begun.Head();
  begun.call->Read(Amount::kWhole);
  begun.server().Bring("one");
  begun.server().Bring("two");
  begun.server().End();
  CHECK(begun.told.body == "onetwo");
  CHECK(begun.told.parts == 1);
  CHECK(begun.told.ended);
}

TEST_CASE("what is kept of a whole is told before it is there, and may be refused") {
  constexpr size_t kMost = 1'000'000;
  const bool gone = GENERATE(false, true);
  Begun begun;
  begun.told.most_kept = kMost;
  begun.Head();
  REQUIRE(begun.call->Decode("gzip").ok());
  if (gone) begun.EndWhenTold();
  begun.server().Bring(Compressed(CompressionFormat::kGzip, std::string(20 * kMost, '.')));
  begun.server().End();
  begun.call->Read(Amount::kWhole);
  CHECK(begun.told.kept > kMost);
  CHECK(begun.told.kept < 2 * kMost);
  CHECK(begun.told.parts == 0);
  CHECK(begun.told.failed.empty());
}

TEST_CASE("of a body that is decoded the end is not known by its bytes") {
  Begun begun;
  begun.server().tells_end = true;
  begun.Head();
  REQUIRE(begun.call->Decode("gzip").ok());
  begun.server().Bring(Compressed(CompressionFormat::kGzip, "text"));
  begun.server().End();
  begun.call->Read(Amount::kWhole);
  CHECK(begun.told.body == "text");
  CHECK(begun.told.parts == 1);
}

TEST_CASE("a body that passes through comes in pipes where both ends have them") {
  Begun begun;
  begun.Head();
  // What is in it is nobody's business here.
  char somewhere = 0;
  auto& pipe = reinterpret_cast<net::Pipe&>(somewhere);
  begun.server().pipe = &pipe;
  TestExchange exchange;
  begun.server().Bring("first");
  begun.call->Forward(exchange);
  CHECK(exchange.body == "first");
  CHECK_FALSE(begun.server().wanted_piped);

  exchange.takes_piped = true;
  begun.server().Bring("second");
  CHECK(exchange.body == "firstsecond");  // It was asked for before.
  CHECK(begun.server().wanted_piped);
  exchange.congested = true;
  begun.server().Bring("third");
  CHECK(exchange.body == "firstsecond(pipe)");
  CHECK(exchange.piped == &pipe);
  const int reads = begun.server().reads;
  begun.server().Bring("fourth");
  CHECK(begun.server().reads == reads);
  exchange.congested = false;
  begun.call->OnForwardDrained();
  CHECK(exchange.body == "firstsecond(pipe)(pipe)");
  begun.server().End();
  CHECK(begun.told.forwarded);
}

TEST_CASE("a body that is decoded on its way through does not") {
  Begun begun;
  begun.Head();
  char somewhere = 0;
  begun.server().pipe = &reinterpret_cast<net::Pipe&>(somewhere);
  REQUIRE(begun.call->Decode("gzip").ok());
  TestExchange exchange;
  exchange.takes_piped = true;
  begun.call->Forward(exchange);
  begun.server().Bring(Compressed(CompressionFormat::kGzip, "text"));
  begun.server().End();
  CHECK(exchange.body == "text");
  CHECK(exchange.piped == nullptr);
}

TEST_CASE("any number of parts that are there already cost no stack") {
  Begun begun;
  begun.Head();
  for (int i = 0; i < 200'000; ++i) begun.server().Bring("x");
  begun.server().End();
  begun.call->Read(Amount::kWhole);
  CHECK(begun.told.body.size() == 200'000);
}

TEST_CASE("a decoded body comes whole and in parts, its length is not known") {
  const std::string text = nano::testing::Sample();
  const std::string bytes = Compressed(CompressionFormat::kGzip, text);
  for (const Amount amount : {Amount::kPart, Amount::kWhole}) {
    Begun begun;
    begun.Head(bytes.size());
    CHECK(begun.call->length() == bytes.size());
    REQUIRE(begun.call->Decode("gzip").ok());
    CHECK_FALSE(begun.call->length());
    for (size_t at = 0; at < bytes.size(); at += 1000) {
      begun.server().Bring(std::string_view(bytes).substr(at, 1000));
    }
    begun.server().End();
    for (int i = 0; i < 100'000 && !begun.told.ended; ++i) begun.call->Read(amount);
    CHECK(begun.told.ended);
    CHECK((begun.told.body == text));
  }
}

TEST_CASE("what cannot be decoded fails the call, also at its end") {
  Begun garbage;
  garbage.Head();
  REQUIRE(garbage.call->Decode("gzip").ok());
  garbage.call->Read(Amount::kPart);
  garbage.server().Bring("this is no gzip");
  CHECK(garbage.told.failed == "ERR_CONTENT_DECODING");

  Begun cut;
  cut.Head();
  REQUIRE(cut.call->Decode("gzip").ok());
  const std::string bytes = Compressed(CompressionFormat::kGzip, "some text");
  cut.server().Bring(std::string_view(bytes).substr(0, bytes.size() - 4));
  cut.server().End();
  cut.call->Read(Amount::kWhole);
  CHECK(cut.told.failed == "ERR_CONTENT_DECODING");
  CHECK_FALSE(cut.told.ended);
}

TEST_CASE("a body that breaks off fails whoever waits for it") {
  for (const Amount amount : {Amount::kPart, Amount::kWhole, Amount::kText}) {
    Begun begun;
    begun.Head();
    begun.call->Read(amount);
    begun.server().Break(kBroken);
    CHECK(begun.told.failed == "ECONNRESET");
    CHECK_FALSE(begun.told.ended);
  }
}

TEST_CASE("the listener may destroy the call with each piece of news") {
  const std::string bytes = Compressed(CompressionFormat::kGzip, nano::testing::Sample());
  {
    Begun begun;
    begun.EndWhenTold();
    begun.Head();
    CHECK(begun.server().over);
  }
  for (const bool decoded : {false, true}) {
    for (const Amount amount : {Amount::kPart, Amount::kWhole}) {
      Begun begun;
      begun.Head();
      if (decoded) REQUIRE(begun.call->Decode("gzip").ok());
      begun.EndWhenTold();
      begun.server().Bring(bytes);
      begun.server().End();
      begun.call->Read(amount);
      CHECK(begun.told.parts == 1);
      CHECK(begun.server().over);
    }
  }
  {
    Begun begun;
    begun.Head();
    REQUIRE(begun.call->Decode("br").ok());
    begun.EndWhenTold();
    begun.server().Bring(bytes);
    begun.call->Read(Amount::kWhole);
    CHECK(begun.told.failed == "ERR_CONTENT_DECODING");
    CHECK(begun.server().over);
  }
}

TEST_CASE("a forwarded body goes at the client's speed") {
  Begun begun;
  begun.Head(6);
  TestExchange exchange;
  exchange.congested = true;
  begun.call->Forward(exchange);
  begun.server().Bring("one");
  begun.server().Bring("two");
  CHECK(exchange.body == "one");
  CHECK(begun.server().reads == 1);
  exchange.congested = false;
  begun.call->OnForwardDrained();
  CHECK(exchange.body == "onetwo");
  CHECK_FALSE(begun.told.forwarded);
  begun.server().End();
  CHECK(begun.told.forwarded == "");
  CHECK(begun.told.parts == 0);
  CHECK_FALSE(exchange.ended);  // That is the listener's.
}

TEST_CASE("a forwarded body is decoded where it has to be") {
  const std::string text = nano::testing::Sample();
  Begun begun;
  begun.Head();
  REQUIRE(begun.call->Decode("gzip").ok());
  TestExchange exchange;
  exchange.congested = true;
  begun.call->Forward(exchange);
  begun.server().Bring(Compressed(CompressionFormat::kGzip, text));
  begun.server().End();
  CHECK(exchange.body.size() < text.size());
  for (int i = 0; i < 1000 && !begun.told.forwarded; ++i) begun.call->OnForwardDrained();
  CHECK(begun.told.forwarded == "");
  CHECK((exchange.body == text));
}

TEST_CASE("a forwarded body that breaks off is no end") {
  Begun begun;
  begun.Head();
  TestExchange exchange;
  begun.call->Forward(exchange);
  begun.EndWhenTold();
  begun.server().Bring("one");
  begun.server().Break(kBroken);
  CHECK(exchange.body == "one");
  CHECK(begun.told.forwarded == "ECONNRESET");
  CHECK(begun.told.failed.empty());
}

TEST_CASE("nobody has to hold a response that is read whole or forwarded") {
  struct Watcher final : OutgoingCall::Companion {};
  Begun begun;
  begun.Head();
  CHECK_FALSE(begun.call->runs_by_itself());
  begun.call->companion = std::make_unique<Watcher>();
  begun.call->Read(Amount::kPart);
  CHECK_FALSE(begun.call->runs_by_itself());
  CHECK(begun.call->companion != nullptr);
  begun.call->Read(Amount::kText);
  CHECK(begun.call->runs_by_itself());
  CHECK(begun.call->companion == nullptr);
  Begun other;
  other.Head();
  other.call->companion = std::make_unique<Watcher>();
  TestExchange exchange;
  other.call->Forward(exchange);
  CHECK(other.call->runs_by_itself());
  CHECK(other.call->companion == nullptr);
}

TEST_CASE("an exchange's body is sent at the server's speed") {
  Begun begun({.body_kind = http::CallRequest::Body::kStream});
  TestExchange exchange;
  begun.server().congested = true;
  begun.call->Upload(exchange);
  CHECK(exchange.reads == 0);  // There is no connection yet.
  begun.server().caller->OnDrained();
  CHECK(exchange.reads == 1);
  CHECK_FALSE(exchange.read_whole);
  begun.call->OnUpload("one", false);
  CHECK(exchange.reads == 1);
  begun.server().congested = false;
  begun.server().caller->OnDrained();
  CHECK(exchange.reads == 2);
  begun.call->OnUpload("two", false);
  CHECK(exchange.reads == 3);
  begun.call->OnUpload("three", true);
  CHECK(begun.server().sent == "onetwothree");
  CHECK(begun.server().all_sent);
  CHECK(exchange.reads == 3);
  CHECK(begun.told.drained == 0);  // It was not the app's stream.
}

TEST_CASE("an empty end of an exchange's body ends the request") {
  Begun begun({.body_kind = http::CallRequest::Body::kStream});
  TestExchange exchange;
  begun.call->Upload(exchange);
  begun.call->OnUpload("", true);
  CHECK(begun.server().sent.empty());
  CHECK(begun.server().all_sent);
}

TEST_CASE("an exchange's body that breaks off fails the call, whatever has become of it") {
  Begun waiting({.body_kind = http::CallRequest::Body::kStream});
  TestExchange exchange;
  waiting.call->Upload(exchange);
  waiting.EndWhenTold();
  waiting.call->OnUploadFailed("gone");
  CHECK(waiting.told.failed == "ERR_REQUEST_BODY");
  CHECK(waiting.told.message.ends_with("gone"));
  CHECK_FALSE(waiting.server().all_sent);
  CHECK(waiting.server().over);

  Begun answered({.body_kind = http::CallRequest::Body::kStream});
  answered.call->Upload(exchange);
  answered.Head();
  answered.call->Forward(exchange);
  answered.EndWhenTold();
  answered.call->OnUploadFailed("gone");
  CHECK(answered.told.forwarded == "ERR_REQUEST_BODY");
}

}  // namespace nano::runtime

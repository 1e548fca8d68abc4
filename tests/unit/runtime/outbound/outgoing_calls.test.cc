// Calls by their numbers, and by the exchanges whose bodies they move.
#include "runtime/outbound/outgoing_calls.h"

#include <catch2/catch.hpp>

#include "tests/unit/runtime/outbound/test_listener.h"
#include "tests/unit/runtime/outbound/test_network.h"

namespace nano::runtime {

using testing::TestListener;
using testing::TestNetwork;

namespace {

OutgoingCall& Begin(OutgoingCalls& calls, TestNetwork& network) {
  OutgoingCall* const call = calls.Add();
  REQUIRE(call != nullptr);
  REQUIRE(call->Start(network, "", {}).ok());
  return *call;
}

}  // namespace

TEST_CASE("a call is found by its number until it is taken, which ends it") {
  TestListener listener;
  TestNetwork network;
  OutgoingCalls calls;
  calls.listener = &listener;
  OutgoingCall& call = Begin(calls, network);
  const uint32_t id = call.id;
  CHECK(calls.Find(id) == &call);
  calls.Take(id);
  CHECK(network.calls[0].over);
  CHECK(calls.Find(id) == nullptr);
  CHECK(calls.Take(id) == nullptr);
}

TEST_CASE("a call that has ended moves no exchange's body any more") {
  TestListener listener;
  TestNetwork network;
  OutgoingCalls calls;
  calls.listener = &listener;
  OutgoingCall& first = Begin(calls, network);
  OutgoingCall& second = Begin(calls, network);
  calls.BindUpload(first, 7);
  calls.BindDownload(first, 8);
  calls.BindUpload(second, 9);
  CHECK(calls.UploadOf(7) == &first);
  CHECK(calls.DownloadOf(8) == &first);
  CHECK(calls.UploadOf(8) == nullptr);
  CHECK(calls.DownloadOf(7) == nullptr);
  calls.Take(first.id);
  CHECK(calls.UploadOf(7) == nullptr);
  CHECK(calls.DownloadOf(8) == nullptr);
  CHECK(calls.UploadOf(9) == &second);
  calls.UnbindUpload(second);
  CHECK(calls.UploadOf(9) == nullptr);
  CHECK(second.upload_exchange == 0);
}

TEST_CASE("clearing ends all calls") {
  TestListener listener;
  TestNetwork network;
  OutgoingCalls calls;
  calls.listener = &listener;
  for (uint32_t i = 0; i < 10; ++i) calls.BindDownload(Begin(calls, network), i + 1);
  calls.Clear();
  for (const auto& call : network.calls) CHECK(call.over);
  for (uint32_t i = 0; i < 10; ++i) CHECK(calls.DownloadOf(i + 1) == nullptr);
}

TEST_CASE("more than 65,536 calls at once are refused") {
  TestListener listener;
  OutgoingCalls calls;
  calls.listener = &listener;
  for (int i = 0; i < 65'536; ++i) {
    if (calls.Add() == nullptr) FAIL("refused the call of number " << i);
  }
  CHECK(calls.Add() == nullptr);
}

}  // namespace nano::runtime

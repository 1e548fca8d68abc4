// Fuzzes what comes to the store from workers, and back: frames, requests and answers of KV.
// Whatever comes, none of it may crash or over-read, and what was taken is written as it came.
//
// An input is a byte that says what it is, and the bytes of it.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "runtime/entry.h"
#include "server/storage/frames.h"
#include "storage/kv/kv_file.h"
#include "storage/kv/messages.h"
#include "tests/fuzz/driver.h"

namespace {

using nano::server::FrameReader;
using nano::server::FrameWriter;
using nano::server::StoreMessage;
namespace kv = nano::kv;

// In parts, as a socket may have them.
void TryFrames(std::string_view bytes) {
  FrameReader reader;
  const size_t part = bytes.empty() ? 1 : static_cast<unsigned char>(bytes.front()) % 50 + 1;
  for (size_t at = 0; at < bytes.size(); at += part) {
    const nano::Result<void> read = reader.Feed(bytes.substr(at, part), [](StoreMessage message) {
      NANO_CHECK(message.body != nullptr);
      NANO_CHECK(message.body->size() <= nano::server::kMaxStoreMessage);
      return true;
    });
    if (!read.ok()) return;
  }
}

void TryRequest(std::string_view bytes) {
  const nano::Result<kv::Request> request = kv::DecodeRequest(bytes);
  if (!request.ok()) return;
  NANO_CHECK(kv::Encode(*request) == bytes);
  (void)kv::WhatIsWrong(*request, 1'000'000);
}

void TryAnswer(std::string_view bytes) {
  const nano::Result<kv::Answer> answer = kv::DecodeAnswer(bytes);
  if (answer.ok()) NANO_CHECK(kv::Encode(*answer) == bytes);
}

std::string Frames(const std::vector<size_t>& sizes) {
  FrameWriter writer;
  uint32_t call = 0;
  for (const size_t size : sizes) {
    StoreMessage message{.call = ++call, .scope = 7};
    message.body = std::make_shared<const std::string>(size, 'x');
    writer.Add(std::move(message));
  }
  std::string all;
  while (!writer.empty()) {
    const std::string_view next = writer.Next();
    all += next;
    writer.Sent(next.size());
  }
  return all;
}

nano::fuzz::Material Material() {
  std::vector<std::string> seeds = {"f" + Frames({0, 10, 200}),
                                    "f" + Frames({FrameWriter::kPiece + 100, 3})};
  kv::Request request{.operation = kv::Operation::kPut,
                      .keys = {"key"},
                      .value = "value",
                      .metadata = "{}",
                      .ttl = 60};
  seeds.push_back("r" + kv::Encode(request));
  request = {.operation = kv::Operation::kList, .prefix = "a", .after = "b", .limit = 10};
  seeds.push_back("r" + kv::Encode(request));
  request = {.operation = kv::Operation::kGetMany, .binding = 3, .keys = {"a", "b", ""}};
  seeds.push_back("r" + kv::Encode(request));
  kv::Answer answer;
  answer.entries = {{.key = "a", .metadata = "1", .expiration = 5, .value = "v"},
                    {.key = "b", .found = false}};
  seeds.push_back("a" + kv::Encode(answer));
  seeds.push_back("a" + kv::EncodeFailure(kv::Outcome::kFailed, "why"));
  return {.seeds = std::move(seeds), .tokens = {std::string("\0\0\1\0", 4), std::string("\1", 1)}};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  // Of exactly its size, so that AddressSanitizer sees an overflow.
  const std::vector<char> copy(data + 1, data + size);
  const std::string_view rest(copy.data(), copy.size());
  switch (data[0]) {
    case 'f':
      TryFrames(rest);
      break;
    case 'r':
      TryRequest(rest);
      break;
    default:
      TryAnswer(rest);
  }
  return 0;
}

int NanoMain(int argc, char** argv) { return nano::fuzz::Drive(argc, argv, Material()); }

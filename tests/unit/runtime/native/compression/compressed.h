// What tests of decompressors feed them with.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/native/compression/transcoder.h"
#include "tests/unit/mutation.h"

namespace nano::testing {

// `text`, `times` times.
inline std::string Compressed(runtime::CompressionFormat format, std::string_view text,
                              size_t times = 1) {
  const auto compressor = runtime::Transcoder::Create(format, true);
  REQUIRE(compressor != nullptr);
  std::vector<char> piece(65536);
  std::string compressed;
  const auto drain = [&](std::optional<size_t> length) {
    for (; length && *length > 0; length = compressor->Next(piece)) {
      compressed.append(piece.data(), *length);
    }
    REQUIRE(length);
  };
  for (size_t i = 0; i < times; ++i) drain(compressor->Write(text, piece));
  drain(compressor->Finish(piece));
  return compressed;
}

// So many mebibytes of zeros.
inline std::string Bomb(runtime::CompressionFormat format, size_t mebibytes) {
  return Compressed(format, std::string(1 << 20, '\0'), mebibytes);
}

inline std::string Noise(Random& random, size_t length) {
  std::string bytes;
  for (size_t i = 0; i < length; ++i) bytes += static_cast<char>(Below(random, 256));
  return bytes;
}

// Text of several blocks of every format, and noise that does not become smaller.
inline std::string Sample() {
  Random random(1);
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "word" + std::to_string(Below(random, 500));
  return text + Noise(random, 70'000) + text;
}

}  // namespace nano::testing

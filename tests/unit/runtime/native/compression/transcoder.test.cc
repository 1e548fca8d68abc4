// runtime/native/compression: every format in chunks and pieces of any size, damaged and hostile
// data.
#include "runtime/native/compression/transcoder.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/unit/mutation.h"
#include "tests/unit/runtime/native/compression/compressed.h"

namespace nano::runtime {
namespace {

using testing::Bomb;
using testing::Compressed;
using testing::Noise;
using testing::Sample;

constexpr CompressionFormat kFormats[] = {CompressionFormat::kGzip, CompressionFormat::kDeflate,
                                          CompressionFormat::kDeflateRaw,
                                          CompressionFormat::kBrotli, CompressionFormat::kZstd};

// What came out, and whether the stream failed.
struct Outcome {
  std::string bytes;
  bool failed = false;
  std::string problem;
};

Outcome Transcode(CompressionFormat format, bool compress, std::string_view input,
                  size_t chunk_size = 1 << 30, size_t piece_size = 4096, size_t most = -1) {
  const auto transcoder = Transcoder::Create(format, compress);
  REQUIRE(transcoder != nullptr);
  // Exactly as long as it claims to be, for the address sanitizer.
  std::vector<char> piece(piece_size);
  Outcome outcome;
  const auto drain = [&](std::optional<size_t> length) {
    while (length && *length > 0 && outcome.bytes.size() < most) {
      REQUIRE(*length <= piece_size);
      outcome.bytes.append(piece.data(), *length);
      length = transcoder->Next(piece);
    }
    if (length) return true;
    outcome.failed = true;
    outcome.problem = transcoder->failure().problem;
    REQUIRE(transcoder->failure().kind == Transcoder::Failure::kData);
    // It stays so.
    REQUIRE_FALSE(transcoder->Next(piece));
    REQUIRE_FALSE(transcoder->Write("x", piece));
    REQUIRE_FALSE(transcoder->Finish(piece));
    return false;
  };
  while (!input.empty() && outcome.bytes.size() < most) {
    const std::vector<char> chunk(input.begin(),
                                  input.begin() + std::min(chunk_size, input.size()));
    if (!drain(transcoder->Write({chunk.data(), chunk.size()}, piece))) return outcome;
    input.remove_prefix(chunk.size());
  }
  drain(transcoder->Finish(piece));
  return outcome;
}

}  // namespace

TEST_CASE("what was compressed comes back, whatever the chunks and pieces") {
  const std::string text = Sample();
  for (const CompressionFormat format : kFormats) {
    INFO("format " << static_cast<int>(format));
    const std::string whole = Compressed(format, text);
    CHECK(whole.size() < text.size());
    for (const auto& [chunk, piece] : std::vector<std::pair<size_t, size_t>>{
             {1 << 30, 65536}, {1 << 30, 1}, {1, 65536}, {7, 3}, {65536, 1000}}) {
      INFO("chunks of " << chunk << ", pieces of " << piece);
      const Outcome packed = Transcode(format, true, text, chunk, piece);
      CHECK_FALSE(packed.failed);
      const Outcome unpacked = Transcode(format, false, packed.bytes, chunk, piece);
      CHECK_FALSE(unpacked.failed);
      CHECK(unpacked.bytes == text);
    }
  }
}

TEST_CASE("short texts, and none") {
  for (const CompressionFormat format : kFormats) {
    INFO("format " << static_cast<int>(format));
    for (const std::string text : {"", "a", "hello hello hello"}) {
      const std::string packed = Compressed(format, text);
      CHECK_FALSE(packed.empty());
      const Outcome outcome = Transcode(format, false, packed, 1, 1);
      CHECK_FALSE(outcome.failed);
      CHECK(outcome.bytes == text);
    }
    const Outcome nothing = Transcode(format, false, "");
    CHECK(nothing.failed);
    CHECK(nothing.problem == "it ends too early");
  }
}

TEST_CASE("a stream that is cut short fails wherever it is cut") {
  const std::string text = "some text, some more text, and some text again";
  for (const CompressionFormat format : kFormats) {
    const std::string packed = Compressed(format, text);
    for (size_t length = 0; length < packed.size(); ++length) {
      INFO("format " << static_cast<int>(format) << ", " << length << " of " << packed.size());
      for (const size_t chunk : {size_t{1}, packed.size()}) {
        const Outcome outcome = Transcode(format, false, packed.substr(0, length), chunk);
        CHECK(outcome.failed);
        CHECK(outcome.problem == "it ends too early");
        CHECK(text.starts_with(outcome.bytes));
      }
    }
  }
}

TEST_CASE("what follows the end is an error, after all of the text was given") {
  const std::string text(200'000, 'x');
  for (const CompressionFormat format : kFormats) {
    const std::string packed = Compressed(format, text);
    for (const size_t chunk : {size_t{1}, packed.size(), packed.size() + 1}) {
      INFO("format " << static_cast<int>(format) << ", chunks of " << chunk);
      const Outcome outcome = Transcode(format, false, packed + "\1", chunk);
      CHECK(outcome.failed);
      if (format == CompressionFormat::kZstd) continue;  // It takes that for another frame.
      CHECK(outcome.bytes == text);
      CHECK(outcome.problem == "there is something behind its end");
    }
  }
  // There is one member in a gzip stream (Compression Standard, section 4) ...
  const std::string gzip = Compressed(CompressionFormat::kGzip, text);
  CHECK(Transcode(CompressionFormat::kGzip, false, gzip + gzip).failed);
  // ... and any number of frames in a Zstandard stream (RFC 8878, section 3), also skippable ones.
  const std::string zstd = Compressed(CompressionFormat::kZstd, text);
  const std::string skippable("\x50\x2A\x4D\x18\x03\0\0\0abc", 11);
  const Outcome frames =
      Transcode(CompressionFormat::kZstd, false, skippable + zstd + skippable + zstd, 100);
  CHECK_FALSE(frames.failed);
  CHECK(frames.bytes == text + text);
  CHECK(Transcode(CompressionFormat::kZstd, false, zstd + zstd.substr(0, 9)).failed);
}

TEST_CASE("a bomb goes off in pieces") {
  constexpr size_t kSize = 1 << 28;
  for (const CompressionFormat format : kFormats) {
    INFO("format " << static_cast<int>(format));
    const std::string bomb = Bomb(format, kSize >> 20);
    CHECK(bomb.size() < kSize / 900);
    const auto transcoder = Transcoder::Create(format, false);
    std::vector<char> piece(65536);
    size_t total = 0;
    size_t most_memory = 0;
    for (auto length = transcoder->Write(bomb, piece); length && *length > 0;
         length = transcoder->Next(piece)) {
      total += *length;
      most_memory = std::max(most_memory, transcoder->memory());
    }
    CHECK(total == kSize);
    CHECK(transcoder->Finish(piece) == 0u);
    // The window and what is left of the bomb.
    CHECK(most_memory < (10u << 20));
  }
}

TEST_CASE("what a stream holds") {
  const std::string text = Sample();
  std::vector<char> piece(65536);
  const auto memory_after = [&](CompressionFormat format, bool compress, std::string_view input) {
    const auto transcoder = Transcoder::Create(format, compress);
    const size_t before = transcoder->memory();
    for (auto length = transcoder->Write(input, piece); length && *length > 0;
         length = transcoder->Next(piece)) {
    }
    return std::max(before, transcoder->memory());
  };
  // In kilobytes, with a little room for other versions of the libraries.
  const size_t limits[][2] = {{300, 60}, {300, 60}, {300, 60}, {4000, 700}, {2500, 1200}};
  for (const CompressionFormat format : kFormats) {
    const auto number = static_cast<size_t>(format);
    INFO("format " << number);
    CHECK(memory_after(format, true, text) < limits[number][0] * 1024);
    CHECK(memory_after(format, false, Compressed(format, text)) < limits[number][1] * 1024);
  }
}

TEST_CASE("a Zstandard frame with a window of gigabytes is refused") {
  const std::string frame("\x28\xB5\x2F\xFD\x00\xA8\x01\x00\x00", 9);
  const Outcome outcome = Transcode(CompressionFormat::kZstd, false, frame);
  CHECK(outcome.failed);
  CHECK(outcome.problem.find("memory") != std::string::npos);
}

TEST_CASE("a zlib stream that needs a preset dictionary is refused") {
  const Outcome outcome =
      Transcode(CompressionFormat::kDeflate, false, std::string("\x78\x20\1\2\3\4\5\6", 8));
  CHECK(outcome.failed);
  CHECK(outcome.problem == "it needs a preset dictionary");
}

// Damage of any kind ends in data or in an error, in bounded memory; and chunks make no difference.
TEST_CASE("damaged streams") {
  testing::Random random(7);
  const std::string text = Sample().substr(0, 3000);
  const std::vector<std::string> pieces = {std::string("\0\0\0\0", 4),
                                           "\xFF\xFF\xFF\xFF",
                                           "\x1F\x8B\x08",
                                           "\x78\x9C",
                                           std::string("\x28\xB5\x2F\xFD", 4),
                                           std::string("\x50\x2A\x4D\x18\xFF\0\0\0", 8)};
  int failed = 0;
  for (const CompressionFormat format : kFormats) {
    const std::string packed = Compressed(format, text);
    for (int round = 0; round < 400; ++round) {
      const std::string input = round % 20 == 0
                                    ? Noise(random, testing::Below(random, 200))
                                    : testing::Mutated(random, packed, pieces, 3, 16, 64);
      INFO("format " << static_cast<int>(format) << ", round " << round);
      constexpr size_t kMost = 1 << 20;
      const Outcome whole = Transcode(format, false, input, 1 << 30, 4096, kMost);
      const Outcome split =
          Transcode(format, false, input, 1 + testing::Below(random, 50), 4096, kMost);
      failed += whole.failed;
      if (whole.bytes.size() >= kMost) continue;
      CHECK(whole.failed == split.failed);
      if (!whole.failed) CHECK(whole.bytes == split.bytes);
    }
  }
  CHECK(failed > 1000);
}

}  // namespace nano::runtime

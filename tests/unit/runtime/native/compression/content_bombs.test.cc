// runtime/native/compression: bodies made to use up a decoder's memory or time, and what a sender
// has flushed.
#include <zlib.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "runtime/native/compression/brotli.h"
#include "runtime/native/compression/content_decoder.h"
#include "runtime/native/compression/zstd.h"
#include "tests/unit/runtime/native/compression/compressed.h"
#include "tests/unit/runtime/native/compression/decoded.h"

namespace nano::runtime {
namespace {

using testing::Bomb;
using testing::Coded;
using testing::Compressed;
using testing::Decode;

constexpr CompressionFormat kGzip = CompressionFormat::kGzip;
constexpr CompressionFormat kBrotli = CompressionFormat::kBrotli;
constexpr CompressionFormat kZstd = CompressionFormat::kZstd;

// How far a body gets, and what that costs.
struct Blast {
  uint64_t bytes = 0;
  size_t memory = 0;
  std::string problem;
};

Blast Ignite(std::string_view codings, std::string_view body, size_t part_size = 1 << 30) {
  const auto decoder = ContentDecoder::Create(codings).value();
  std::vector<char> piece(65536);
  Blast blast;
  const auto drain = [&](std::optional<size_t> length) {
    for (; length && *length > 0; length = decoder->Next(piece)) {
      blast.bytes += *length;
      blast.memory = std::max(blast.memory, decoder->memory());
    }
    if (!length) blast.problem = decoder->failure().problem;
    return length.has_value();
  };
  for (; !body.empty(); body.remove_prefix(std::min(part_size, body.size()))) {
    if (!drain(decoder->Write(body.substr(0, part_size), piece))) return blast;
  }
  drain(decoder->Finish(piece));
  return blast;
}

std::string Refusal(const char* coding) {
  return "its " + std::string(coding) + " coding expands to more than 2000 times what was received";
}

}  // namespace

TEST_CASE("a body that expands too much ends, after what is free") {
  struct Case {
    const char* codings;
    std::string body;
    const char* guilty;
  };
  // Each of 128 MiB.
  const Case cases[] = {
      {"br", Bomb(kBrotli, 128), "br"},
      {"zstd", Bomb(kZstd, 128), "zstd"},
      {"gzip, gzip", Compressed(kGzip, Bomb(kGzip, 128)), "gzip"},
      {"deflate, br", Compressed(kBrotli, Bomb(CompressionFormat::kDeflate, 128)), "deflate"},
      {"br, identity, zstd", Compressed(kZstd, Bomb(kBrotli, 128)), "br"},
  };
  for (const auto& [codings, body, guilty] : cases) {
    for (const size_t part : {size_t{1} << 30, size_t{100}, size_t{1}}) {
      INFO(codings << " of " << body.size() << ", parts of " << part);
      CHECK(body.size() < 20'000);
      const Blast blast = Ignite(codings, body, part);
      CHECK(blast.problem == Refusal(guilty));
      CHECK(blast.bytes <= ContentDecoder::kFreeOutput + 2000 * body.size());
      CHECK(blast.bytes >= ContentDecoder::kFreeOutput - 65536);
      CHECK(blast.memory < 10u << 20);
    }
  }
}

TEST_CASE("what gzip and deflate can do by themselves, and what is free, is no bomb") {
  const std::pair<const char*, std::string> cases[] = {
      {"gzip", Bomb(kGzip, 128)},
      {"deflate", Bomb(CompressionFormat::kDeflate, 128)},
      {"deflate", Bomb(CompressionFormat::kDeflateRaw, 128)},
      {"br", Bomb(kBrotli, 64)},
      {"zstd", Bomb(kZstd, 64)},
  };
  for (const auto& [coding, body] : cases) {
    INFO(coding << " of " << body.size());
    const Blast blast = Ignite(coding, body);
    CHECK(blast.problem == "");
    CHECK(blast.bytes >= 64 << 20);
    CHECK(blast.memory < 2u << 20);
  }
}

TEST_CASE("much noise pays for many zeros") {
  testing::Random random(3);
  const std::string noise = Coded("zstd", testing::Noise(random, 64 << 10));
  const std::string zeros = Bomb(kZstd, 100);
  CHECK(Ignite("zstd", noise + zeros).problem == "");
  // Not noise that is yet to be read, though it came with the zeros.
  CHECK(Ignite("zstd", zeros + noise).problem == Refusal("zstd"));
}

// A coding may swallow what the one outside of it gives: the outer one's work counts.
TEST_CASE("a bomb that nothing comes out of ends as well") {
  // 128 MiB of padding behind a gzip body, in br.
  const std::string zeros(1 << 20, '\0');
  std::string padded;
  {
    const auto compressor = Transcoder::Create(kBrotli, true);
    std::vector<char> piece(65536);
    const auto drain = [&](std::optional<size_t> length) {
      for (; *length > 0; length = compressor->Next(piece)) padded.append(piece.data(), *length);
    };
    drain(compressor->Write(Coded("gzip", "x"), piece));
    for (int i = 0; i < 128; ++i) drain(compressor->Write(zeros, piece));
    drain(compressor->Finish(piece));
  }
  const Blast blast = Ignite("gzip, br", padded);
  CHECK(blast.problem == Refusal("br"));
  CHECK(blast.bytes <= 1);
}

TEST_CASE("windows beyond what the content coding may have are refused, however a frame is split") {
  // A frame of 256 x with a window of the given descriptor.
  const auto frame = [](char window) {
    return std::string("\x28\xB5\x2F\xFD\x40", 5) + window + std::string("\0\0\x03\x08\0x", 6);
  };
  for (const size_t part : {1, 2, 5, 100}) {
    INFO("parts of " << part);
    // 8 MiB, and the next larger ones.
    CHECK(Decode("zstd", frame('\x68'), part, 4096).bytes == std::string(256, 'x'));
    for (const char window : {'\x69', '\x70', '\xA8'}) {
      CHECK(Decode("zstd", frame(window), part, 4096).problem.find("memory") != std::string::npos);
      CHECK(Decode("zstd", frame('\x68') + frame(window), part, 4096).problem.find("memory") !=
            std::string::npos);
    }
  }
  // Brotli's extension for windows up to 1 GiB begins with what RFC 7932 reserves: an empty text
  // with a window of 2^30.
  CHECK(Decode("br", "\x11\xDE").problem.ends_with("WINDOW_BITS"));
}

TEST_CASE("what the sender has flushed comes out at once") {
  std::vector<char> coded(4096);
  const std::string event = "data: hello\n\n";
  std::vector<std::pair<const char*, std::string>> flushed;
  {
    z_stream stream = {};
    REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(event.data()));
    stream.avail_in = static_cast<uInt>(event.size());
    stream.next_out = reinterpret_cast<Bytef*>(coded.data());
    stream.avail_out = static_cast<uInt>(coded.size());
    REQUIRE(deflate(&stream, Z_SYNC_FLUSH) == Z_OK);
    flushed.emplace_back("gzip", std::string(coded.data(), coded.size() - stream.avail_out));
    deflateEnd(&stream);
  }
  {
    BrotliEncoderState* const encoder = BrotliEncoderCreateInstance(nullptr, nullptr, nullptr);
    size_t in = event.size();
    auto* next_in = reinterpret_cast<const uint8_t*>(event.data());
    size_t out = coded.size();
    auto* next_out = reinterpret_cast<uint8_t*>(coded.data());
    REQUIRE(BrotliEncoderCompressStream(encoder, BROTLI_OPERATION_FLUSH, &in, &next_in, &out,
                                        &next_out, nullptr) == 1);
    flushed.emplace_back("br", std::string(coded.data(), coded.size() - out));
    BrotliEncoderDestroyInstance(encoder);
  }
  {
    ZSTD_CCtx* const context = ZSTD_createCCtx();
    ZSTD_inBuffer in{event.data(), event.size(), 0};
    ZSTD_outBuffer out{coded.data(), coded.size(), 0};
    REQUIRE(ZSTD_compressStream2(context, &out, &in, ZSTD_e_flush) == 0);
    flushed.emplace_back("zstd", std::string(coded.data(), out.pos));
    ZSTD_freeCCtx(context);
  }
  for (const auto& [coding, part] : flushed) {
    INFO(coding);
    const auto decoder = ContentDecoder::Create(coding).value();
    std::vector<char> piece(4096);
    CHECK(decoder->Write(part, piece) == event.size());
    CHECK(std::string(piece.data(), event.size()) == event);
    CHECK(decoder->Next(piece) == 0u);
  }
}

}  // namespace nano::runtime

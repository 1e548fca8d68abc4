// Guards runtime/native/compression/brotli.h and zstd.h, which declare what the engine's executable
// exports: drives every function that they declare and the codecs use.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>

#include "runtime/native/compression/brotli.h"
#include "runtime/native/compression/zstd.h"

namespace {

const std::string& Text() {
  static const std::string text = [] {
    std::string lines;
    for (int i = 0; i < 2000; ++i) lines += "line " + std::to_string(i * i) + "\n";
    return lines;
  }();
  return text;
}

// Counts what is allocated and not freed.
void* CountedAllocate(void* count, size_t size) {
  ++*static_cast<int*>(count);
  return std::malloc(size);
}
void CountedFree(void* count, void* memory) {
  if (memory != nullptr) --*static_cast<int*>(count);
  std::free(memory);
}

std::string BrotliCompressed(const std::string& text, uint32_t quality, int* allocations) {
  BrotliEncoderState* encoder =
      BrotliEncoderCreateInstance(CountedAllocate, CountedFree, allocations);
  REQUIRE(encoder != nullptr);
  CHECK(BrotliEncoderSetParameter(encoder, BROTLI_PARAM_MODE, 0) == 1);
  CHECK(BrotliEncoderSetParameter(encoder, BROTLI_PARAM_QUALITY, quality) == 1);
  CHECK(BrotliEncoderSetParameter(encoder, BROTLI_PARAM_LGWIN, 18) == 1);
  CHECK(BrotliEncoderSetParameter(encoder, static_cast<BrotliEncoderParameter>(1000), 1) == 0);
  std::string compressed;
  uint8_t part[100];
  size_t in = text.size();
  auto* next_in = reinterpret_cast<const uint8_t*>(text.data());
  size_t total = 0;
  const auto run = [&](BrotliEncoderOperation operation) {
    do {
      size_t out = sizeof(part);
      uint8_t* next_out = part;
      REQUIRE(BrotliEncoderCompressStream(encoder, operation, &in, &next_in, &out, &next_out,
                                          &total) == 1);
      CHECK(next_out == part + sizeof(part) - out);
      compressed.append(reinterpret_cast<char*>(part), sizeof(part) - out);
    } while (in > 0 || BrotliEncoderHasMoreOutput(encoder));
  };
  run(BROTLI_OPERATION_PROCESS);
  const size_t before = compressed.size();
  run(BROTLI_OPERATION_FLUSH);
  CHECK(compressed.size() > before);
  CHECK(BrotliEncoderIsFinished(encoder) == 0);
  run(BROTLI_OPERATION_FINISH);
  CHECK(BrotliEncoderIsFinished(encoder) == 1);
  CHECK(next_in == reinterpret_cast<const uint8_t*>(text.data()) + text.size());
  CHECK(total == compressed.size());
  BrotliEncoderDestroyInstance(encoder);
  return compressed;
}

}  // namespace

TEST_CASE("brotli: what it compresses it restores, and parameters have their meaning") {
  int allocations = 0;
  const std::string small = BrotliCompressed(Text(), 9, &allocations);
  CHECK(allocations == 0);
  CHECK(small.size() < BrotliCompressed(Text(), 0, &allocations).size());

  BrotliDecoderState* decoder =
      BrotliDecoderCreateInstance(CountedAllocate, CountedFree, &allocations);
  REQUIRE(decoder != nullptr);
  CHECK(allocations > 0);
  const std::string input = small + "more";
  std::string text;
  auto* next_in = reinterpret_cast<const uint8_t*>(input.data());
  size_t in = 10;
  uint8_t part[1000];
  size_t total = 0;
  std::vector<BrotliDecoderResult> results;
  BrotliDecoderResult result;
  do {
    size_t out = sizeof(part);
    uint8_t* next_out = part;
    result = BrotliDecoderDecompressStream(decoder, &in, &next_in, &out, &next_out, &total);
    text.append(reinterpret_cast<char*>(part), sizeof(part) - out);
    if (results.empty() || results.back() != result) results.push_back(result);
    if (result == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT) in = input.size() - 10;
  } while (result != BROTLI_DECODER_RESULT_SUCCESS && result != BROTLI_DECODER_RESULT_ERROR);
  CHECK(results == std::vector{BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT,
                               BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT,
                               BROTLI_DECODER_RESULT_SUCCESS});
  CHECK(text == Text());
  CHECK(total == text.size());
  CHECK(in == 4);  // "more"
  BrotliDecoderDestroyInstance(decoder);
  CHECK(allocations == 0);
}

TEST_CASE("brotli: errors have a code and a name") {
  BrotliDecoderState* decoder = BrotliDecoderCreateInstance(nullptr, nullptr, nullptr);
  const uint8_t bad[] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
  size_t in = sizeof(bad);
  const uint8_t* next_in = bad;
  uint8_t part[10];
  size_t out = sizeof(part);
  uint8_t* next_out = part;
  CHECK(BrotliDecoderDecompressStream(decoder, &in, &next_in, &out, &next_out, nullptr) ==
        BROTLI_DECODER_RESULT_ERROR);
  const int code = BrotliDecoderGetErrorCode(decoder);
  CHECK((code < 0 && code > -21));
  CHECK(std::string(BrotliDecoderErrorString(code)).size() > 3);
  CHECK(std::string(BrotliDecoderErrorString(-30)).find("ALLOC") != std::string::npos);
  CHECK(std::string(BrotliDecoderErrorString(-21)).find("ALLOC") != std::string::npos);
  BrotliDecoderDestroyInstance(decoder);
}

TEST_CASE("zstd: what it compresses it restores") {
  ZSTD_CCtx* compressor = ZSTD_createCCtx();
  REQUIRE(compressor != nullptr);
  CHECK_FALSE(ZSTD_isError(ZSTD_CCtx_setParameter(compressor, ZSTD_c_compressionLevel, 5)));
  CHECK(ZSTD_isError(ZSTD_CCtx_setParameter(compressor, static_cast<ZSTD_cParameter>(1), 5)));
  std::string compressed(Text().size(), '\0');
  ZSTD_inBuffer in{Text().data(), Text().size(), 0};
  ZSTD_outBuffer out{compressed.data(), 100, 0};
  CHECK_FALSE(ZSTD_isError(ZSTD_compressStream2(compressor, &out, &in, ZSTD_e_continue)));
  CHECK(in.pos == Text().size());
  CHECK(ZSTD_compressStream2(compressor, &out, &in, ZSTD_e_flush) > 0);  // There is no room.
  CHECK(out.pos == 100);
  out.size = compressed.size();
  CHECK(ZSTD_compressStream2(compressor, &out, &in, ZSTD_e_end) == 0);
  compressed.resize(out.pos);
  CHECK(ZSTD_sizeof_CCtx(compressor) > 100'000);
  ZSTD_freeCCtx(compressor);

  ZSTD_DCtx* decompressor = ZSTD_createDCtx();
  REQUIRE(decompressor != nullptr);
  std::string text(Text().size(), '\0');
  ZSTD_inBuffer coded{compressed.data(), 20, 0};
  ZSTD_outBuffer plain{text.data(), text.size(), 0};
  const size_t left = ZSTD_decompressStream(decompressor, &plain, &coded);
  CHECK((left > 0 && !ZSTD_isError(left)));
  coded.size = compressed.size();
  CHECK(ZSTD_decompressStream(decompressor, &plain, &coded) == 0);
  CHECK(plain.pos == text.size());
  CHECK(coded.pos == compressed.size());
  CHECK(text == Text());
  CHECK(ZSTD_sizeof_DCtx(decompressor) > 100'000);

  coded = {"not a frame", 11, 0};
  const size_t bad = ZSTD_decompressStream(decompressor, &plain, &coded);
  CHECK(ZSTD_isError(bad));
  CHECK(ZSTD_getErrorCode(bad) == 10);  // ZSTD_error_prefix_unknown
  CHECK(std::string(ZSTD_getErrorName(bad)) == "Unknown frame descriptor");
  CHECK(std::string(ZSTD_getErrorName(-size_t{ZSTD_error_memory_allocation})).find("memory") !=
        std::string::npos);
  ZSTD_freeDCtx(decompressor);
}

TEST_CASE("zstd: a decompressor refuses windows beyond its limit") {
  // Magic number, descriptor without a single segment, window of 2^(10 + 14) bytes.
  const std::string frame("\x28\xB5\x2F\xFD\x00\x70\x01\x00\x00", 9);
  for (const int limit : {23, 24}) {
    ZSTD_DCtx* decompressor = ZSTD_createDCtx();
    CHECK_FALSE(ZSTD_isError(ZSTD_DCtx_setParameter(decompressor, ZSTD_d_windowLogMax, limit)));
    ZSTD_inBuffer in{frame.data(), frame.size(), 0};
    ZSTD_outBuffer out{nullptr, 0, 0};
    const size_t result = ZSTD_decompressStream(decompressor, &out, &in);
    CHECK((ZSTD_isError(result) != 0) == (limit == 23));
    ZSTD_freeDCtx(decompressor);
  }
}

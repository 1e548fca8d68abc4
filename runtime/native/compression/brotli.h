// The part of brotli's documented C interface (https://github.com/google/brotli, version 1) that
// codecs use. The engine's executable exports these functions and ships no header for them, so the
// declarations are the project's own; tests/unit/runtime/native/compression/codec_libraries.test.cc
// drives each of them. Included by brotli_codec.cc only. Thread-safe for distinct states.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

using brotli_alloc_func = void* (*)(void* opaque, size_t size);
using brotli_free_func = void (*)(void* opaque, void* address);

struct BrotliEncoderState;
struct BrotliDecoderState;

enum BrotliEncoderOperation : int {
  BROTLI_OPERATION_PROCESS = 0,
  BROTLI_OPERATION_FLUSH = 1,
  BROTLI_OPERATION_FINISH = 2,
};

enum BrotliEncoderParameter : int {
  BROTLI_PARAM_MODE = 0,
  BROTLI_PARAM_QUALITY = 1,  // 0 to 11.
  BROTLI_PARAM_LGWIN = 2,    // 10 to 24: the window has 2^n - 16 bytes.
};

enum BrotliDecoderResult : int {
  BROTLI_DECODER_RESULT_ERROR = 0,
  BROTLI_DECODER_RESULT_SUCCESS = 1,
  BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT = 2,
  BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT = 3,
};

// Null if there is no memory. Both allocator functions, or neither.
BrotliEncoderState* BrotliEncoderCreateInstance(brotli_alloc_func alloc_func,
                                                brotli_free_func free_func, void* opaque);
void BrotliEncoderDestroyInstance(BrotliEncoderState* state);
// 0 if the parameter is not known, or its value out of range, or it is too late.
int BrotliEncoderSetParameter(BrotliEncoderState* state, BrotliEncoderParameter parameter,
                              uint32_t value);
// Advances input and output. 0 if there was no memory.
int BrotliEncoderCompressStream(BrotliEncoderState* state, BrotliEncoderOperation operation,
                                size_t* available_in, const uint8_t** next_in,
                                size_t* available_out, uint8_t** next_out, size_t* total_out);
int BrotliEncoderIsFinished(BrotliEncoderState* state);
int BrotliEncoderHasMoreOutput(BrotliEncoderState* state);

BrotliDecoderState* BrotliDecoderCreateInstance(brotli_alloc_func alloc_func,
                                                brotli_free_func free_func, void* opaque);
void BrotliDecoderDestroyInstance(BrotliDecoderState* state);
// Advances input and output. What follows the end of the stream stays in the input.
BrotliDecoderResult BrotliDecoderDecompressStream(BrotliDecoderState* state, size_t* available_in,
                                                  const uint8_t** next_in, size_t* available_out,
                                                  uint8_t** next_out, size_t* total_out);
// Negative; -30 to -21 are failures of the allocator.
int BrotliDecoderGetErrorCode(const BrotliDecoderState* state);
const char* BrotliDecoderErrorString(int code);

}  // extern "C"

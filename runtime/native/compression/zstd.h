// The part of Zstandard's documented, stable C interface (zstd.h and zstd_errors.h of
// https://github.com/facebook/zstd, version 1.5) that codecs use. The engine's executable exports
// these functions and ships no header for them, so the declarations are the project's own;
// tests/unit/runtime/native/compression/codec_libraries.test.cc drives each of them. Included by
// zstd_codec.cc only. Thread-safe for distinct contexts.
#pragma once

#include <cstddef>

extern "C" {

struct ZSTD_CCtx;
struct ZSTD_DCtx;

struct ZSTD_inBuffer {
  const void* src;
  size_t size;
  size_t pos;  // Advanced by what was read.
};

struct ZSTD_outBuffer {
  void* dst;
  size_t size;
  size_t pos;  // Advanced by what was written.
};

enum ZSTD_EndDirective : int { ZSTD_e_continue = 0, ZSTD_e_flush = 1, ZSTD_e_end = 2 };
enum ZSTD_cParameter : int { ZSTD_c_compressionLevel = 100, ZSTD_c_windowLog = 101 };
enum ZSTD_dParameter : int { ZSTD_d_windowLogMax = 100 };
enum ZSTD_ErrorCode : int { ZSTD_error_memory_allocation = 64 };

// Sizes that functions return may be errors.
unsigned ZSTD_isError(size_t result);
ZSTD_ErrorCode ZSTD_getErrorCode(size_t result);
const char* ZSTD_getErrorName(size_t result);

// Null if there is no memory.
ZSTD_CCtx* ZSTD_createCCtx();
size_t ZSTD_freeCCtx(ZSTD_CCtx* context);
size_t ZSTD_CCtx_setParameter(ZSTD_CCtx* context, ZSTD_cParameter parameter, int value);
// What is still to be written, 0 when an ended frame has left entirely; or an error.
size_t ZSTD_compressStream2(ZSTD_CCtx* context, ZSTD_outBuffer* output, ZSTD_inBuffer* input,
                            ZSTD_EndDirective end);
size_t ZSTD_sizeof_CCtx(const ZSTD_CCtx* context);

ZSTD_DCtx* ZSTD_createDCtx();
size_t ZSTD_freeDCtx(ZSTD_DCtx* context);
size_t ZSTD_DCtx_setParameter(ZSTD_DCtx* context, ZSTD_dParameter parameter, int value);
// 0 when a frame has been read and written entirely; or an error.
size_t ZSTD_decompressStream(ZSTD_DCtx* context, ZSTD_outBuffer* output, ZSTD_inBuffer* input);
size_t ZSTD_sizeof_DCtx(const ZSTD_DCtx* context);

}  // extern "C"

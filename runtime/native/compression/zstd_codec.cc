// Zstandard (RFC 8878).
#include "runtime/native/compression/zstd.h"

#include <algorithm>

#include "runtime/native/compression/codec.h"

namespace nano::runtime {
namespace {

// A frame may ask its decoder for a window of gigabytes. RFC 8878 recommends to support 8 MB, and
// RFC 9659 forbids more for the content coding.
constexpr int kWindowLogMax = 23;
// A quarter of what the default level takes: it nearly halves the memory that a stream holds.
constexpr int kWindowLog = 19;
// The highest that does not need more memory than decoders are asked for.
constexpr int kLevelOnce = 19;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// Takes what a call has used off the front of both.
void Update(const ZSTD_inBuffer& in, const ZSTD_outBuffer& out, std::string_view& input,
            std::span<char>& output) {
  input.remove_prefix(in.pos);
  output = output.subspan(out.pos);
}

class ZstdEncoder final : public Codec {
 public:
  explicit ZstdEncoder(Effort effort) {
    if (!context_) return;
    const bool once = effort == Effort::kOnce;
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_windowLog, once ? kWindowLogMax : kWindowLog);
    if (once) ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kLevelOnce);
  }
  bool created() const { return context_ != nullptr; }

  CodecStatus Run(std::string_view& input, std::span<char>& output, bool finish) override {
    while (!output.empty()) {
      ZSTD_inBuffer in{input.data(), input.size(), 0};
      ZSTD_outBuffer out{output.data(), output.size(), 0};
      const size_t left =
          ZSTD_compressStream2(context_.get(), &out, &in, finish ? ZSTD_e_end : ZSTD_e_continue);
      Update(in, out, input, output);
      if (ZSTD_isError(left)) return CodecStatus::kNoMemory;
      if (finish && left == 0) return CodecStatus::kEnd;
      // With room in the output, what is left is in the encoder's block, waiting for more input.
      if (!finish && input.empty() && !output.empty()) return CodecStatus::kMoreInput;
    }
    return CodecStatus::kMoreOutput;
  }

  size_t memory() const override { return ZSTD_sizeof_CCtx(context_.get()); }

 private:
  const std::unique_ptr<ZSTD_CCtx, FreeContext> context_{ZSTD_createCCtx()};
};

class ZstdDecoder final : public Codec {
 public:
  explicit ZstdDecoder(DecompressionRules rules)
      : first_byte_alone_(rules == DecompressionRules::kHttp) {
    if (context_) ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kWindowLogMax);
  }
  bool created() const { return context_ != nullptr; }

  // A stream is one frame or several (RFC 8878, section 3), so there is never an end after which
  // nothing may follow.
  CodecStatus Run(std::string_view& input, std::span<char>& output, bool) override {
    while (!output.empty()) {
      // A call without input would begin the next frame.
      if (complete_ && input.empty()) return CodecStatus::kMoreInput;
      // Of a frame that it has all of, and room for, the library does not check the window. It
      // never has, if it gets a byte first: then it does not depend on how the input was cut.
      const bool alone = first_byte_alone_ && frame_begins_;
      ZSTD_inBuffer in{input.data(), alone ? std::min<size_t>(input.size(), 1) : input.size(), 0};
      ZSTD_outBuffer out{output.data(), output.size(), 0};
      const size_t left = ZSTD_decompressStream(context_.get(), &out, &in);
      Update(in, out, input, output);
      if (ZSTD_isError(left)) {
        if (ZSTD_getErrorCode(left) == ZSTD_error_memory_allocation) return CodecStatus::kNoMemory;
        return Malformed(ZSTD_getErrorName(left));
      }
      frame_begins_ = complete_ = left == 0;
      if (input.empty() && !output.empty()) return CodecStatus::kMoreInput;
    }
    return CodecStatus::kMoreOutput;
  }

  bool complete() const override { return complete_; }
  size_t memory() const override { return ZSTD_sizeof_DCtx(context_.get()); }

 private:
  const std::unique_ptr<ZSTD_DCtx, FreeContext> context_{ZSTD_createDCtx()};
  const bool first_byte_alone_;
  bool frame_begins_ = true;
  bool complete_ = false;
};

template <typename Zstd, typename... Arguments>
std::unique_ptr<Codec> Make(Arguments... arguments) {
  auto codec = std::make_unique<Zstd>(arguments...);
  if (!codec->created()) return nullptr;
  return codec;
}

}  // namespace

std::unique_ptr<Codec> MakeZstdEncoder(Effort effort) { return Make<ZstdEncoder>(effort); }
std::unique_ptr<Codec> MakeZstdDecoder(DecompressionRules rules) {
  return Make<ZstdDecoder>(rules);
}

}  // namespace nano::runtime

// Brotli (RFC 7932).
#include "runtime/native/compression/brotli.h"

#include <cstdint>

#include "runtime/native/compression/codec.h"
#include "runtime/native/compression/counting_allocator.h"

namespace nano::runtime {
namespace {

// Brotli's own defaults, 11 and 22, are for files that are compressed once and served for years: 1
// MB takes them seconds. These are for answers that are made on the fly: as fast as gzip and
// smaller.
constexpr uint32_t kQuality = 5;
constexpr uint32_t kWindowBits = 19;
constexpr uint32_t kQualityOnce = 11;
constexpr uint32_t kWindowBitsOnce = 22;

void* Allocate(void* allocator, size_t size) {
  return static_cast<CountingAllocator*>(allocator)->Allocate(size);
}

void Free(void* allocator, void* memory) {
  static_cast<CountingAllocator*>(allocator)->Free(memory);
}

// The positions that brotli's functions advance.
struct Positions {
  Positions(std::string_view input, std::span<char> output)
      : available_in(input.size()),
        next_in(reinterpret_cast<const uint8_t*>(input.data())),
        available_out(output.size()),
        next_out(reinterpret_cast<uint8_t*>(output.data())) {}
  void Update(std::string_view& input, std::span<char>& output) const {
    input.remove_prefix(input.size() - available_in);
    output = output.subspan(output.size() - available_out);
  }

  size_t available_in;
  const uint8_t* next_in;
  size_t available_out;
  uint8_t* next_out;
};

class BrotliEncoder final : public Codec {
 public:
  explicit BrotliEncoder(Effort effort)
      : state_(BrotliEncoderCreateInstance(Allocate, Free, &allocator_)) {
    if (state_ == nullptr) return;
    const bool once = effort == Effort::kOnce;
    BrotliEncoderSetParameter(state_, BROTLI_PARAM_QUALITY, once ? kQualityOnce : kQuality);
    BrotliEncoderSetParameter(state_, BROTLI_PARAM_LGWIN, once ? kWindowBitsOnce : kWindowBits);
  }
  ~BrotliEncoder() override {
    if (state_ != nullptr) BrotliEncoderDestroyInstance(state_);
  }
  bool created() const { return state_ != nullptr; }

  CodecStatus Run(std::string_view& input, std::span<char>& output, bool finish) override {
    Positions at(input, output);
    const auto operation = finish ? BROTLI_OPERATION_FINISH : BROTLI_OPERATION_PROCESS;
    CodecStatus status = CodecStatus::kMoreOutput;
    while (at.available_out > 0) {
      if (at.available_in == 0 && !finish && !BrotliEncoderHasMoreOutput(state_)) {
        status = CodecStatus::kMoreInput;
        break;
      }
      if (!BrotliEncoderCompressStream(state_, operation, &at.available_in, &at.next_in,
                                       &at.available_out, &at.next_out, nullptr)) {
        status = CodecStatus::kNoMemory;
        break;
      }
      if (finish && BrotliEncoderIsFinished(state_)) {
        status = CodecStatus::kEnd;
        break;
      }
    }
    at.Update(input, output);
    return status;
  }

  size_t memory() const override { return allocator_.held(); }

 private:
  CountingAllocator allocator_;
  BrotliEncoderState* const state_;
};

class BrotliDecoder final : public Codec {
 public:
  BrotliDecoder() : state_(BrotliDecoderCreateInstance(Allocate, Free, &allocator_)) {}
  ~BrotliDecoder() override {
    if (state_ != nullptr) BrotliDecoderDestroyInstance(state_);
  }
  bool created() const { return state_ != nullptr; }

  CodecStatus Run(std::string_view& input, std::span<char>& output, bool) override {
    Positions at(input, output);
    const BrotliDecoderResult result = BrotliDecoderDecompressStream(
        state_, &at.available_in, &at.next_in, &at.available_out, &at.next_out, nullptr);
    at.Update(input, output);
    switch (result) {
      case BROTLI_DECODER_RESULT_SUCCESS:
        complete_ = true;
        return CodecStatus::kEnd;
      case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT:
        return CodecStatus::kMoreInput;
      case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT:
        return CodecStatus::kMoreOutput;
      case BROTLI_DECODER_RESULT_ERROR:
        break;
    }
    const int code = BrotliDecoderGetErrorCode(state_);
    if (code <= -21 && code >= -30) return CodecStatus::kNoMemory;
    return Malformed(BrotliDecoderErrorString(code));
  }

  bool complete() const override { return complete_; }
  size_t memory() const override { return allocator_.held(); }

 private:
  CountingAllocator allocator_;
  BrotliDecoderState* const state_;
  bool complete_ = false;
};

template <typename Brotli, typename... Arguments>
std::unique_ptr<Codec> Make(Arguments... arguments) {
  auto codec = std::make_unique<Brotli>(arguments...);
  if (!codec->created()) return nullptr;
  return codec;
}

}  // namespace

std::unique_ptr<Codec> MakeBrotliEncoder(Effort effort) { return Make<BrotliEncoder>(effort); }
std::unique_ptr<Codec> MakeBrotliDecoder() { return Make<BrotliDecoder>(); }

}  // namespace nano::runtime

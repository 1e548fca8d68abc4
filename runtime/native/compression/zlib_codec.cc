// gzip, deflate (that is RFC 1950, with zlib's header) and deflate-raw, by zlib.
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <limits>

#include "runtime/native/compression/codec.h"
#include "runtime/native/compression/counting_allocator.h"

namespace nano::runtime {
namespace {

constexpr int kMemoryLevel = 8;  // zlib's default.

// How zlib is told the format, with its largest window.
int WindowBits(CompressionFormat format) {
  switch (format) {
    case CompressionFormat::kGzip:
      return MAX_WBITS + 16;
    case CompressionFormat::kDeflateRaw:
      return -MAX_WBITS;
    default:
      return MAX_WBITS;
  }
}

// zlib counts in 32 bits.
uInt Part(size_t size) {
  return static_cast<uInt>(std::min<size_t>(size, std::numeric_limits<uInt>::max()));
}

class ZlibCodec : public Codec {
 public:
  size_t memory() const override { return allocator_.held(); }

 protected:
  ZlibCodec() {
    stream_.opaque = &allocator_;
    stream_.zalloc = [](void* opaque, uInt items, uInt size) -> void* {
      return static_cast<CountingAllocator*>(opaque)->Allocate(static_cast<size_t>(items) * size);
    };
    stream_.zfree = [](void* opaque, void* memory) {
      static_cast<CountingAllocator*>(opaque)->Free(memory);
    };
  }

  // Calls zlib's `step` once, for as much of both as it can count.
  template <typename Step>
  int Call(std::string_view& input, std::span<char>& output, Step step) {
    const uInt in = Part(input.size());
    const uInt out = Part(output.size());
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    stream_.avail_in = in;
    stream_.next_out = reinterpret_cast<Bytef*>(output.data());
    stream_.avail_out = out;
    const int result = step(&stream_);
    input.remove_prefix(in - stream_.avail_in);
    output = output.subspan(out - stream_.avail_out);
    return result;
  }

  z_stream stream_ = {};

 private:
  CountingAllocator allocator_;
};

class Deflater final : public ZlibCodec {
 public:
  ~Deflater() override { deflateEnd(&stream_); }

  bool Initialize(CompressionFormat format) {
    return deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, WindowBits(format),
                        kMemoryLevel, Z_DEFAULT_STRATEGY) == Z_OK;
  }

  CodecStatus Run(std::string_view& input, std::span<char>& output, bool finish) override {
    while (!output.empty()) {
      const bool last = finish && input.size() == Part(input.size());
      const int result = Call(input, output, [last](z_stream* stream) {
        return deflate(stream, last ? Z_FINISH : Z_NO_FLUSH);
      });
      if (result == Z_STREAM_END) return CodecStatus::kEnd;
      // Z_BUF_ERROR only says that there was nothing to do.
      if (result != Z_OK && result != Z_BUF_ERROR) return CodecStatus::kNoMemory;
      if (!finish && input.empty() && !output.empty()) return CodecStatus::kMoreInput;
    }
    return CodecStatus::kMoreOutput;
  }
};

class Inflater final : public ZlibCodec {
 public:
  ~Inflater() override { inflateEnd(&stream_); }

  bool Initialize(CompressionFormat format) {
    return inflateInit2(&stream_, WindowBits(format)) == Z_OK;
  }

  CodecStatus Run(std::string_view& input, std::span<char>& output, bool) override {
    while (!output.empty()) {
      const int result =
          Call(input, output, [](z_stream* stream) { return inflate(stream, Z_NO_FLUSH); });
      switch (result) {
        case Z_STREAM_END:
          complete_ = true;
          return CodecStatus::kEnd;
        case Z_OK:
        case Z_BUF_ERROR:
          // With room in the output, zlib keeps nothing back.
          if (input.empty() && !output.empty()) return CodecStatus::kMoreInput;
          break;
        case Z_NEED_DICT:
          return Malformed("it needs a preset dictionary");
        case Z_MEM_ERROR:
          return CodecStatus::kNoMemory;
        default:
          return Malformed(stream_.msg);
      }
    }
    return CodecStatus::kMoreOutput;
  }

  bool complete() const override { return complete_; }

 private:
  bool complete_ = false;
};

template <typename Zlib>
std::unique_ptr<Codec> Make(CompressionFormat format) {
  auto codec = std::make_unique<Zlib>();
  if (!codec->Initialize(format)) return nullptr;
  return codec;
}

}  // namespace

std::unique_ptr<Codec> MakeDeflater(CompressionFormat format) { return Make<Deflater>(format); }
std::unique_ptr<Codec> MakeInflater(CompressionFormat format) { return Make<Inflater>(format); }

}  // namespace nano::runtime

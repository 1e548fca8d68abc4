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

  bool Initialize(CompressionFormat format, Effort effort) {
    const bool once = effort == Effort::kOnce;
    return deflateInit2(&stream_, once ? Z_BEST_COMPRESSION : Z_DEFAULT_COMPRESSION, Z_DEFLATED,
                        WindowBits(format), once ? MAX_MEM_LEVEL : kMemoryLevel,
                        Z_DEFAULT_STRATEGY) == Z_OK;
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

// One stream, exactly.
class Inflater : public ZlibCodec {
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

 protected:
  // Begins another stream.
  void Reset() {
    inflateReset(&stream_);
    complete_ = false;
  }
  // Before anything was read.
  void ExpectNoHeader() { inflateReset2(&stream_, WindowBits(CompressionFormat::kDeflateRaw)); }

 private:
  bool complete_ = false;
};

// The content coding gzip: a file of one or several members (RFC 1952, section 2.2).
//
// What else may follow is nobody's rule. gzip(1) and Node.js take zeros for padding, which some
// servers send; browsers pass over whatever it is; curl refuses all of it. Here zeros are padding
// and anything else is an error: a body whose rest nobody can read is not to look like a whole one.
class GzipInflater final : public Inflater {
 public:
  CodecStatus Run(std::string_view& input, std::span<char>& output, bool finish) override {
    while (true) {
      if (complete()) {
        if (!padding_ && input.starts_with(kFirstByte))
          Reset();
        else
          return SkipPadding(input);
      }
      const CodecStatus status = Inflater::Run(input, output, finish);
      if (status != CodecStatus::kEnd) return status;
    }
  }

 private:
  static constexpr char kFirstByte = '\x1F';

  CodecStatus SkipPadding(std::string_view& input) {
    if (!input.empty()) padding_ = true;
    input.remove_prefix(std::min(input.find_first_not_of('\0'), input.size()));
    return input.empty() ? CodecStatus::kMoreInput : Malformed(kSuperfluous);
  }

  bool padding_ = false;
};

// The content coding deflate: with zlib's header, as HTTP has it (RFC 9110, section 8.4.1.2), or
// without, as servers have sent it ever since and every client accepts.
//
// The first byte tells them apart. The low half of the header's is 8, the method. Data without
// header would begin so only with a stored block whose padding is not zero, which no encoder
// writes.
class DeflateInflater final : public Inflater {
 public:
  CodecStatus Run(std::string_view& input, std::span<char>& output, bool finish) override {
    if (!begun_ && !input.empty()) {
      begun_ = true;
      if ((input.front() & 0xF) != Z_DEFLATED) ExpectNoHeader();
    }
    return Inflater::Run(input, output, finish);
  }

 private:
  bool begun_ = false;
};

template <typename Zlib, typename... Arguments>
std::unique_ptr<Codec> Make(Arguments... arguments) {
  auto codec = std::make_unique<Zlib>();
  if (!codec->Initialize(arguments...)) return nullptr;
  return codec;
}

}  // namespace

std::unique_ptr<Codec> MakeDeflater(CompressionFormat format, Effort effort) {
  return Make<Deflater>(format, effort);
}
std::unique_ptr<Codec> MakeInflater(CompressionFormat format, DecompressionRules rules) {
  if (rules == DecompressionRules::kHttp) {
    if (format == CompressionFormat::kGzip) return Make<GzipInflater>(format);
    if (format == CompressionFormat::kDeflate) return Make<DeflateInflater>(format);
  }
  return Make<Inflater>(format);
}

}  // namespace nano::runtime

// Compressors and decompressors of the formats that CompressionStream and HTTP know, over the
// libraries in the engine's executable: zlib, brotli and Zstandard. A codec has the state of one
// stream. Knows no V8. Thread: one at a time; a codec may be destroyed on another thread than it
// was used on.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace nano::runtime {

// As runtime/web/host/text-ops.ts numbers them.
enum class CompressionFormat { kGzip = 0, kDeflate = 1, kDeflateRaw = 2, kBrotli = 3, kZstd = 4 };
inline constexpr unsigned kCompressionFormatCount = 5;

// Whose rules a decompressor keeps where formats leave a choice. HTTP's (RFC 9110, section 8.4.1):
// a gzip body is one member or several, and zeros behind them are padding; deflate may come without
// zlib's header; a Zstandard frame with too large a window is refused also where a decoder that has
// all of it at once could do without one.
enum class DecompressionRules { kCompressionStandard, kHttp };

// How hard a compressor tries.
enum class Effort {
  kOnTheFly,  // For what is compressed while somebody waits, in many streams at once.
  kOnce,      // For what is compressed once and read for long: a hundred times the time, a fifth
              // smaller.
};

enum class CodecStatus {
  kMoreInput,   // All input is taken, and all that can be written of it has been.
  kMoreOutput,  // The output is full.
  kEnd,         // The stream has ended; whatever is left of the input does not belong to it.
  kMalformed,   // Decompressors: problem() says why.
  kNoMemory,
};

class Codec {
 public:
  // Both are null if there is no memory.
  static std::unique_ptr<Codec> Compressor(CompressionFormat format,
                                           Effort effort = Effort::kOnTheFly);
  static std::unique_ptr<Codec> Decompressor(CompressionFormat format, DecompressionRules rules);

  virtual ~Codec() = default;
  Codec(const Codec&) = delete;
  Codec& operator=(const Codec&) = delete;

  // Moves bytes, and takes what it has used off the front of both. Goes on until one of the
  // statuses holds. With `finish` there is no input after this one: a compressor gets to kEnd, a
  // decompressor needs not be told. Not to be called after kEnd, kMalformed and kNoMemory.
  virtual CodecStatus Run(std::string_view& input, std::span<char>& output, bool finish) = 0;

  // Decompressors: the stream may end here.
  virtual bool complete() const { return false; }

  // The memory that the codec holds beside its object, in bytes.
  virtual size_t memory() const = 0;

  const std::string& problem() const { return problem_; }

  // What is wrong with a stream that kEnd does not end.
  static constexpr const char* kSuperfluous = "there is something behind its end";

 protected:
  Codec() = default;
  CodecStatus Malformed(const char* problem) {
    problem_ = problem == nullptr ? "damaged" : problem;
    return CodecStatus::kMalformed;
  }

 private:
  std::string problem_;
};

// One of each library; see codec.cc.
std::unique_ptr<Codec> MakeDeflater(CompressionFormat format, Effort effort);
std::unique_ptr<Codec> MakeInflater(CompressionFormat format, DecompressionRules rules);
std::unique_ptr<Codec> MakeBrotliEncoder(Effort effort);
std::unique_ptr<Codec> MakeBrotliDecoder();
std::unique_ptr<Codec> MakeZstdEncoder(Effort effort);
std::unique_ptr<Codec> MakeZstdDecoder(DecompressionRules rules);

}  // namespace nano::runtime

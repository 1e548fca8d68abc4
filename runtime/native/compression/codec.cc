// Which library a format belongs to.
#include "runtime/native/compression/codec.h"

namespace nano::runtime {

std::unique_ptr<Codec> Codec::Compressor(CompressionFormat format, Effort effort) {
  switch (format) {
    case CompressionFormat::kBrotli:
      return MakeBrotliEncoder(effort);
    case CompressionFormat::kZstd:
      return MakeZstdEncoder(effort);
    default:
      return MakeDeflater(format, effort);
  }
}

std::unique_ptr<Codec> Codec::Decompressor(CompressionFormat format, DecompressionRules rules) {
  switch (format) {
    case CompressionFormat::kBrotli:
      return MakeBrotliDecoder();
    case CompressionFormat::kZstd:
      return MakeZstdDecoder(rules);
    default:
      return MakeInflater(format, rules);
  }
}

}  // namespace nano::runtime

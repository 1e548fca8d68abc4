// One run of a codec over all of it.
#include "runtime/precompression.h"

#include <memory>
#include <span>

#include "runtime/native/compression/codec.h"

namespace nano::runtime {
namespace {

constexpr size_t kPiece = size_t{64} << 10;

CompressionFormat FormatOf(StoredCoding coding) {
  switch (coding) {
    case StoredCoding::kBrotli:
      return CompressionFormat::kBrotli;
    case StoredCoding::kZstd:
      return CompressionFormat::kZstd;
    case StoredCoding::kGzip:
      break;
  }
  return CompressionFormat::kGzip;
}

}  // namespace

std::optional<std::string> Precompress(std::string_view bytes, StoredCoding coding) {
  const Effort effort = bytes.size() > kMostAsSmall ? Effort::kOnTheFly : Effort::kOnce;
  const std::unique_ptr<Codec> codec = Codec::Compressor(FormatOf(coding), effort);
  if (codec == nullptr) return std::nullopt;
  std::string compressed;
  while (true) {
    const size_t size = compressed.size();
    compressed.resize(size + kPiece);
    std::span<char> piece(compressed.data() + size, kPiece);
    const CodecStatus status = codec->Run(bytes, piece, /*finish=*/true);
    compressed.resize(compressed.size() - piece.size());
    if (status == CodecStatus::kEnd) return compressed;
    if (status == CodecStatus::kNoMemory) return std::nullopt;
  }
}

}  // namespace nano::runtime

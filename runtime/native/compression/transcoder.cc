// Feeds a codec, and keeps what it could not take.
#include "runtime/native/compression/transcoder.h"

#include <cstring>
#include <new>
#include <utility>

namespace nano::runtime {

std::unique_ptr<Transcoder> Transcoder::Create(CompressionFormat format, bool compress) {
  constexpr auto kRules = DecompressionRules::kCompressionStandard;
  return Of(compress ? Codec::Compressor(format) : Codec::Decompressor(format, kRules), compress);
}

std::unique_ptr<Transcoder> Transcoder::ContentDecoder(CompressionFormat format) {
  return Of(Codec::Decompressor(format, DecompressionRules::kHttp), false);
}

std::unique_ptr<Transcoder> Transcoder::Of(std::unique_ptr<Codec> codec, bool compress) {
  if (codec == nullptr) return nullptr;
  return std::unique_ptr<Transcoder>(new Transcoder(std::move(codec), compress));
}

Transcoder::Transcoder(std::unique_ptr<Codec> codec, bool compress)
    : codec_(std::move(codec)), compress_(compress) {}

std::optional<size_t> Transcoder::Write(std::string_view chunk, std::span<char> piece) {
  const std::optional<size_t> written = Run(chunk, piece);
  if (written && !chunk.empty()) {
    kept_.reset(new (std::nothrow) char[chunk.size()]);
    if (kept_ == nullptr) return Fail(Failure::kNoMemory, "out of memory");
    std::memcpy(kept_.get(), chunk.data(), chunk.size());
    rest_ = {kept_.get(), chunk.size()};
  }
  return written;
}

std::optional<size_t> Transcoder::Next(std::span<char> piece) {
  if (!failed_ && !more_ && rest_.empty()) return 0;
  const std::optional<size_t> written = Run(rest_, piece);
  if (rest_.empty()) DropRest();
  return written;
}

std::optional<size_t> Transcoder::Finish(std::span<char> piece) {
  finish_ = true;
  if (compress_ || failed_) {
    std::string_view nothing;
    return Run(nothing, piece);
  }
  if (!codec_->complete()) return Fail(Failure::kData, "it ends too early");
  return 0;
}

std::optional<size_t> Transcoder::Run(std::string_view& input, std::span<char> piece) {
  if (failed_) return std::nullopt;
  if (ended_) {
    if (input.empty()) return 0;
    return Fail(Failure::kData, Codec::kSuperfluous);
  }
  std::span<char> output = piece;
  const CodecStatus status = codec_->Run(input, output, finish_);
  more_ = status == CodecStatus::kMoreOutput;
  switch (status) {
    case CodecStatus::kMalformed:
      return Fail(Failure::kData, codec_->problem());
    case CodecStatus::kNoMemory:
      return Fail(Failure::kNoMemory, "out of memory");
    case CodecStatus::kEnd:
      ended_ = true;
      // What was decoded before superfluous bytes is still delivered: see Next().
      if (output.size() == piece.size()) return Run(input, piece);
      break;
    case CodecStatus::kMoreInput:
    case CodecStatus::kMoreOutput:
      break;
  }
  return piece.size() - output.size();
}

std::nullopt_t Transcoder::Fail(Failure::Kind kind, std::string problem) {
  failed_ = true;
  failure_ = {kind, std::move(problem)};
  DropRest();
  return std::nullopt;
}

void Transcoder::DropRest() {
  kept_.reset();
  rest_ = {};
}

size_t Transcoder::memory() const { return codec_->memory() + rest_.size(); }

}  // namespace nano::runtime

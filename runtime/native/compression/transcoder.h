// One CompressionStream or DecompressionStream, or one content coding of a body: chunks go in,
// pieces of limited size come out, so that however much a chunk expands to, only one piece of it is
// in memory (Compression Standard, sections 5 and 6). Thread: as a codec.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "runtime/native/compression/codec.h"

namespace nano::runtime {

class Transcoder {
 public:
  // Why a stream fails, in words for the message of an exception; kNoMemory is no fault of the
  // data.
  struct Failure {
    enum Kind { kData, kNoMemory } kind = kData;
    std::string problem;
  };

  // Null if there is no memory.
  static std::unique_ptr<Transcoder> Create(CompressionFormat format, bool compress);
  static std::unique_ptr<Transcoder> ContentDecoder(CompressionFormat format);

  // Each fills `piece` from the front and returns how much of it; 0: there is no more for now.
  // After Write() and Finish(), Next() gives what else there is, until it returns 0; only then
  // comes the next chunk. After a failure, which has no piece, everything fails.
  std::optional<size_t> Write(std::string_view chunk, std::span<char> piece);
  std::optional<size_t> Finish(std::span<char> piece);
  std::optional<size_t> Next(std::span<char> piece);

  const Failure& failure() const { return failure_; }
  // Beside this object, in bytes.
  size_t memory() const;

  // What is left of the last chunk for Next() to read, in bytes.
  size_t unread() const { return rest_.size(); }

 private:
  static std::unique_ptr<Transcoder> Of(std::unique_ptr<Codec> codec, bool compress);
  Transcoder(std::unique_ptr<Codec> codec, bool compress);
  std::optional<size_t> Run(std::string_view& input, std::span<char> piece);
  std::nullopt_t Fail(Failure::Kind kind, std::string problem);
  void DropRest();

  const std::unique_ptr<Codec> codec_;
  const bool compress_;
  // Of a chunk that gave more than a piece: a copy, since the chunk may change; and what is left of
  // it.
  std::unique_ptr<char[]> kept_;
  std::string_view rest_;
  bool more_ = false;    // The codec stopped because a piece was full.
  bool finish_ = false;  // There will be no more chunks.
  bool ended_ = false;
  bool failed_ = false;
  Failure failure_;
};

}  // namespace nano::runtime

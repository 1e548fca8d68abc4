// Undoes the content codings of one HTTP body (RFC 9110, section 8.4): parts of the body go in,
// pieces of limited size come out, however many codings there are and however much they expand to.
//
// Bodies come from whoever the app calls, so each coding is bounded: in memory by its window (32 KB
// for gzip and deflate, 8 MB for zstd by RFC 9659, 16 MB for br by RFC 7932, whose larger windows
// are refused) and in what it gives by kMaxExpansion. Knows no V8. Thread: as a codec.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/native/compression/transcoder.h"

namespace nano::runtime {

class ContentDecoder {
 public:
  // The problem is a clause that names the coding: "its br coding is not valid: it ends too
  // early".
  using Failure = Transcoder::Failure;

  static constexpr size_t kMaxCodings = 5;
  // More than kFreeOutput bytes may come out only if they are at most kMaxExpansion times what went
  // in. gzip and deflate cannot do more than 1032 times; br and zstd, and one coding in another,
  // can do millions.
  static constexpr uint64_t kFreeOutput = 64 << 20;
  static constexpr uint64_t kMaxExpansion = 2000;

  // By the value of Content-Encoding. Null if there is nothing to decode: no coding but identity,
  // or one that is not known, with which the bytes stay as they are ("handle content codings" of
  // the Fetch Standard). An Error for more than kMaxCodings, and if there is no memory.
  static Result<std::unique_ptr<ContentDecoder>> Create(std::string_view content_encoding);

  // Each fills `piece`, which is not empty, from the front and returns how much of it; 0: there is
  // no more for now. After Write() and Finish(), Next() gives what else there is, until it returns
  // 0; only then comes the next part. After a failure, which has no piece, everything fails.
  std::optional<size_t> Write(std::string_view part, std::span<char> piece);
  std::optional<size_t> Finish(std::span<char> piece);
  std::optional<size_t> Next(std::span<char> piece);

  const Failure& failure() const { return failure_; }
  // Beside this object, in bytes.
  size_t memory() const;

 private:
  struct Coding;
  // One of the codings that a body has.
  struct Stage {
    const Coding& coding;
    std::unique_ptr<Transcoder> transcoder;
    std::unique_ptr<char[]> input;  // A piece of the stage before; the first one has none.
    uint64_t taken = 0;
    uint64_t given = 0;
  };
  static const Coding* Find(std::string_view name);

  ContentDecoder() = default;
  bool Add(const Coding& coding);
  std::optional<size_t> Pull(size_t index, std::string_view& part, std::span<char> piece);
  std::optional<size_t> Checked(Stage& stage, std::optional<size_t> length);
  std::nullopt_t Fail(const Stage& stage);

  std::vector<Stage> stages_;  // In the order of decoding.
  bool failed_ = false;
  Failure failure_;
};

}  // namespace nano::runtime

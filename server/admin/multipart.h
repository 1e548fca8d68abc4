// Reads multipart/form-data (RFC 7578, RFC 2046 section 5.1) as it comes, in pieces of any size,
// and keeps no more of it than a boundary or a part's header is long.
//
// Owns what it has not passed on yet. Thread: one at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace nano::server::admin {

class MultipartReader {
 public:
  // Whom the parts are for. What it returns as an Error ends the reading.
  class Parts {
   public:
    virtual Result<void> OnPart(const std::string& name) = 0;
    // Of the part that began last; as it comes.
    virtual Result<void> OnData(std::string_view bytes) = 0;
    virtual Result<void> OnPartEnd() = 0;

   protected:
    ~Parts() = default;
  };

  static constexpr size_t kMaxHeader = 4096;    // Of one part.
  static constexpr size_t kMaxPreamble = 4096;  // Before the first one.
  static constexpr size_t kMaxParts = 16;

  // The boundary that a Content-Type names. None: it is not of multipart/form-data, or has none.
  static std::optional<std::string> BoundaryOf(std::string_view content_type);

  // `parts` outlives the reader.
  MultipartReader(std::string_view boundary, Parts& parts);

  // The next bytes. After an Error, its own or one of the parts', the reader is of no more use.
  Result<void> Read(std::string_view bytes);
  // There are no more bytes; an Error if the last boundary has not come.
  Result<void> End();

 private:
  enum class State {
    kPreamble,
    kDelimiter,  // Behind a boundary: its line's end, or the two hyphens of the last one.
    kHeader,
    kData,
    kEpilogue,
  };

  Result<bool> Step();
  Result<bool> SkipPreamble();
  Result<bool> ReadDelimiter();
  Result<bool> ReadHeader();
  Result<bool> ReadData();

  const std::string delimiter_;  // "\r\n--boundary"
  Parts& parts_;
  State state_ = State::kPreamble;
  std::string held_;  // Bytes that came and are not done with …
  size_t at_ = 0;     // … from here on.
  size_t skipped_ = 0;
  size_t count_ = 0;
};

}  // namespace nano::server::admin

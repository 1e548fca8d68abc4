// Which of several codings of a representation a client takes, by its Accept-Encoding (RFC 9110,
// section 12.5.3). Own nothing; thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace nano::http {

// In the order of preference among those that a client takes as gladly: what is the smallest first.
enum class ContentCoding : uint8_t { kBrotli, kZstd, kGzip, kIdentity };
inline constexpr size_t kContentCodings = 4;

// "br"
std::string_view NameOf(ContentCoding coding);

// A set of codings.
class ContentCodings {
 public:
  constexpr ContentCodings() = default;
  constexpr void Add(ContentCoding coding) { bits_ |= Bit(coding); }
  constexpr bool Has(ContentCoding coding) const { return (bits_ & Bit(coding)) != 0; }

 private:
  static constexpr uint8_t Bit(ContentCoding coding) {
    return static_cast<uint8_t>(1u << static_cast<unsigned>(coding));
  }
  uint8_t bits_ = 0;
};

// The one of `available` that the client takes the most gladly. Identity if it takes none of the
// others, or says nothing (a null view), even if it refuses identity, too: an answer that is not
// understood is better than none.
ContentCoding ChooseCoding(std::string_view accept_encoding, ContentCodings available);

}  // namespace nano::http

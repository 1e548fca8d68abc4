// Conditional requests: what the fields If-Match, If-None-Match, If-Modified-Since,
// If-Unmodified-Since and If-Range ask of a representation (RFC 9110, section 13). Own nothing;
// thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace nano::http {

// What is known of the representation that a request selects.
struct Validators {
  std::string_view etag;                 // With its quotes, and W/ if it is weak: "\"abc\"".
  std::optional<int64_t> last_modified;  // Seconds since 1970.
};

// Values of a request's fields; empty views with a null pointer: it has no such field.
struct ConditionFields {
  std::string_view if_match{};
  std::string_view if_none_match{};
  std::string_view if_modified_since{};
  std::string_view if_unmodified_since{};
  std::string_view if_range{};

  bool any() const {
    return if_match.data() != nullptr || if_none_match.data() != nullptr ||
           if_modified_since.data() != nullptr || if_unmodified_since.data() != nullptr;
  }
};

enum class Condition : uint8_t {
  kMet,          // Answer as without.
  kNotModified,  // 304.
  kFailed,       // 412.
};

// Of GET and HEAD, in the order of section 13.2.2. `now` is for dates of two digits; a date that is
// none is passed over.
Condition CheckPreconditions(const ConditionFields& fields, const Validators& selected,
                             int64_t now);

// Whether a Range field counts, by the If-Range beside it, if there is one (section 13.1.5): a
// strong entity tag that is the representation's, or its very date.
bool RangeApplies(const ConditionFields& fields, const Validators& selected, int64_t now);

}  // namespace nano::http

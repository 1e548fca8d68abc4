// The field Cache-Control of responses: its directives, for a cache that many share (RFC 9111,
// section 5.2.2). Views of what it is given; thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace nano::http {

// How long something may last, at most (RFC 9111, section 1.2.2).
inline constexpr int64_t kMostSeconds = int64_t{1} << 31;

struct CacheControl {
  bool no_store = false;
  bool is_public = false;
  bool must_revalidate = false;
  bool must_understand = false;
  // `private` and `no-cache`, for the whole response …
  bool is_private = false;
  bool no_cache = false;
  // … or, as `private="a, b"` and `no-cache="a, b"`, for some of its fields: what stands between
  // the quotes, of the first such directive. A null pointer: there is none.
  std::string_view private_fields{};
  std::string_view no_cache_fields{};
  // Seconds, of the first directive of the name. One that is no number is 0: stale (section 4.2.1).
  std::optional<int64_t> max_age;
  std::optional<int64_t> s_maxage;

  // Adds what another line of the field says. What is no directive is passed over.
  void Add(std::string_view line);
};

// Whether a list of names, as in `private="a, b"`, has this one, in whatever case.
bool ListsField(std::string_view list, std::string_view name);

// Digits alone, at most kMostSeconds; none: it is not a number (RFC 9111, section 1.2.2).
std::optional<int64_t> ParseDeltaSeconds(std::string_view text);

}  // namespace nano::http

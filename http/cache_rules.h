// The rules of a cache that many share: which responses are kept and for how long, and what is
// answered from one that is kept (RFC 9111), as Workers have them
// (https://developers.cloudflare.com/workers/runtime-apis/cache/). Vary is no part of the key
// there: it does not count. Nothing is revalidated: what would have to be is not kept.
//
// Own what they return; thread-safe. Times are seconds since 1970. Fields are blocks as in
// fields.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/byte_ranges.h"

namespace nano::http {

// What a response says of whether it may be kept.
struct Storable {
  enum class Refusal : uint8_t {
    kNone,     // It is kept.
    kNoStore,  // Cache-Control says so: no-store, private.
    kCookie,   // It has a Set-Cookie, which is somebody's own.
    kSecret,   // The request had an Authorization, and nothing says that the response is for all.
    kStale,    // It would have to be revalidated before its first use.
    kStatus,   // It says nothing, and for its status there is no time that goes without saying.
  };
  Refusal refusal = Refusal::kNone;
  int64_t expires = 0;  // The first second in which it is stale.
  int64_t born = 0;     // The second at which it was of the age 0.
  // What is kept of the fields: those of the connection, and those that `private="…"` names, are
  // not; with a Date.
  std::string fields{};
};

// `authorized`: the request has an Authorization field.
Storable JudgeResponse(int status, std::string_view fields, bool authorized, int64_t now);

// So long a response lasts that says nothing of it, by its status, in seconds; 0: not at all.
int64_t DefaultLifetime(int status);

// What of a request counts when it is answered from the cache; null pointers: it has no such field.
struct CacheRequest {
  std::string_view range{};
  std::string_view if_range{};
  std::string_view if_none_match{};
  std::string_view if_modified_since{};

  // Those of a request. The views are of the block.
  static CacheRequest Of(std::string_view fields);
};

// A response that is kept.
struct KeptResponse {
  int status = 0;
  std::string_view fields;
  uint64_t size = 0;  // Of its body.
  int64_t born = 0;
};

struct CacheAnswer {
  int status = 0;  // The response's own, 206, 304 or 416.
  std::string fields{};
  // What of the body is sent. None: nothing, also no length.
  std::optional<ByteRange> body{};
};

// Answers from a response that is fresh. Conditions and ranges are those of a 200 alone; several
// ranges are answered with the whole (RFC 9110, section 14.2).
CacheAnswer AnswerFromCache(const CacheRequest& request, const KeptResponse& kept, int64_t now);

}  // namespace nano::http

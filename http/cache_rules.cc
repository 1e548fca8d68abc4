// What is kept, and what is answered from it. See cache_rules.h for ownership and threads.
#include "http/cache_rules.h"

#include <algorithm>
#include <array>

#include "http/cache_control.h"
#include "http/date.h"
#include "http/fields.h"
#include "http/preconditions.h"

namespace nano::http {
namespace {

// Those of one connection (RFC 9110, section 7.6.1), what only proxies say to each other, and what
// the cache says itself.
constexpr std::string_view kNotKept[] = {
    "age",
    "cf-cache-status",
    "connection",
    "content-length",
    "content-range",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authentication-info",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
};

bool IsNotKept(std::string_view name) {
  return std::ranges::find(kNotKept, name) != std::end(kNotKept);
}

// What of the fields counts for whether the response is kept.
struct Read {
  CacheControl control;
  std::optional<std::string_view> expires, date, age, connection;
  bool has_cookie = false;
  bool has_uncached = false;  // A field that `no-cache="…"` names.
};

Read ReadFields(std::string_view block) {
  Read read;
  std::string_view rest = block;
  const auto first = [](std::optional<std::string_view>& value, std::string_view found) {
    if (!value) value = found;
  };
  while (const std::optional<Field> field = TakeField(rest)) {
    if (field->name == "cache-control") {
      read.control.Add(field->value);
    } else if (field->name == "expires") {
      first(read.expires, field->value);
    } else if (field->name == "date") {
      first(read.date, field->value);
    } else if (field->name == "age") {
      first(read.age, field->value);
    } else if (field->name == "connection") {
      first(read.connection, field->value);
    }
  }
  // The second time: now it is known which fields are spoken of.
  rest = block;
  while (const std::optional<Field> field = TakeField(rest)) {
    const auto is_in = [&field](std::string_view list) { return ListsField(list, field->name); };
    if (field->name == "set-cookie" && !is_in(read.control.private_fields)) read.has_cookie = true;
    if (is_in(read.control.no_cache_fields)) read.has_uncached = true;
  }
  return read;
}

std::string KeptFields(std::string_view block, const Read& read, int64_t now) {
  std::string kept;
  kept.reserve(block.size() + 40);
  if (!read.date) {
    // RFC 9110, section 6.6.1: who keeps a message without one says when it came.
    char date[kDateSize];
    WriteDate(now, date);
    kept.append("date\n").append(date, kDateSize).append("\n");
  }
  while (const std::optional<Field> field = TakeField(block)) {
    const std::string_view name = field->name;
    if (IsNotKept(name) || ListsField(read.control.private_fields, name)) continue;
    if (read.connection && ListsField(*read.connection, name)) continue;
    kept.append(field->line);
  }
  return kept;
}

// RFC 9111, section 4.2.1. None: it does not say.
std::optional<int64_t> LifetimeSaid(const Read& read, int64_t date, int64_t now) {
  const CacheControl& control = read.control;
  if (control.s_maxage) return control.s_maxage;
  if (control.max_age) return control.max_age;
  if (!read.expires) return std::nullopt;
  // What is no date is in the past (section 5.3).
  const std::optional<int64_t> expires = ParseDate(*read.expires, now);
  return expires ? std::clamp(*expires - date, int64_t{0}, kMostSeconds) : 0;
}

bool IsSuccess(int status) { return status == 200; }

void AppendField(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append("\n").append(value).append("\n");
}

// RFC 9110, section 15.4.5: of the representation a 304 says what tells it from others.
bool IsOfContent(std::string_view name) {
  return name.starts_with("content-") && name != "content-location";
}

}  // namespace

int64_t DefaultLifetime(int status) {
  // https://developers.cloudflare.com/cache/how-to/configure-cache-status-code/#edge-ttl
  constexpr int64_t kMinute = 60;
  switch (status) {
    case 200:
    case 301:
      return 120 * kMinute;
    case 302:
    case 303:
      return 20 * kMinute;
    case 404:
    case 410:
      return 3 * kMinute;
    default:
      return 0;
  }
}

Storable JudgeResponse(int status, std::string_view fields, bool authorized, int64_t now) {
  using enum Storable::Refusal;
  const Read read = ReadFields(fields);
  const CacheControl& control = read.control;
  if (control.no_store || control.is_private) return {.refusal = kNoStore};
  if (read.has_cookie) return {.refusal = kCookie};
  // RFC 9111, section 3.5.
  if (authorized && !control.is_public && !control.must_revalidate && !control.s_maxage) {
    return {.refusal = kSecret};
  }
  if (control.no_cache || read.has_uncached) return {.refusal = kStale};
  const int64_t date = read.date ? ParseDate(*read.date, now).value_or(now) : now;
  const std::optional<int64_t> said = LifetimeSaid(read, date, now);
  const int64_t lifetime = said ? *said : DefaultLifetime(status);
  if (!said && lifetime == 0) return {.refusal = kStatus};
  // Section 4.2.3; what has come from the app has been under way for no time.
  const int64_t age_value = read.age ? ParseDeltaSeconds(*read.age).value_or(0) : 0;
  const int64_t age = std::max({int64_t{0}, now - date, age_value});
  if (age >= lifetime) return {.refusal = kStale};
  return {
      .expires = now - age + lifetime, .born = now - age, .fields = KeptFields(fields, read, now)};
}

CacheRequest CacheRequest::Of(std::string_view fields) {
  CacheRequest request;
  while (const std::optional<Field> field = TakeField(fields)) {
    if (field->name == "range") {
      request.range = field->value;
    } else if (field->name == "if-range") {
      request.if_range = field->value;
    } else if (field->name == "if-none-match") {
      request.if_none_match = field->value;
    } else if (field->name == "if-modified-since") {
      request.if_modified_since = field->value;
    }
  }
  return request;
}

CacheAnswer AnswerFromCache(const CacheRequest& request, const KeptResponse& kept, int64_t now) {
  CacheAnswer answer{.status = kept.status, .body = ByteRange{0, kept.size}};
  const ConditionFields conditions{.if_none_match = request.if_none_match,
                                   .if_modified_since = request.if_modified_since,
                                   .if_range = request.if_range};
  if (IsSuccess(kept.status) && (conditions.any() || request.range.data() != nullptr)) {
    Validators validators{.etag = FieldValue(kept.fields, "etag").value_or("")};
    if (const auto modified = FieldValue(kept.fields, "last-modified")) {
      validators.last_modified = ParseDate(*modified, now);
    }
    // "*" is met by what there is; other tags by one that the response has.
    if (CheckPreconditions(conditions, validators, now) == Condition::kNotModified) {
      answer.status = 304;
      answer.body.reset();
    } else if (request.range.data() != nullptr && RangeApplies(conditions, validators, now)) {
      const RequestedRanges asked = ParseRanges(request.range, kept.size);
      if (asked.kind == RequestedRanges::Kind::kUnsatisfiable) {
        answer.status = 416;
        answer.body.reset();
      } else if (asked.kind == RequestedRanges::Kind::kSome && asked.ranges.size() == 1) {
        answer.status = 206;
        answer.body = asked.ranges[0];
      }
    }
  }
  std::string& out = answer.fields;
  out.reserve(kept.fields.size() + 80);
  if (answer.status == 304 || answer.status == 416) {
    std::string_view rest = kept.fields;
    while (const std::optional<Field> field = TakeField(rest)) {
      if (!IsOfContent(field->name)) out.append(field->line);
    }
  } else {
    out = kept.fields;
  }
  if (answer.status == 206) {
    const ByteRange& range = *answer.body;
    AppendField(out, "content-range",
                "bytes " + std::to_string(range.first) + "-" +
                    std::to_string(range.first + range.length - 1) + "/" +
                    std::to_string(kept.size));
  } else if (answer.status == 416) {
    AppendField(out, "content-range", "bytes */" + std::to_string(kept.size));
  }
  if (answer.body) AppendField(out, "content-length", std::to_string(answer.body->length));
  AppendField(out, "age", std::to_string(std::clamp(now - kept.born, int64_t{0}, kMostSeconds)));
  AppendField(out, "cf-cache-status", "HIT");
  return answer;
}

}  // namespace nano::http

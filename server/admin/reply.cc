// Problems, and how answers are sent.
#include "server/admin/reply.h"

#include <algorithm>

#include "base/check.h"

namespace nano::server::admin {

const std::vector<ProblemType>& ProblemTypes() {
  using enum Wrong;
  static const std::vector<ProblemType> types = {
      {kMalformed, "malformed-request", 400, "The request is malformed"},
      {kUnauthorized, "unauthorized", 401, "Who asks is not known"},
      {kForbidden, "forbidden", 403, "Who asks may not do this"},
      {kCrossOrigin, "cross-origin", 403, "A web page may not do this"},
      {kNotFound, "not-found", 404, "There is nothing here"},
      {kNoSuchApp, "no-such-app", 404, "There is no such app"},
      {kNoSuchVersion, "no-such-version", 404, "There is no such version"},
      {kNoSuchOperation, "no-such-operation", 404, "There is no such operation"},
      {kMethod, "method-not-allowed", 405, "This cannot be done here"},
      {kInProgress, "in-progress", 409, "The same request is being answered"},
      {kNoProfile, "no-profile", 409, "There is no profile"},
      {kStale, "stale", 412, "The app has changed meanwhile"},
      {kTooLarge, "too-large", 413, "The request is too large"},
      {kMediaType, "media-type", 415, "The body is of another type"},
      {kWrongHost, "wrong-host", 421, "The API is not called by this name"},
      {kInvalid, "invalid", 422, "What is asked for makes no sense"},
      {kRefused, "swap-refused", 422, "The new version is not fit to serve"},
      {kKeyReused, "idempotency-key-reused", 422, "The key belongs to another request"},
      {kNoPrecondition, "precondition-required", 428, "The change says not what it is based on"},
      {kTooManyTries, "too-many-tries", 429, "Too many wrong tokens"},
      {kFailed, "swap-failed", 500, "The swap has failed"},
      {kBusy, "busy", 503, "Too much is under way"},
      {kStopping, "stopping", 503, "The server is stopping"},
      {kNoSpace, "no-space", 507, "The disk is full"},
  };
  return types;
}

const ProblemType& TypeOf(Wrong wrong) {
  const auto found = std::find_if(ProblemTypes().begin(), ProblemTypes().end(),
                                  [&](const ProblemType& type) { return type.wrong == wrong; });
  NANO_CHECK(found != ProblemTypes().end());
  return *found;
}

Reply JsonReply(int status, const Json& value) {
  return {.status = status, .body = value.ToString() + "\n"};
}

Reply Problem(Wrong wrong, std::string_view detail, Json more) {
  const ProblemType& type = TypeOf(wrong);
  Json body;
  body.Set("type", "urn:nano:problem:" + std::string(type.slug));
  body.Set("title", type.title).Set("status", type.status).Set("detail", detail);
  if (more.object() != nullptr) {
    for (Json::Member& member : *more.object()) body.Set(member.name, std::move(member.value));
  }
  Reply reply = JsonReply(type.status, body);
  reply.type = "application/problem+json";
  if (type.status == 503) reply.fields.emplace_back("retry-after", "1");
  return reply;
}

std::string Reply::Headers() const {
  std::string headers;
  const auto add = [&](std::string_view name, std::string_view value) {
    headers.append(name).append(": ").append(value).append("\r\n");
  };
  if (!type.empty()) add("content-type", type);
  if (!etag.empty()) add("etag", "\"" + etag + "\"");
  // What a browser that gets here all the same must not make of it, nor keep.
  add("cache-control", "no-store");
  add("x-content-type-options", "nosniff");
  for (const auto& [name, value] : fields) add(name, value);
  return headers;
}

void Reply::Send(http::ServerExchange& exchange) const {
  NANO_CHECK(file == nullptr);
  exchange.Respond({.status = status, .headers = Headers()}, body);
}

}  // namespace nano::server::admin

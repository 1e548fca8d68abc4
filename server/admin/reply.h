// An answer of the admin API: JSON mostly, problems (RFC 9457) where something is wrong.
//
// A problem's `type` is stable, for programs; its texts are for people. Which there are is a table,
// which the reference of the API is made from as well. Plain data. Thread: as any value type.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "http/handler.h"

namespace nano::server::admin {

class Download;

struct Reply {
  // Ends the exchange with it. Not one with a file, which a task sends.
  void Send(http::ServerExchange& exchange) const;
  // Its header fields, in wire format.
  std::string Headers() const;

  int status = 200;
  std::string type = "application/json";
  std::string body;
  std::string etag{};                                         // Without quotes; empty: none.
  std::vector<std::pair<std::string, std::string>> fields{};  // Further header fields.
  std::shared_ptr<Download> file{};                           // In place of the body.
};

Reply JsonReply(int status, const Json& value);

enum class Wrong {
  kMalformed,
  kUnauthorized,
  kForbidden,
  kCrossOrigin,
  kNotFound,
  kNoSuchApp,
  kNoSuchVersion,
  kNoSuchOperation,
  kMethod,
  kInProgress,
  kNoProfile,
  kStale,
  kTooLarge,
  kMediaType,
  kWrongHost,
  kInvalid,
  kRefused,
  kKeyReused,
  kNoPrecondition,
  kTooManyTries,
  kFailed,
  kBusy,
  kStopping,
  kNoSpace,
};

struct ProblemType {
  Wrong wrong;
  std::string_view slug;  // The `type` is "urn:nano:problem:<slug>".
  int status;
  std::string_view title;
};

const std::vector<ProblemType>& ProblemTypes();
const ProblemType& TypeOf(Wrong wrong);

// `more`: further members, an object or null.
Reply Problem(Wrong wrong, std::string_view detail, Json more = {});

}  // namespace nano::server::admin

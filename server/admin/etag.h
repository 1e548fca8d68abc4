// Entity tags and what requests make of them (RFC 9110, sections 8.8.3 and 13.1). Pure functions;
// any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "server/admin/request.h"
#include "server/deploy/changes.h"

namespace nano::server::admin {

// A tag, without quotes, for a representation.
std::string EtagOf(std::string_view body);

// The tag of an app's representation that has more than the app's own tag, by which changes say
// what they are based on, tells of: circuits open and close, and workers find out that an app does
// not boot, while changes are made. For If-Match it is the app's own.
std::string EtagBeside(std::string_view etag, std::string_view body);

// A list of entity tags, "*" or `"a", W/"b"`. None: malformed.
struct EtagList {
  bool any = false;  // "*"
  std::vector<std::string> strong;
  std::vector<std::string> weak;

  static std::optional<EtagList> Parse(std::string_view text);
};

// Whether a GET need not be answered with a body, by If-None-Match. What is malformed is ignored.
bool IsUnmodified(const Request& request, std::string_view etag);

// What If-Match and If-None-Match ask of an app. Errors, for the client: both, or malformed ones,
// or If-None-Match with anything but "*", which no change needs.
Result<Precondition> PreconditionOf(const Request& request);

}  // namespace nano::server::admin

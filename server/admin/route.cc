// Paths against templates.
#include "server/admin/route.h"

#include <algorithm>

namespace nano::server::admin {
namespace {

// Whether the segments are those of the template; if it has a parameter, its value is there.
bool Matches(std::string_view path, const std::vector<std::string>& segments,
             std::string& parameter) {
  size_t at = 0;
  while (path.starts_with('/')) {
    path.remove_prefix(1);
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(part.size());
    if (at == segments.size()) return false;
    const std::string& segment = segments[at++];
    if (part.starts_with('{')) {
      if (segment.empty()) return false;
      parameter = segment;
    } else if (part != segment) {
      return false;
    }
  }
  return at == segments.size();
}

}  // namespace

const Route* FindRoute(Request& request, bool open_only, std::string& allowed) {
  std::string_view wanted = request.method;
  if (wanted == "HEAD") wanted = "GET";
  const Route* found = nullptr;
  for (const Route& route : Routes()) {
    if (open_only && !route.open) continue;
    std::string parameter;
    if (!Matches(route.path, request.segments, parameter)) continue;
    allowed += (allowed.empty() ? "" : ", ") + std::string(route.method);
    if (route.method == "GET") allowed += ", HEAD";
    if (route.method != wanted) continue;
    found = &route;
    request.set_parameter(std::move(parameter));
  }
  return found;
}

std::vector<Wrong> ProblemsOf(const Route& route) {
  using enum Wrong;
  std::vector<Wrong> wrong = {kMalformed, kCrossOrigin, kWrongHost};
  const auto add = [&](std::initializer_list<Wrong> more) {
    wrong.insert(wrong.end(), more.begin(), more.end());
  };
  if (route.scope != Scope::kPublic) add({kUnauthorized, kForbidden, kTooManyTries});
  if (std::holds_alternative<Follow>(route.handler)) add({kBusy, kStopping});
  if (route.changes()) add({kInProgress, kKeyReused, kBusy, kStopping, kNoSpace});
  if (route.body != Body::kNone) add({kTooLarge, kMediaType, kInvalid});
  if (route.match != Match::kNever) add({kStale});
  if (route.match == Match::kNeeded || route.match == Match::kIfThere) add({kNoPrecondition});
  wrong.insert(wrong.end(), route.problems.begin(), route.problems.end());
  std::sort(wrong.begin(), wrong.end());
  wrong.erase(std::unique(wrong.begin(), wrong.end()), wrong.end());
  return wrong;
}

}  // namespace nano::server::admin

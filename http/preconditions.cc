// The comparison of validators. See preconditions.h for ownership and threads.
#include "http/preconditions.h"

#include "http/date.h"

namespace nano::http {
namespace {

constexpr std::string_view kWeak = "W/";

void SkipSpaces(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
}

// Takes the next entity tag off a list; what is malformed ends it. Tags may hold commas.
std::string_view TakeTag(std::string_view& list) {
  SkipSpaces(list);
  while (list.starts_with(',')) {
    list.remove_prefix(1);
    SkipSpaces(list);
  }
  const size_t open = list.starts_with(kWeak) ? kWeak.size() : 0;
  if (list.substr(open, 1) != "\"") return list = {};
  const size_t close = list.find('"', open + 1);
  if (close == std::string_view::npos) return list = {};
  const std::string_view tag = list.substr(0, close + 1);
  list.remove_prefix(tag.size());
  return tag;
}

std::string_view Opaque(std::string_view tag) {
  return tag.starts_with(kWeak) ? tag.substr(kWeak.size()) : tag;
}

bool IsStrong(std::string_view tag) { return !tag.empty() && !tag.starts_with(kWeak); }

// "*" is met by whatever there is.
bool Lists(std::string_view list, std::string_view tag, bool strongly) {
  if (list == "*") return true;
  if (strongly && !IsStrong(tag)) return false;
  while (!list.empty()) {
    const std::string_view one = TakeTag(list);
    if (one.empty()) continue;
    if (strongly ? one == tag : Opaque(one) == Opaque(tag)) return true;
  }
  return false;
}

}  // namespace

Condition CheckPreconditions(const ConditionFields& fields, const Validators& selected,
                             int64_t now) {
  if (fields.if_match.data() != nullptr) {
    if (!Lists(fields.if_match, selected.etag, /*strongly=*/true)) return Condition::kFailed;
  } else if (fields.if_unmodified_since.data() != nullptr && selected.last_modified) {
    const std::optional<int64_t> date = ParseDate(fields.if_unmodified_since, now);
    if (date && *selected.last_modified > *date) return Condition::kFailed;
  }
  if (fields.if_none_match.data() != nullptr) {
    if (Lists(fields.if_none_match, selected.etag, /*strongly=*/false))
      return Condition::kNotModified;
  } else if (fields.if_modified_since.data() != nullptr && selected.last_modified) {
    const std::optional<int64_t> date = ParseDate(fields.if_modified_since, now);
    if (date && *selected.last_modified <= *date) return Condition::kNotModified;
  }
  return Condition::kMet;
}

bool RangeApplies(const ConditionFields& fields, const Validators& selected, int64_t now) {
  if (fields.if_range.data() == nullptr) return true;
  if (fields.if_range.starts_with('"')) {
    return IsStrong(selected.etag) && fields.if_range == selected.etag;
  }
  const std::optional<int64_t> date = ParseDate(fields.if_range, now);
  return date.has_value() && date == selected.last_modified;
}

}  // namespace nano::http

// Tags by digest; lists of them.
#include "server/admin/etag.h"

#include <algorithm>
#include <utility>

#include "snapshot/digest.h"

namespace nano::server::admin {
namespace {

constexpr char kBeside = '.';  // No app's own tag has it.

}  // namespace

std::string EtagOf(std::string_view body) {
  return snapshot::Hex(snapshot::Sha256Of(body)).substr(0, 32);
}

std::string EtagBeside(std::string_view etag, std::string_view body) {
  return std::string(etag) + kBeside + EtagOf(body).substr(0, 8);
}

std::optional<EtagList> EtagList::Parse(std::string_view text) {
  EtagList list;
  if (text == "*") {
    list.any = true;
    return list;
  }
  size_t at = 0;
  const auto skip = [&](std::string_view characters) {
    while (at < text.size() && characters.find(text[at]) != characters.npos) ++at;
  };
  for (skip(" \t,"); at < text.size(); skip(" \t")) {
    const bool weak = text.substr(at).starts_with("W/");
    if (weak) at += 2;
    if (at == text.size() || text[at] != '"') return std::nullopt;
    const size_t end = text.find('"', ++at);
    if (end == text.npos) return std::nullopt;
    (weak ? list.weak : list.strong).emplace_back(text.substr(at, end - at));
    at = end + 1;
    skip(" \t");
    if (at < text.size() && text[at] != ',') return std::nullopt;
    skip(" \t,");
  }
  if (list.strong.empty() && list.weak.empty()) return std::nullopt;
  return list;
}

bool IsUnmodified(const Request& request, std::string_view etag) {
  const std::optional<std::string> field = request.Field("if-none-match");
  if (!field.has_value()) return false;
  const std::optional<EtagList> list = EtagList::Parse(*field);
  if (!list.has_value()) return false;
  const auto has = [&](const std::vector<std::string>& tags) {
    return std::find(tags.begin(), tags.end(), etag) != tags.end();
  };
  return list->any || has(list->strong) || has(list->weak);
}

Result<Precondition> PreconditionOf(const Request& request) {
  const std::optional<std::string> match = request.Field("if-match");
  const std::optional<std::string> none_match = request.Field("if-none-match");
  if (match.has_value() && none_match.has_value()) {
    return Error{"If-Match and If-None-Match together make no sense here", "", ""};
  }
  if (none_match.has_value()) {
    if (*none_match == "*") return Precondition{Precondition::Kind::kAbsent};
    return Error{"If-None-Match of a change can only be *: it makes the app if there is none", "",
                 ""};
  }
  if (!match.has_value()) return Precondition{};
  std::optional<EtagList> list = EtagList::Parse(*match);
  if (!list.has_value()) {
    return Error{"If-Match is no list of entity tags, such as \"5f0c…\" with its quotes", "", ""};
  }
  if (list->any) return Precondition{Precondition::Kind::kThere};
  for (std::string& tag : list->strong) tag.resize(std::min(tag.size(), tag.find(kBeside)));
  // Weak ones never match here (RFC 9110, section 13.1.1).
  return Precondition{Precondition::Kind::kEtag, std::move(list->strong)};
}

}  // namespace nano::server::admin

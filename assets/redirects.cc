// Reading and finding of redirects. See redirects.h for ownership and threads.
#include "assets/redirects.h"

#include <algorithm>
#include <array>
#include <set>

#include "assets/rule_lines.h"

namespace nano::assets {
namespace {

constexpr std::array<std::string_view, 6> kStatuses = {"200", "301", "302", "303", "307", "308"};

bool IsUrl(std::string_view text) { return text.starts_with("https://"); }

bool IsIndex(std::string_view path) {
  return path.ends_with("/index") || path.ends_with("/index.html");
}

// Whether the file's own path would lead back to the rule.
bool GoesRound(std::string_view from, std::string_view to, config::HtmlHandling html) {
  if (IsUrl(to) || !IsIndex(to)) return false;
  return from.ends_with("/*") || (from.ends_with('/') && html != config::HtmlHandling::kNone);
}

// Whether what a rule leads to is led there again; one with status 200 is asked for once.
bool LeadsToItself(const RulePattern& from, std::string_view to, bool once) {
  if (IsUrl(to)) return false;
  const std::string path(to.substr(0, to.find_first_of("?#")));
  std::string same = from.text();
  if (const size_t splat = same.find('*'); splat != std::string::npos)
    same.replace(splat, 1, ":splat");
  if (path == same) return true;
  return !once && path.find(':') == std::string::npos && from.Match(path).has_value();
}

// Slashes in a row in a path: what was put in may begin with one, and "//host" would lead away.
std::string WithSingleSlashes(std::string_view path) {
  std::string single;
  for (const char c : path) {
    if (c != '/' || !single.ends_with('/')) single += c;
  }
  return single;
}

}  // namespace

void Redirects::Add(Rule rule) {
  if (patterns_.empty() && rule.from.is_literal()) {
    std::string from = rule.from.text();
    literal_.emplace(std::move(from), std::move(rule));
  } else {
    patterns_.push_back(std::move(rule));
  }
}

Redirects Redirects::Parse(std::string_view text, const std::string& path,
                           config::HtmlHandling html, std::vector<Error>& warnings) {
  Redirects redirects;
  LineWarnings told(path, warnings);
  std::set<std::string> known;
  ForEachRuleLine(text, told, [&](size_t number, std::string_view line) {
    std::vector<std::string_view> words = Words(line);
    // Behind the two addresses there may be a comment.
    for (size_t i = 2; i < words.size(); ++i) {
      if (words[i].starts_with('#')) words.resize(i);
    }
    if (words.size() < 2 || words.size() > 3) {
      return told.Add(number, "expected FROM TO [STATUS], found " + std::to_string(words.size()) +
                                  (words.size() == 1 ? " word" : " words"));
    }
    if (IsUrl(words[0]))
      return told.Add(number,
                      "only paths of this app are redirected, not " + std::string(words[0]));
    const std::string slash = words[0].starts_with('/') ? "" : "/";
    Result<std::string> from = RuleUrl(slash + std::string(words[0]), /*whole=*/false);
    if (!from.ok()) return told.Add(number, from.error().message);
    Result<std::string> to = RuleUrl(words[1], /*whole=*/true);
    if (!to.ok()) return told.Add(number, to.error().message);
    const std::string_view status = words.size() == 3 ? words[2] : "302";
    if (std::find(kStatuses.begin(), kStatuses.end(), status) == kStatuses.end()) {
      return told.Add(
          number, "the status can be 200, 301, 302, 303, 307 or 308, not " + std::string(status));
    }
    if (GoesRound(*from, *to, html)) {
      const bool is_all = *from == "/*" && *to == "/index.html" && status == "200";
      return told.Add(number,
                      "it would go round in a circle, since " + *to + " is served without its end",
                      is_all ? "To answer with it wherever there is no file, set "
                               "`not_found_handling: single-page-application`."
                             : "");
    }
    if (status == "200" && IsUrl(*to)) {
      return told.Add(number,
                      "a path can stand for another one (200) of this app only, not for " + *to);
    }
    Result<RulePattern> pattern = RulePattern::Parse(*from);
    if (!pattern.ok()) return told.Add(number, pattern.error().message);
    if (LeadsToItself(*pattern, *to, status == "200"))
      return told.Add(number, "it leads from " + *from + " to itself");
    if (!known.insert(*from).second)
      return told.Add(number, "there is a rule for " + *from + " before it");
    const int number_of_status = (status[0] - '0') * 100 + (status[2] - '0');
    redirects.Add({.from = std::move(pattern).value(),
                   .to = std::move(to).value(),
                   .status = number_of_status,
                   .line = number});
  });
  return redirects;
}

void Redirects::ForEach(FunctionRef<void(const Rule&)> visit) const {
  for (const auto& [from, rule] : literal_) visit(rule);
  for (const Rule& rule : patterns_) visit(rule);
}

std::optional<Destination> Redirects::Find(std::string_view path) const {
  if (const auto rule = literal_.find(std::string(path)); rule != literal_.end()) {
    return Destination{rule->second.status, rule->second.to};
  }
  for (const Rule& rule : patterns_) {
    const std::optional<Captures> captures = rule.from.Match(path);
    if (!captures) continue;
    std::string to = Replaced(rule.to, *captures);
    return Destination{rule.status, IsUrl(rule.to) ? std::move(to) : WithSingleSlashes(to)};
  }
  return std::nullopt;
}

}  // namespace nano::assets

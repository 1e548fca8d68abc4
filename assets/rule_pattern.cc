// Matching with memory of what has failed, so that no pattern takes long. See rule_pattern.h for
// ownership and threads.
#include "assets/rule_pattern.h"

#include <algorithm>

namespace nano::assets {
namespace {

constexpr std::string_view kScheme = "https://";
constexpr std::string_view kSplatName = "splat";

constexpr bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool IsNameCharacter(char c) { return IsLetter(c) || (c >= '0' && c <= '9') || c == '_'; }

// The size of the name behind a colon; 0: there is none.
size_t NameSize(std::string_view text) {
  if (text.empty() || !IsLetter(text.front())) return 0;
  return static_cast<size_t>(std::find_if_not(text.begin(), text.end(), IsNameCharacter) -
                             text.begin());
}

}  // namespace

Result<RulePattern> RulePattern::Parse(std::string text) {
  RulePattern pattern;
  pattern.text_ = std::move(text);
  const std::string_view whole = pattern.text_;
  pattern.has_host_ = whole.starts_with(kScheme);
  const size_t host_begin = pattern.has_host_ ? kScheme.size() : 0;
  const size_t host_end =
      pattern.has_host_ ? std::min(whole.find('/', host_begin), whole.size()) : 0;
  std::vector<std::string_view> names;
  const auto add = [&pattern](Token::Kind kind, size_t begin, size_t size) {
    if (kind == Token::Kind::kLiteral && size == 0) return;
    pattern.tokens_.push_back({kind, begin, size});
  };
  size_t literal = 0;
  for (size_t i = 0; i < whole.size();) {
    const bool is_splat = whole[i] == '*';
    const size_t name = whole[i] == ':' && i >= host_begin ? NameSize(whole.substr(i + 1)) : 0;
    if (!is_splat && name == 0) {
      ++i;
      continue;
    }
    add(Token::Kind::kLiteral, literal, i - literal);
    const std::string_view called = is_splat ? kSplatName : whole.substr(i + 1, name);
    if (std::find(names.begin(), names.end(), called) != names.end()) {
      return Error{
          is_splat ? "there can be only one `*`" : "there are two `:" + std::string(called) + "`",
          "", ""};
    }
    names.push_back(called);
    if (is_splat) {
      add(Token::Kind::kSplat, i, 1);
    } else {
      add(i < host_end ? Token::Kind::kLabel : Token::Kind::kSegment, i + 1, name);
    }
    i += 1 + name;
    literal = i;
  }
  add(Token::Kind::kLiteral, literal, whole.size() - literal);
  pattern.literal_ = names.empty();
  return pattern;
}

std::optional<Captures> RulePattern::Match(std::string_view subject) const {
  if (literal_) return subject == text_ ? std::optional<Captures>(Captures()) : std::nullopt;
  // Of each token, from each place: whether the rest is known not to match from there.
  std::vector<bool> failed(tokens_.size() * (subject.size() + 1));
  struct Choice {
    size_t begin, end;  // What a token has taken.
  };
  std::vector<Choice> choices;
  size_t at = 0;
  // The most that a token can take from here; none: it cannot be here.
  const auto most = [&](const Token& token) -> std::optional<size_t> {
    const std::string_view rest = subject.substr(at);
    switch (token.kind) {
      case Token::Kind::kLiteral:
        if (!rest.starts_with(TextOf(token))) return std::nullopt;
        return at + token.size;
      case Token::Kind::kSplat:
        return subject.size();
      case Token::Kind::kSegment:
      case Token::Kind::kLabel:
        const size_t end = rest.find_first_of(token.kind == Token::Kind::kLabel ? "/." : "/");
        if (end == 0 || rest.empty()) return std::nullopt;
        return end == std::string_view::npos ? subject.size() : at + end;
    }
    return std::nullopt;
  };
  const auto least = [&](const Choice& choice, const Token& token) {
    switch (token.kind) {
      case Token::Kind::kLiteral:
        return choice.begin + token.size;
      case Token::Kind::kSplat:
        return choice.begin;
      default:
        return choice.begin + 1;
    }
  };
  while (true) {
    bool stuck = false;
    if (choices.size() == tokens_.size()) {
      if (at == subject.size()) break;
      stuck = true;
    } else {
      const size_t state = choices.size() * (subject.size() + 1) + at;
      const std::optional<size_t> end =
          failed[state] ? std::nullopt : most(tokens_[choices.size()]);
      if (end) {
        choices.push_back({at, *end});
        at = *end;
      } else {
        stuck = true;
      }
    }
    while (stuck) {  // The last token that can takes one less.
      if (choices.empty()) return std::nullopt;
      Choice& last = choices.back();
      if (last.end > least(last, tokens_[choices.size() - 1])) {
        at = --last.end;
        stuck = false;
      } else {
        failed[(choices.size() - 1) * (subject.size() + 1) + last.begin] = true;
        choices.pop_back();
      }
    }
  }
  Captures captures;
  for (size_t i = 0; i < tokens_.size(); ++i) {
    if (tokens_[i].kind == Token::Kind::kLiteral) continue;
    const std::string_view name =
        tokens_[i].kind == Token::Kind::kSplat ? kSplatName : TextOf(tokens_[i]);
    captures.emplace_back(name,
                          subject.substr(choices[i].begin, choices[i].end - choices[i].begin));
  }
  return captures;
}

std::string Replaced(std::string_view text, const Captures& captures) {
  std::string replaced;
  for (size_t i = 0; i < text.size();) {
    const size_t name = text[i] == ':' ? NameSize(text.substr(i + 1)) : 0;
    const auto capture = std::find_if(captures.begin(), captures.end(), [&](const auto& one) {
      return name != 0 && one.first == text.substr(i + 1, name);
    });
    if (capture == captures.end()) {
      replaced += text.substr(i, name + 1);
    } else {
      replaced += capture->second;
    }
    i += name + 1;
  }
  return replaced;
}

bool MatchesGlob(std::string_view pattern, std::string_view path) {
  // The last `*` takes one more whenever what follows it does not fit.
  size_t star = std::string_view::npos;
  size_t taken = 0;
  size_t p = 0;
  size_t t = 0;
  while (t < path.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = t;
    } else if (p < pattern.size() && pattern[p] == path[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace nano::assets

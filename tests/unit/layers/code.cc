// A scan of characters with a stack of brackets. An initialiser tells itself from a block by having
// no semicolons between its braces.
#include "tests/unit/layers/code.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

namespace nano::layers {
namespace {

bool InName(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Where a comment, a literal or a macro's definition that begins at `at` ends; `at` if none begins.
size_t EndOfOpaque(std::string_view text, size_t at) {
  const auto after = [&](std::string_view end, size_t from) {
    const size_t found = text.find(end, from);
    return found == std::string_view::npos ? text.size() : found + end.size();
  };
  const std::string_view rest = text.substr(at);
  if (rest.starts_with("//")) return after("\n", at) - 1;
  if (rest.starts_with("/*")) return after("*/", at + 2);
  const bool in_name = at > 0 && InName(text[at - 1]);
  if (rest.starts_with("R\"") && !in_name) {
    const size_t open = text.find('(', at);
    const std::string end = ")" + std::string(text.substr(at + 2, open - at - 2)) + "\"";
    return after(end, open);
  }
  if (rest.starts_with("#define")) {
    size_t end = text.find('\n', at);
    while (end != std::string_view::npos && text[end - 1] == '\\') end = text.find('\n', end + 1);
    return std::min(end, text.size());
  }
  // A mark in a number (1'000) opens no character.
  if (text[at] != '"' && (text[at] != '\'' || in_name)) return at;
  size_t end = at + 1;
  while (end < text.size() && text[end] != text[at]) end += text[end] == '\\' ? 2 : 1;
  return std::min(end + 1, text.size());
}

// The word that ends before `end`, where blanks may follow it.
std::string_view WordBefore(std::string_view code, size_t end) {
  while (end > 0 && std::isspace(static_cast<unsigned char>(code[end - 1])) != 0) --end;
  size_t begin = end;
  while (begin > 0 && InName(code[begin - 1])) --begin;
  return code.substr(begin, end - begin);
}

// Whether the bracket at `open` holds the arguments of a `new`, of whatever type.
bool FollowsNew(std::string_view code, size_t open) {
  size_t begin = open;
  while (begin > 0 && (InName(code[begin - 1]) || code[begin - 1] == ':')) --begin;
  if (begin > 0 && code[begin - 1] == '>') {
    int depth = 0;
    do {
      --begin;
      depth += code[begin] == '>' ? 1 : code[begin] == '<' ? -1 : 0;
    } while (begin > 0 && depth > 0);
    return FollowsNew(code, begin);
  }
  return begin < open && WordBefore(code, begin) == "new";
}

}  // namespace

std::string CodeOf(std::string_view text) {
  std::string code(text);
  for (size_t at = 0; at < text.size();) {
    const size_t end = EndOfOpaque(text, at);
    for (size_t i = at; i < end; ++i) {
      if (code[i] != '\n') code[i] = ' ';
    }
    at = std::max(end, at + 1);
  }
  return code;
}

std::vector<int> LeakingTries(std::string_view code) {
  struct Bracket {
    char open;
    bool of_new;
    bool is_block;
    std::vector<int> tries;  // Within it, in no block of its own; of braces and `new`.
  };
  std::vector<Bracket> brackets;
  std::vector<int> leaking;
  int line = 1;
  for (size_t at = 0; at < code.size(); ++at) {
    const char c = code[at];
    if (c == '\n') ++line;
    if (c == ';' && !brackets.empty()) brackets.back().is_block = true;
    if (code.substr(at).starts_with("TRY(") && (at == 0 || !InName(code[at - 1])) &&
        !brackets.empty()) {
      brackets.back().tries.push_back(line);
    }
    if (c == '(' || c == '{' || c == '[') {
      brackets.push_back({c, c != '[' && FollowsNew(code, at), false, {}});
    } else if ((c == ')' || c == '}' || c == ']') && !brackets.empty()) {
      const Bracket closed = brackets.back();
      brackets.pop_back();
      if (closed.open == '{' && closed.is_block) continue;  // A block of statements.
      if (closed.open == '{' || closed.of_new) {
        leaking.insert(leaking.end(), closed.tries.begin(), closed.tries.end());
      } else if (!brackets.empty()) {
        auto& outer = brackets.back().tries;
        outer.insert(outer.end(), closed.tries.begin(), closed.tries.end());
      }
    }
  }
  std::sort(leaking.begin(), leaking.end());
  return leaking;
}

}  // namespace nano::layers

// The parser of Cache-Control. See cache_control.h for ownership and threads.
#include "http/cache_control.h"

#include <algorithm>
#include <utility>

#include "http/field_text.h"

namespace nano::http {
namespace {

// What may stand in a token or, without quotes, in a list of fields: everything else separates.
bool Separates(char c) { return c == ',' || c == ';'; }

std::string_view TrimmedFront(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin);
}

struct Directive {
  std::string_view name;
  std::string_view value{};  // Without its quotes. A null pointer: it has none.
};

// Takes the next one off a line. A string that has no end goes to the line's.
Directive Take(std::string_view& line) {
  const size_t name_end =
      std::min(static_cast<size_t>(std::find_if(line.begin(), line.end(),
                                                [](char c) { return Separates(c) || c == '='; }) -
                                   line.begin()),
               line.size());
  Directive directive{.name = Trimmed(line.substr(0, name_end))};
  line.remove_prefix(name_end);
  if (line.starts_with('=')) {
    line = TrimmedFront(line.substr(1));
    if (line.starts_with('"')) {
      size_t end = 1;
      while (end < line.size() && line[end] != '"') end += line[end] == '\\' ? 2 : 1;
      end = std::min(end, line.size());
      directive.value = line.substr(1, end - 1);
      line.remove_prefix(end);
    } else {
      const size_t end =
          static_cast<size_t>(std::find_if(line.begin(), line.end(), Separates) - line.begin());
      directive.value = Trimmed(line.substr(0, end));
      // A value that is there and empty is not one that is missing.
      if (directive.value.data() == nullptr) directive.value = std::string_view("");
      line.remove_prefix(end);
    }
  }
  // To the next one, past what has no business here.
  const size_t next =
      static_cast<size_t>(std::find_if(line.begin(), line.end(), Separates) - line.begin());
  line.remove_prefix(std::min(next + 1, line.size()));
  return directive;
}

void TakeSeconds(std::optional<int64_t>& seconds, std::string_view value) {
  if (!seconds) seconds = ParseDeltaSeconds(value).value_or(0);
}

void TakeFields(bool& whole, std::string_view& fields, std::string_view value) {
  if (fields.data() == nullptr && !Trimmed(value).empty()) {
    fields = value;
  } else {
    whole = true;  // Of two lists, too: they are not joined, and too careful is better than half.
  }
}

}  // namespace

std::optional<int64_t> ParseDeltaSeconds(std::string_view text) {
  if (text.empty()) return std::nullopt;
  int64_t seconds = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    seconds = std::min(seconds * 10 + (c - '0'), kMostSeconds);
  }
  return seconds;
}

bool ListsField(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    if (EqualsIgnoringCase(Trimmed(list.substr(0, comma)), name)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

void CacheControl::Add(std::string_view line) {
  while (!line.empty()) {
    const Directive directive = Take(line);
    const auto is = [&directive](std::string_view name) {
      return EqualsIgnoringCase(directive.name, name);
    };
    if (is("no-store")) {
      no_store = true;
    } else if (is("public")) {
      is_public = true;
    } else if (is("must-revalidate")) {
      must_revalidate = true;
    } else if (is("must-understand")) {
      must_understand = true;
    } else if (is("private")) {
      TakeFields(is_private, private_fields, directive.value);
    } else if (is("no-cache")) {
      TakeFields(no_cache, no_cache_fields, directive.value);
    } else if (is("max-age")) {
      TakeSeconds(max_age, directive.value);
    } else if (is("s-maxage")) {
      TakeSeconds(s_maxage, directive.value);
    }
  }
}

}  // namespace nano::http

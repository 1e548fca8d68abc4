// Reading of lines. See rule_lines.h for ownership and threads.
#include "assets/rule_lines.h"

#include <utility>

#include "assets/asset_path.h"

namespace nano::assets {
namespace {

constexpr std::string_view kScheme = "https://";
constexpr char kSpaces[] = " \t\r\f\v";

std::string_view Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(kSpaces);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpaces) - begin + 1);
}

}  // namespace

void LineWarnings::Add(size_t line, std::string message, std::string hint) {
  warnings_.push_back({"the line is passed over: " + std::move(message),
                       path_ + ":" + std::to_string(line), std::move(hint)});
}

void ForEachRuleLine(std::string_view text, LineWarnings& warnings,
                     FunctionRef<void(size_t number, std::string_view line)> take) {
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = text.find('\n');
    const std::string_view line = Trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.front() == '#') continue;
    if (line.size() > kMostLineBytes) {
      warnings.Add(number, "it has " + std::to_string(line.size()) + " bytes, and may have " +
                               std::to_string(kMostLineBytes));
      continue;
    }
    take(number, line);
  }
}

std::vector<std::string_view> Words(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const size_t begin = line.find_first_not_of(kSpaces);
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    words.push_back(line.substr(0, line.find_first_of(kSpaces)));
    line.remove_prefix(words.back().size());
  }
}

Result<std::string> RuleUrl(std::string_view text, bool whole) {
  std::string origin;
  std::string_view rest = text;
  if (text.starts_with(kScheme)) {
    const size_t host = text.find_first_not_of('/', kScheme.size());
    const size_t end = host == std::string_view::npos ? host : text.find('/', host);
    if (host == std::string_view::npos)
      return Error{"'" + std::string(text) + "' has no host", "", ""};
    origin = std::string(kScheme).append(
        text.substr(host, end == std::string_view::npos ? end : end - host));
    rest = end == std::string_view::npos ? "/" : text.substr(end);
  } else if (!text.starts_with('/')) {
    return Error{
        "'" + std::string(text) +
            "' is neither a path, which begins with '/', nor a URL, which begins with 'https://'",
        "", ""};
  }
  const size_t path_end = rest.find_first_of("?#");
  std::string url = origin + NormalizePath(rest.substr(0, path_end));
  if (whole && path_end != std::string_view::npos) url += rest.substr(path_end);
  return url;
}

}  // namespace nano::assets

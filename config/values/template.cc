// Expansion of `${NAME}` and `${NAME:-default}`.
#include "config/values/template.h"

#include <algorithm>
#include <utility>

namespace nano::config {
namespace {

// Where the `}` is that belongs to the `${` at the beginning; npos: there is none.
size_t EndOfReference(std::string_view text) {
  size_t open = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text.substr(at).starts_with("$${")) {
      at += 2;
    } else if (text.substr(at).starts_with("${")) {
      ++open;
      ++at;
    } else if (text[at] == '}' && --open == 0) {
      return at;
    }
  }
  return std::string_view::npos;
}

// What is between the braces: a name, or a name, an operator of the shell's and its operand.
struct Reference {
  std::string name;
  bool or_empty = false;  // By a colon: an empty variable counts as one that is not set.
  char operation = 0;     // '-', '?', '+'; 0: none.
  std::string_view operand;
};

Result<Reference> ParseReference(std::string_view text) {
  const size_t end = std::min(text.find_first_of(":-?+"), text.size());
  Reference reference{.name = std::string(text.substr(0, end)), .operand = text.substr(end)};
  reference.or_empty = reference.operand.starts_with(':');
  if (reference.or_empty) reference.operand.remove_prefix(1);
  if (!reference.operand.empty()) {
    reference.operation = reference.operand.front();
    reference.operand.remove_prefix(1);
  }
  const bool known = std::string_view("-?+").find(reference.operation) != std::string_view::npos;
  if (IsEnvironmentName(reference.name) &&
      (known || (reference.operation == 0 && !reference.or_empty))) {
    return reference;
  }
  return Error{"'" + std::string(text) + "' is not the name of a variable", "",
               "Write ${NAME}, ${NAME:-default}, or '$${' if it is meant as text."};
}

// A template with its references replaced by what `value` gives for them.
template <typename Value>
Result<std::string> Replace(std::string_view text, const Value& value) {
  std::string out;
  while (!text.empty()) {
    const size_t dollar = text.find('$');
    out += text.substr(0, dollar);
    if (dollar == std::string_view::npos) break;
    text.remove_prefix(dollar);
    if (text.starts_with("$${")) {
      out += "${";
      text.remove_prefix(3);
    } else if (!text.starts_with("${")) {
      out += '$';
      text.remove_prefix(1);
    } else {
      const size_t end = EndOfReference(text);
      if (end == std::string_view::npos) {
        return Error{"'${' without '}'", "", "Write '$${' if it is meant as text."};
      }
      const Reference reference = TRY(ParseReference(text.substr(2, end - 2)));
      out += TRY(value(reference));
      text.remove_prefix(end + 1);
    }
  }
  return out;
}

}  // namespace

bool IsEnvironmentName(std::string_view name) {
  if (name.empty() || (name.front() >= '0' && name.front() <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

Result<std::string> ExpandEnvironment(std::string_view text, const EnvironmentLookup& lookup) {
  return Replace(text, [&](const Reference& reference) -> Result<std::string> {
    const auto& [name, or_empty, operation, operand] = reference;
    std::optional<std::string> value = lookup(name);
    const bool is_set = value.has_value() && !(or_empty && value->empty());
    if (operation == '+') return is_set ? ExpandEnvironment(operand, lookup) : std::string();
    if (is_set) return *std::move(value);
    if (operation == '-') return ExpandEnvironment(operand, lookup);
    std::string problem =
        "the environment variable " + name + " is " + (value.has_value() ? "empty" : "not set");
    if (!operand.empty()) problem.append(": ").append(operand);
    return Error{std::move(problem), "", "Set it where the server is started."};
  });
}

bool NeedsEnvironment(std::string_view text) {
  return !ExpandEnvironment(text, [](const std::string&) { return std::nullopt; }).ok();
}

bool TakesEnvironment(std::string_view text) {
  bool takes = false;
  (void)Replace(text, [&takes](const Reference&) -> Result<std::string> {
    takes = true;
    return std::string();
  });
  return takes;
}

Result<void> CheckTemplate(std::string_view text) {
  const auto check = [](const Reference& reference) -> Result<std::string> {
    // The operand of '?' is a message.
    const bool is_template = reference.operation == '-' || reference.operation == '+';
    if (is_template) TRY(CheckTemplate(reference.operand));
    return std::string();
  };
  TRY(Replace(text, check));
  return {};
}

}  // namespace nano::config

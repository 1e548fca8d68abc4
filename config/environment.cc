// Expansion of `${NAME}`.
#include "config/environment.h"

#include <algorithm>
#include <cstdlib>

namespace nano::config {

EnvironmentLookup ProcessEnvironment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
}

bool IsEnvironmentName(std::string_view name) {
  if (name.empty() || (name.front() >= '0' && name.front() <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

Result<std::string> ExpandEnvironment(std::string_view text, const EnvironmentLookup& lookup) {
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
      const size_t brace = text.find('}');
      if (brace == std::string_view::npos) {
        return Error{"'${' without '}'", "", "Write '$${' if it is meant as text."};
      }
      const std::string name(text.substr(2, brace - 2));
      if (!IsEnvironmentName(name)) {
        return Error{"'" + name + "' is not the name of a variable", "",
                     "Write ${NAME}, or '$${' if it is meant as text."};
      }
      std::optional<std::string> value = lookup(name);
      if (!value.has_value()) {
        return Error{"the environment variable " + name + " is not set", "",
                     "Set it where the server is started."};
      }
      out += *value;
      text.remove_prefix(brace + 1);
    }
  }
  return out;
}

Result<std::vector<std::pair<std::string, std::string>>> ExpandEnvironment(
    const AppSettings& app, const EnvironmentLookup& lookup) {
  std::vector<std::pair<std::string, std::string>> out;
  out.reserve(app.env.size());
  for (const EnvironmentVariable& variable : app.env) {
    Result<std::string> value = ExpandEnvironment(variable.value, lookup);
    if (!value.ok()) {
      return ErrorAt(variable.place,
                     "app '" + app.name + "', env." + variable.name + ": " + value.error().message,
                     value.error().hint);
    }
    out.emplace_back(variable.name, std::move(value).value());
  }
  return out;
}

bool NeedsEnvironment(std::string_view text) {
  return !ExpandEnvironment(text, [](const std::string&) { return std::nullopt; }).ok();
}

Result<void> CheckTemplate(std::string_view text) {
  Result<std::string> expanded =
      ExpandEnvironment(text, [](const std::string&) { return std::string(); });
  if (!expanded.ok()) return std::move(expanded).error();
  return {};
}

}  // namespace nano::config

// Expands an app's variables one by one.
#include "config/environment.h"

#include <cstdlib>
#include <optional>

namespace nano::config {

EnvironmentLookup ProcessEnvironment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
}

Result<std::vector<std::pair<std::string, std::string>>> ExpandEnvironment(
    const AppSettings& app, const EnvironmentLookup& lookup) {
  std::vector<std::pair<std::string, std::string>> out;
  out.reserve(app.env.size());
  std::vector<Error> errors;
  for (const EnvironmentVariable& variable : app.env) {
    Result<std::string> value = ExpandEnvironment(variable.value, lookup);
    if (!value.ok()) {
      errors.push_back(
          ErrorAt(variable.place,
                  "app '" + app.name + "', env." + variable.name + ": " + value.error().message,
                  value.error().hint));
      continue;
    }
    out.emplace_back(variable.name, std::move(value).value());
  }
  if (!errors.empty()) return Together(std::move(errors));
  return out;
}

}  // namespace nano::config

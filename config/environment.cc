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

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Result<Pairs> Expand(const AppSettings& app, const std::vector<EnvironmentVariable>& variables,
                     const std::string& key, const EnvironmentLookup& lookup) {
  Pairs out;
  out.reserve(variables.size());
  std::vector<Error> errors;
  for (const EnvironmentVariable& variable : variables) {
    Result<std::string> value =
        variable.is_json ? variable.value : ExpandEnvironment(variable.value, lookup);
    if (!value.ok()) {
      errors.push_back(ErrorAt(
          variable.place,
          "app '" + app.name + "', " + key + "." + variable.name + ": " + value.error().message,
          value.error().hint));
      continue;
    }
    out.emplace_back(variable.name, std::move(value).value());
  }
  if (!errors.empty()) return Together(std::move(errors));
  return out;
}

}  // namespace

bool TakesEnvironment(const EnvironmentVariable& variable) {
  return !variable.is_json && TakesEnvironment(variable.value);
}

bool NeedsEnvironment(const EnvironmentVariable& variable) {
  return !variable.is_json && NeedsEnvironment(variable.value);
}

Result<Pairs> ExpandEnvironment(const AppSettings& app, const EnvironmentLookup& lookup) {
  return Expand(app, app.env, "env", lookup);
}

Result<Pairs> ExpandBuildEnvironment(const AppSettings& app, const EnvironmentLookup& lookup) {
  return Expand(app, app.build_env, "build_env", lookup);
}

}  // namespace nano::config

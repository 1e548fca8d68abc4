// Settings to JSON and back. See app_config.h.
#include "server/release/app_config.h"

#include <memory>
#include <utility>
#include <vector>

#include "config/schema/file.h"

namespace nano::server {
namespace {

using config::OutboundSettings;

Json TextsOf(const std::vector<HostRule>& rules) {
  Json::Array texts;
  for (const HostRule& rule : rules) texts.emplace_back(rule.text());
  return texts;
}

Json ProxyOf(const config::ProxySettings& proxy) {
  Json config = Json::Object();
  if (!proxy.http.text.empty()) config.Set("http", proxy.http.text);
  if (!proxy.https.text.empty()) config.Set("https", proxy.https.text);
  Json::Array direct;
  for (const config::PlacedText& text : proxy.no_proxy) direct.emplace_back(text.text);
  if (!direct.empty()) config.Set("no_proxy", std::move(direct));
  return config;
}

Json OutboundOf(const OutboundSettings& outbound) {
  if (outbound.none) return "none";
  Json config = Json::Object();
  for (const config::Key<OutboundSettings>& key : config::OutboundKeys()) {
    if (!outbound.stated.Has(key.path)) continue;
    if (key.path == "allow") {
      config.Set("allow", TextsOf(outbound.allow));
    } else if (key.path == "deny") {
      config.Set("deny", TextsOf(outbound.deny));
    } else if (key.path == "proxy") {
      config.Set("proxy", ProxyOf(outbound.proxy));
    } else if (key.path == "ca") {
      config.Set("ca", outbound.ca.text);
    } else if (const size_t dot = key.path.find('.'); dot != std::string::npos) {
      const std::string map = key.path.substr(0, dot);
      if (config.Find(map) == nullptr) config.Set(map, Json::Object());
      config.Find(map)->Set(key.path.substr(dot + 1), key.value.show(outbound));
    } else if (key.value.type == config::Type::kCount) {
      config.Set(key.path, key.value.get(outbound));
    } else if (key.value.type == config::Type::kFlag) {
      config.Set(key.path, key.value.show(outbound) == "true");
    } else {
      config.Set(key.path, key.value.show(outbound));
    }
  }
  return config;
}

// Its app's name, if there is no more to it.
Json ServiceOf(const config::ServiceBinding& service) {
  if (service.entrypoint.empty() && service.props.empty()) return service.app;
  Json config = Json::Object();
  config.Set("app", service.app);
  if (!service.entrypoint.empty()) config.Set("entrypoint", service.entrypoint);
  if (!service.props.empty()) {
    if (Result<Json> props = Json::Parse(service.props); props.ok()) {
      config.Set("props", std::move(props).value());
    }
  }
  return config;
}

Json KvOf(const config::KvSettings& binding) {
  if (binding.url.text.empty()) return binding.space;
  Json config = Json::Object();
  return config.Set("namespace", binding.space).Set("url", binding.url.text);
}

Json LimitsOf(const config::AppLimits& limits) {
  static const config::AppLimits defaults;
  Json config = Json::Object();
  for (const config::Key<config::AppLimits>& key : config::AppLimitKeys()) {
    const uint64_t value = key.value.get(limits);
    if (value == key.value.get(defaults)) continue;
    if (key.value.type == config::Type::kCount) {
      config.Set(key.path, value);
    } else {
      config.Set(key.path, key.value.show(limits));
    }
  }
  return config;
}

Json ValueOf(const config::EnvironmentVariable& variable) {
  if (!variable.is_json) return variable.value;
  Result<Json> value = Json::Parse(variable.value);
  Json json = Json::Object();
  json.Set("json", value.ok() ? std::move(value).value() : Json());
  return json;
}

bool IsEmpty(const Json& config) { return config.object() != nullptr && config.object()->empty(); }

}  // namespace

Json ConfigOf(const config::AppSettings& app) {
  Json config = Json::Object();
  if (!app.hosts.empty()) {
    Json::Array hosts;
    for (const std::string& host : app.hosts) hosts.emplace_back(host);
    config.Set("hosts", std::move(hosts));
  }
  if (app.is_default) config.Set("default", true);
  Json env = Json::Object();
  for (const config::EnvironmentVariable& variable : app.env)
    env.Set(variable.name, ValueOf(variable));
  if (!IsEmpty(env)) config.Set("env", std::move(env));
  Json services = Json::Object();
  for (const config::ServiceBinding& service : app.services)
    services.Set(service.name, ServiceOf(service));
  if (!IsEmpty(services)) config.Set("services", std::move(services));
  Json kv = Json::Object();
  for (const config::KvSettings& binding : app.kv) kv.Set(binding.name, KvOf(binding));
  if (!IsEmpty(kv)) config.Set("kv", std::move(kv));
  if (Json outbound = OutboundOf(app.outbound); !IsEmpty(outbound)) {
    config.Set("outbound", std::move(outbound));
  }
  if (Json limits = LimitsOf(app.limits); !IsEmpty(limits)) config.Set("limits", std::move(limits));
  for (const config::Key<config::DeploymentSettings>& key : config::DeploymentKeys()) {
    static const config::DeploymentSettings defaults;
    std::string value = key.value.show(app.deployment);
    if (value != key.value.show(defaults)) config.Set(key.path, std::move(value));
  }
  static const config::IsolationSettings shared;
  for (const config::Key<config::IsolationSettings>& key : config::IsolationKeys()) {
    std::string value = key.value.show(app.isolation);
    if (value != key.value.show(shared)) config.Set(key.path, std::move(value));
  }
  if (!app.triggers.crons.empty()) {
    config.Set("triggers", Json().Set("crons", config::TextsOf(app.triggers.crons)));
  }
  return config;
}

Result<config::AppSettings> SettingsFrom(const Json& config, const std::string& app,
                                         const std::string& source_name) {
  if (config.object() == nullptr) {
    return Error{"an app's configuration is an object", "config", R"(Write {"env": {"A": "1"}}.)"};
  }
  for (const Json::Member& member : *config.object()) {
    // nano.yaml's top level has more than apps' keys.
    for (const char* other : {"apps", "server", "build", "defaults", "name", "entry", "warmup"}) {
      if (member.name == other) {
        return Error{
            "'" + member.name + "' is not a key that a running server can change of an app",
            "config: " + member.name,
            {}};
      }
    }
  }
  const auto source =
      std::make_shared<const config::Source>(config::Source{source_name, config.ToString()});
  Result<config::FileFields> file = config::ParseFile(source);
  if (!file.ok()) {
    // Messages name the key. Lines and columns are of a text that nobody has seen.
    Error error = std::move(file).error();
    const auto without_place = [&source](Error& of) {
      of.where = source->path;
      of.excerpt.clear();
    };
    without_place(error);
    for (Error& other : error.others) without_place(other);
    return error;
  }
  config::AppSettings settings = std::move(file->self);
  settings.name = app;
  return settings;
}

}  // namespace nano::server

// Writing and strict reading of manifest.json. The JSON library's exceptions and types stay in
// here.
#include "snapshot/manifest.h"

#include <algorithm>
#include <exception>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "snapshot/digest.h"

namespace nano::snapshot {
namespace {

using Json = nlohmann::ordered_json;

constexpr uint64_t kFormatVersion = 1;
constexpr char kRebuild[] = "Build the dist again with this version's nanoc.";
constexpr char kDamaged[] = "Copy or build the dist again.";

// Reads values; names the path of keys to what is wrong.
class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path) {}

  Error Refusal(const std::string& at, const std::string& message,
                const char* hint = kDamaged) const {
    return {at.empty() ? message : at + ": " + message, path_, hint};
  }

  // An object with all of these keys, maybe some of `optional`, and no other.
  Result<void> Keys(const Json& json, const std::string& at,
                    std::initializer_list<std::string_view> keys,
                    std::initializer_list<std::string_view> optional = {}) const {
    TRY(Object(json, at));
    const auto has = [](const auto& list, const std::string& key) {
      return std::find(list.begin(), list.end(), key) != list.end();
    };
    for (const auto& item : json.items()) {
      if (!has(keys, item.key()) && !has(optional, item.key())) {
        return Refusal(at, "unknown key '" + item.key() + "'", kRebuild);
      }
    }
    for (const std::string_view key : keys) {
      if (!json.contains(key)) return Refusal(at, "no '" + std::string(key) + "'");
    }
    return {};
  }
  Result<void> Object(const Json& json, const std::string& at) const {
    if (!json.is_object()) return Refusal(at, "expected an object");
    return {};
  }
  Result<void> Array(const Json& json, const std::string& at) const {
    if (!json.is_array()) return Refusal(at, "expected an array");
    return {};
  }
  Result<std::string> String(const Json& json, const std::string& at) const {
    if (!json.is_string()) return Refusal(at, "expected a string");
    return json.get<std::string>();
  }
  Result<std::vector<std::string>> Strings(const Json& json, const std::string& at) const {
    TRY(Array(json, at));
    std::vector<std::string> strings;
    for (const Json& item : json) strings.push_back(TRY(String(item, at)));
    return strings;
  }
  Result<bool> Boolean(const Json& json, const std::string& at) const {
    if (!json.is_boolean()) return Refusal(at, "expected true or false");
    return json.get<bool>();
  }
  Result<uint64_t> Number(const Json& json, const std::string& at) const {
    if (!json.is_number_unsigned()) return Refusal(at, "expected a whole number, 0 or more");
    return json.get<uint64_t>();
  }

 private:
  const std::string& path_;
};

// Finds what the library would silently merge: a key that is there twice.
class RepeatedKeys {
 public:
  // Takes note of an event of the parser's.
  void See(Json::parse_event_t event, const Json& value) {
    if (event == Json::parse_event_t::object_start) keys_.emplace_back();
    if (event == Json::parse_event_t::object_end) keys_.pop_back();
    if (event == Json::parse_event_t::key && first_.empty() &&
        !keys_.back().insert(value.get_ref<const std::string&>()).second) {
      first_ = value.dump();
    }
  }

  const std::string& first() const { return first_; }  // As it is written; empty: there is none.

 private:
  std::vector<std::set<std::string>> keys_;  // Of the objects around the place.
  std::string first_;
};

// Not the grammar of hosts, which the server has: only what could never be meant as one.
bool IsPlausibleHost(std::string_view host) {
  return !host.empty() && host.size() <= 256 && std::all_of(host.begin(), host.end(), [](char c) {
    return c > 0x20 && c < 0x7F && c != '/' && !(c >= 'A' && c <= 'Z');
  });
}

Result<config::AppLimits> ReadLimits(const Json& json, const std::string& at,
                                     const Reader& reader) {
  TRY(reader.Object(json, at));
  config::AppLimits limits = config::Unlimited();
  for (const auto& item : json.items()) {
    const std::string path = at + "." + item.key();
    const auto* key = config::FindKey(config::AppLimitKeys(), item.key());
    if (key == nullptr) return reader.Refusal(path, "unknown limit", kRebuild);
    const uint64_t number = TRY(reader.Number(item.value(), path));
    if (number == 0) return reader.Refusal(path, "expected 1 or more");
    // What the member may not even hold.
    const uint64_t most = key->value.bounds.max;
    if (number > most) return reader.Refusal(path, "expected " + std::to_string(most) + " or less");
    key->value.set(limits, number);
  }
  return limits;
}

// Texts as nano.yaml has them, and durations in milliseconds.
Result<config::DeploymentSettings> ReadDeployment(const Json& json, const std::string& at,
                                                  const Reader& reader) {
  TRY(reader.Object(json, at));
  config::DeploymentSettings deployment;
  for (const auto& item : json.items()) {
    const std::string path = at + "." + item.key();
    const auto* key = config::FindKey(config::DeploymentKeys(), item.key());
    if (key == nullptr) return reader.Refusal(at, "unknown key '" + item.key() + "'", kRebuild);
    if (key->value.set) {
      const auto number = TRY(reader.Number(item.value(), path));
      const uint64_t most = key->value.bounds.max;
      if (number > most)
        return reader.Refusal(path, "expected " + std::to_string(most) + " or less");
      key->value.set(deployment, number);
    } else if (item.key() == "health") {
      deployment.health = TRY(reader.String(item.value(), path));
    } else {
      deployment.canary_key = TRY(reader.String(item.value(), path));
    }
  }
  return deployment;
}

Json DeploymentOf(const config::DeploymentSettings& deployment) {
  Json json = Json::object();
  for (const auto& key : config::DeploymentKeys()) {
    if (key.value.get) {
      if (const uint64_t number = key.value.get(deployment); number != 0) json[key.path] = number;
    } else if (std::string text = key.value.show(deployment); !text.empty()) {
      json[key.path] = std::move(text);
    }
  }
  return json;
}

Result<ManifestApp> ReadApp(const Json& json, const std::string& at, const Reader& reader) {
  TRY(reader.Keys(json, at, {"name", "hosts", "default", "snapshot", "digest", "bytes", "limits"},
                  {"env", "services", "deployment", "restricted", "lists"}));
  ManifestApp app;
  app.name = TRY(reader.String(json["name"], at + ".name"));
  if (app.name.empty()) return reader.Refusal(at + ".name", "an empty name");
  const std::string hosts = at + ".hosts";
  TRY(reader.Array(json["hosts"], hosts));
  for (const Json& item : json["hosts"]) {
    app.hosts.push_back(TRY(reader.String(item, hosts)));
    if (!IsPlausibleHost(app.hosts.back())) {
      return reader.Refusal(hosts, item.dump() + " is not a host");
    }
  }
  app.is_default = TRY(reader.Boolean(json["default"], at + ".default"));
  app.digest = TRY(reader.String(json["digest"], at + ".digest"));
  if (!IsHexDigest(app.digest)) {
    return reader.Refusal(at + ".digest", "expected 64 hexadecimal digits");
  }
  const std::string path = SnapshotPath(app.digest);
  if (TRY(reader.String(json["snapshot"], at + ".snapshot")) != path) {
    return reader.Refusal(at + ".snapshot", "expected '" + path + "', as the digest says");
  }
  app.bytes = TRY(reader.Number(json["bytes"], at + ".bytes"));
  app.limits = TRY(ReadLimits(json["limits"], at + ".limits", reader));
  if (json.contains("env")) {
    const Json& env = json["env"];
    TRY(reader.Keys(env, at + ".env", {"required", "optional"}));
    app.required_env = TRY(reader.Strings(env["required"], at + ".env.required"));
    app.optional_env = TRY(reader.Strings(env["optional"], at + ".env.optional"));
  }
  if (json.contains("services")) {
    app.services = TRY(reader.Strings(json["services"], at + ".services"));
  }
  if (json.contains("deployment")) {
    app.deployment = TRY(ReadDeployment(json["deployment"], at + ".deployment", reader));
  }
  if (json.contains("restricted")) {
    app.restricted = TRY(reader.Boolean(json["restricted"], at + ".restricted"));
  }
  if (json.contains("lists")) app.lists = TRY(reader.Strings(json["lists"], at + ".lists"));
  return app;
}

Result<void> CheckUnique(const Manifest& manifest, const Reader& reader) {
  std::set<std::string_view> names;
  std::set<std::string_view> hosts;
  const ManifestApp* default_app = nullptr;
  for (const ManifestApp& app : manifest.apps) {
    if (!names.insert(app.name).second) {
      return reader.Refusal("", "two apps are named '" + app.name + "'");
    }
    for (const std::string& host : app.hosts) {
      if (!hosts.insert(host).second) {
        return reader.Refusal(
            "", "host '" + host + "' is listed twice, for app '" + app.name + "' at last");
      }
    }
    if (!app.is_default) continue;
    if (default_app != nullptr) {
      return reader.Refusal(
          "", "apps '" + default_app->name + "' and '" + app.name + "' are both default");
    }
    default_app = &app;
  }
  return {};
}

Result<Manifest> Read(const Json& json, const Reader& reader) {
  TRY(reader.Object(json, ""));
  // Before anything else: another version may have other keys.
  if (!json.contains("format")) {
    return reader.Refusal("", "no 'format': this is not a NANO manifest");
  }
  const uint64_t format = TRY(reader.Number(json["format"], "format"));
  if (format != kFormatVersion) {
    return reader.Refusal("",
                          "the manifest has format version " + std::to_string(format) +
                              ", this program reads " + std::to_string(kFormatVersion),
                          kRebuild);
  }
  TRY(reader.Keys(json, "", {"format", "engine", "apps"}));
  TRY(reader.Keys(json["engine"], "engine", {"release", "v8"}));
  Manifest manifest;
  manifest.engine_release = TRY(reader.String(json["engine"]["release"], "engine.release"));
  manifest.v8_version = TRY(reader.String(json["engine"]["v8"], "engine.v8"));
  TRY(reader.Array(json["apps"], "apps"));
  for (const Json& item : json["apps"]) {
    const std::string at = "apps[" + std::to_string(manifest.apps.size()) + "]";
    manifest.apps.push_back(TRY(ReadApp(item, at, reader)));
  }
  TRY(CheckUnique(manifest, reader));
  return manifest;
}

// The library's own text begins with a number and repeats the position.
std::string Reason(const nlohmann::json::parse_error& error) {
  const std::string_view text = error.what();
  const size_t syntax = text.find("syntax error");
  return std::string(syntax == std::string_view::npos ? "malformed text" : text.substr(syntax));
}

std::string PlaceOf(std::string_view text, size_t byte, const std::string& path) {
  const std::string_view before = text.substr(0, std::min(byte == 0 ? 0 : byte - 1, text.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const size_t column = before.size() - (before.rfind('\n') + 1) + 1;
  return path + ":" + std::to_string(line) + ":" + std::to_string(column);
}

}  // namespace

std::string SnapshotPath(std::string_view digest) {
  return "snapshots/" + std::string(digest) + ".snap";
}

std::string EncodeManifest(Manifest manifest) {
  std::sort(manifest.apps.begin(), manifest.apps.end(),
            [](const ManifestApp& a, const ManifestApp& b) { return a.name < b.name; });
  Json apps = Json::array();
  for (const ManifestApp& app : manifest.apps) {
    Json limits = Json::object();
    for (const auto& key : config::AppLimitKeys()) {
      if (const uint64_t limit = key.value.get(app.limits); limit != 0) limits[key.path] = limit;
    }
    apps.push_back(Json{{"name", app.name},
                        {"hosts", app.hosts},
                        {"default", app.is_default},
                        {"snapshot", SnapshotPath(app.digest)},
                        {"digest", app.digest},
                        {"bytes", app.bytes},
                        {"limits", std::move(limits)}});
    if (!app.required_env.empty() || !app.optional_env.empty()) {
      apps.back()["env"] = {{"required", app.required_env}, {"optional", app.optional_env}};
    }
    if (!app.services.empty()) apps.back()["services"] = app.services;
    if (Json deployment = DeploymentOf(app.deployment); !deployment.empty()) {
      apps.back()["deployment"] = std::move(deployment);
    }
    if (app.restricted) apps.back()["restricted"] = true;
    if (!app.lists.empty()) apps.back()["lists"] = app.lists;
  }
  const Json json{{"format", kFormatVersion},
                  {"engine", {{"release", manifest.engine_release}, {"v8", manifest.v8_version}}},
                  {"apps", std::move(apps)}};
  // Malformed UTF-8, which no checked configuration holds, must not throw either.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<Manifest> DecodeManifest(std::string_view text, const std::string& path) {
  const Reader reader(path);
  RepeatedKeys repeated;
  const auto see = [&repeated](int, Json::parse_event_t event, const Json& value) {
    repeated.See(event, value);
    return true;
  };
  Json json;
  std::optional<Error> failure;
  // The library reports by exceptions alone where a text is no JSON.
  try {
    json = Json::parse(text.begin(), text.end(), see);
  } catch (const Json::parse_error& error) {
    failure =
        Error{"this is not JSON: " + Reason(error), PlaceOf(text, error.byte, path), kDamaged};
  } catch (const std::exception& error) {
    failure = Error{std::string("cannot read the manifest: ") + error.what(), path, kDamaged};
  }
  // Stands before what the parser gave up at.
  if (!repeated.first().empty()) {
    return reader.Refusal("", "the key " + repeated.first() + " is there twice");
  }
  if (failure.has_value()) return *std::move(failure);
  return Read(json, reader);
}

bool LooksLikeManifest(std::string_view text) {
  const Json json = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  const auto has = [&json](const char* key, Json::value_t type) {
    const auto found = json.find(key);
    return found != json.end() && found->type() == type;
  };
  return json.is_object() && has("format", Json::value_t::number_unsigned) &&
         has("engine", Json::value_t::object) && has("apps", Json::value_t::array);
}

}  // namespace nano::snapshot

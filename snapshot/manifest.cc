// Writing and strict reading of manifest.json.
#include "snapshot/manifest.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <set>
#include <utility>

#include "base/json_fields.h"
#include "snapshot/digest.h"

namespace nano::snapshot {
namespace {

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
    const auto has = [](const auto& list, std::string_view key) {
      return std::find(list.begin(), list.end(), key) != list.end();
    };
    for (const Json::Member& member : *json.object()) {
      if (!has(keys, member.name) && !has(optional, member.name)) {
        return Refusal(at, "unknown key '" + member.name + "'", kRebuild);
      }
    }
    for (const std::string_view key : keys) {
      if (json.Find(key) == nullptr) return Refusal(at, "no '" + std::string(key) + "'");
    }
    return {};
  }
  Result<void> Object(const Json& json, const std::string& at) const {
    if (json.object() == nullptr) return Refusal(at, "expected an object");
    return {};
  }
  Result<const Json::Array*> Array(const Json& json, const std::string& at) const {
    if (json.array() == nullptr) return Refusal(at, "expected an array");
    return json.array();
  }
  Result<std::string> String(const Json& json, const std::string& at) const {
    if (json.text() == nullptr) return Refusal(at, "expected a string");
    return *json.text();
  }
  Result<std::vector<std::string>> Strings(const Json& json, const std::string& at) const {
    const Json::Array* items = TRY(Array(json, at));
    std::vector<std::string> strings;
    for (const Json& item : *items) strings.push_back(TRY(String(item, at)));
    return strings;
  }
  Result<bool> Boolean(const Json& json, const std::string& at) const {
    if (json.flag() == nullptr) return Refusal(at, "expected true or false");
    return *json.flag();
  }
  Result<uint64_t> Number(const Json& json, const std::string& at) const {
    const std::optional<uint64_t> number = json.count();
    if (!number) return Refusal(at, "expected a whole number, 0 or more");
    return *number;
  }

 private:
  const std::string& path_;
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
  for (const auto& [name, value] : *json.object()) {
    const std::string path = at + "." + name;
    const auto* key = config::FindKey(config::AppLimitKeys(), name);
    if (key == nullptr) return reader.Refusal(path, "unknown limit", kRebuild);
    const uint64_t number = TRY(reader.Number(value, path));
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
  for (const auto& [name, value] : *json.object()) {
    const std::string path = at + "." + name;
    const auto* key = config::FindKey(config::DeploymentKeys(), name);
    if (key == nullptr) return reader.Refusal(at, "unknown key '" + name + "'", kRebuild);
    if (key->value.set) {
      const auto number = TRY(reader.Number(value, path));
      const uint64_t most = key->value.bounds.max;
      if (number > most)
        return reader.Refusal(path, "expected " + std::to_string(most) + " or less");
      key->value.set(deployment, number);
    } else if (name == "health") {
      deployment.health = TRY(reader.String(value, path));
    } else {
      deployment.canary_key = TRY(reader.String(value, path));
    }
  }
  return deployment;
}

Json::Object DeploymentOf(const config::DeploymentSettings& deployment) {
  static const config::DeploymentSettings defaults;
  Json::Object members;
  for (const auto& key : config::DeploymentKeys()) {
    if (key.value.get) {
      const uint64_t number = key.value.get(deployment);
      if (number != key.value.get(defaults)) {
        members.push_back({std::string(key.path), number});
      }
    } else if (std::string text = key.value.show(deployment); !text.empty()) {
      members.push_back({std::string(key.path), std::move(text)});
    }
  }
  return members;
}

Result<ManifestApp> ReadApp(const Json& json, const std::string& at, const Reader& reader) {
  TRY(reader.Keys(
      json, at, {"name", "hosts", "default", "snapshot", "digest", "bytes", "limits"},
      {"env", "services", "kv", "deployment", "crons", "restricted", "lists", "config"}));
  ManifestApp app;
  app.name = TRY(reader.String(MemberOf(json, "name"), at + ".name"));
  if (app.name.empty()) return reader.Refusal(at + ".name", "an empty name");
  const std::string hosts = at + ".hosts";
  const Json::Array* items = TRY(reader.Array(MemberOf(json, "hosts"), hosts));
  for (const Json& item : *items) {
    app.hosts.push_back(TRY(reader.String(item, hosts)));
    if (!IsPlausibleHost(app.hosts.back())) {
      return reader.Refusal(hosts, item.ToString() + " is not a host");
    }
  }
  app.is_default = TRY(reader.Boolean(MemberOf(json, "default"), at + ".default"));
  app.digest = TRY(reader.String(MemberOf(json, "digest"), at + ".digest"));
  if (!IsHexDigest(app.digest)) {
    return reader.Refusal(at + ".digest", "expected 64 hexadecimal digits");
  }
  const std::string path = SnapshotPath(app.digest);
  if (TRY(reader.String(MemberOf(json, "snapshot"), at + ".snapshot")) != path) {
    return reader.Refusal(at + ".snapshot", "expected '" + path + "', as the digest says");
  }
  app.bytes = TRY(reader.Number(MemberOf(json, "bytes"), at + ".bytes"));
  app.limits = TRY(ReadLimits(MemberOf(json, "limits"), at + ".limits", reader));
  if (json.Find("env") != nullptr) {
    const Json& env = MemberOf(json, "env");
    TRY(reader.Keys(env, at + ".env", {"required", "optional"}));
    app.required_env = TRY(reader.Strings(MemberOf(env, "required"), at + ".env.required"));
    app.optional_env = TRY(reader.Strings(MemberOf(env, "optional"), at + ".env.optional"));
  }
  if (json.Find("services") != nullptr) {
    app.services = TRY(reader.Strings(MemberOf(json, "services"), at + ".services"));
  }
  if (json.Find("kv") != nullptr) {
    const std::string place = at + ".kv";
    TRY(reader.Object(MemberOf(json, "kv"), place));
    for (const Json::Member& member : *MemberOf(json, "kv").object()) {
      app.kv.emplace_back(member.name, TRY(reader.String(member.value, place)));
    }
  }
  if (json.Find("deployment") != nullptr) {
    app.deployment = TRY(ReadDeployment(MemberOf(json, "deployment"), at + ".deployment", reader));
  }
  if (json.Find("crons") != nullptr) {
    const auto texts = TRY(reader.Strings(MemberOf(json, "crons"), at + ".crons"));
    for (const std::string& text : texts) {
      auto cron = config::CronExpression::Parse(text);
      if (!cron.ok()) return reader.Refusal(at + ".crons", cron.error().message);
      app.triggers.crons.push_back(std::move(cron).value());
    }
  }
  if (json.Find("restricted") != nullptr) {
    app.restricted = TRY(reader.Boolean(MemberOf(json, "restricted"), at + ".restricted"));
  }
  if (json.Find("lists") != nullptr)
    app.lists = TRY(reader.Strings(MemberOf(json, "lists"), at + ".lists"));
  if (const Json* config = json.Find("config"); config != nullptr) {
    TRY(reader.Object(*config, at + ".config"));
    app.config = config->ToString();
  }
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
  if (json.Find("format") == nullptr) {
    return reader.Refusal("", "no 'format': this is not a NANO manifest");
  }
  const uint64_t format = TRY(reader.Number(MemberOf(json, "format"), "format"));
  if (format != kFormatVersion) {
    return reader.Refusal("",
                          "the manifest has format version " + std::to_string(format) +
                              ", this program reads " + std::to_string(kFormatVersion),
                          kRebuild);
  }
  TRY(reader.Keys(json, "", {"format", "engine", "apps"}));
  const Json& engine = MemberOf(json, "engine");
  TRY(reader.Keys(engine, "engine", {"release", "v8"}));
  Manifest manifest;
  manifest.engine_release = TRY(reader.String(MemberOf(engine, "release"), "engine.release"));
  manifest.v8_version = TRY(reader.String(MemberOf(engine, "v8"), "engine.v8"));
  const Json::Array* apps = TRY(reader.Array(MemberOf(json, "apps"), "apps"));
  for (const Json& item : *apps) {
    const std::string at = "apps[" + std::to_string(manifest.apps.size()) + "]";
    manifest.apps.push_back(TRY(ReadApp(item, at, reader)));
  }
  TRY(CheckUnique(manifest, reader));
  return manifest;
}

}  // namespace

std::string SnapshotPath(std::string_view digest) {
  return "snapshots/" + std::string(digest) + ".snap";
}

std::string EncodeManifest(Manifest manifest) {
  std::sort(manifest.apps.begin(), manifest.apps.end(),
            [](const ManifestApp& a, const ManifestApp& b) { return a.name < b.name; });
  Json::Array apps;
  for (const ManifestApp& app : manifest.apps) {
    Json::Object limits;
    for (const auto& key : config::AppLimitKeys()) {
      const uint64_t limit = key.value.get(app.limits);
      if (limit != 0) limits.push_back({std::string(key.path), limit});
    }
    Json::Object json{{"name", app.name},           {"hosts", app.hosts},
                      {"default", app.is_default},  {"snapshot", SnapshotPath(app.digest)},
                      {"digest", app.digest},       {"bytes", app.bytes},
                      {"limits", std::move(limits)}};
    if (!app.required_env.empty() || !app.optional_env.empty()) {
      json.push_back(
          {"env", Json::Object{{"required", app.required_env}, {"optional", app.optional_env}}});
    }
    if (!app.services.empty()) json.push_back({"services", app.services});
    if (!app.kv.empty()) {
      Json::Object kv;
      for (const auto& [name, space] : app.kv) kv.push_back({name, space});
      json.push_back({"kv", std::move(kv)});
    }
    Json::Object deployment = DeploymentOf(app.deployment);
    if (!deployment.empty()) json.push_back({"deployment", std::move(deployment)});
    if (!app.triggers.crons.empty()) json.push_back({"crons", TextsOf(app.triggers.crons)});
    if (app.restricted) json.push_back({"restricted", true});
    if (!app.lists.empty()) json.push_back({"lists", app.lists});
    if (Result<Json> config = Json::Parse(app.config, kFileJson);
        !app.config.empty() && config.ok()) {
      json.push_back({"config", std::move(config).value()});
    }
    apps.push_back(std::move(json));
  }
  const Json json = Json::Object{
      {"format", kFormatVersion},
      {"engine", Json::Object{{"release", manifest.engine_release}, {"v8", manifest.v8_version}}},
      {"apps", std::move(apps)}};
  return json.ToLines() + "\n";
}

Result<Manifest> DecodeManifest(std::string_view text, const std::string& path) {
  const Result<Json> json =
      Json::Parse(text, {.depth = kFileJson.depth, .members = kFileJson.members, .file = path});
  if (!json.ok()) {
    return Error{json.error().message, json.error().where, kDamaged};
  }
  return Read(*json, Reader(path));
}

bool LooksLikeManifest(std::string_view text) {
  const Result<Json> json = Json::Parse(text, kFileJson);
  return json.ok() && MemberOf(*json, "format").count().has_value() &&
         MemberOf(*json, "engine").object() != nullptr &&
         MemberOf(*json, "apps").array() != nullptr;
}

}  // namespace nano::snapshot

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

// Thrown inside this file only: deep in a document there is nothing else to do.
struct Refused {
  Error error;
};

// Reads values; names the path of keys to what is wrong.
class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path) {}

  [[noreturn]] void Refuse(const std::string& at, const std::string& message,
                           const char* hint = kDamaged) const {
    throw Refused{Error{at.empty() ? message : at + ": " + message, path_, hint}};
  }

  // An object with all of these keys, maybe some of `optional`, and no other.
  void Keys(const Json& json, const std::string& at, std::initializer_list<std::string_view> keys,
            std::initializer_list<std::string_view> optional = {}) const {
    Object(json, at);
    const auto has = [](const auto& list, const std::string& key) {
      return std::find(list.begin(), list.end(), key) != list.end();
    };
    for (const auto& item : json.items()) {
      if (!has(keys, item.key()) && !has(optional, item.key())) {
        Refuse(at, "unknown key '" + item.key() + "'", kRebuild);
      }
    }
    for (const std::string_view key : keys) {
      if (!json.contains(key)) Refuse(at, "no '" + std::string(key) + "'");
    }
  }
  void Object(const Json& json, const std::string& at) const {
    if (!json.is_object()) Refuse(at, "expected an object");
  }
  const Json& Array(const Json& json, const std::string& at) const {
    if (!json.is_array()) Refuse(at, "expected an array");
    return json;
  }
  const std::string& String(const Json& json, const std::string& at) const {
    if (!json.is_string()) Refuse(at, "expected a string");
    return json.get_ref<const std::string&>();
  }
  std::vector<std::string> Strings(const Json& json, const std::string& at) const {
    std::vector<std::string> strings;
    for (const Json& item : Array(json, at)) strings.push_back(String(item, at));
    return strings;
  }
  bool Boolean(const Json& json, const std::string& at) const {
    if (!json.is_boolean()) Refuse(at, "expected true or false");
    return json.get<bool>();
  }
  uint64_t Number(const Json& json, const std::string& at) const {
    if (!json.is_number_unsigned()) Refuse(at, "expected a whole number, 0 or more");
    return json.get<uint64_t>();
  }

 private:
  const std::string& path_;
};

// Refuses what the library would silently merge: a key that is there twice.
Json Parse(std::string_view text, const Reader& reader) {
  std::vector<std::set<std::string>> keys;
  const auto check = [&](int, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key &&
        !keys.back().insert(value.get_ref<const std::string&>()).second) {
      reader.Refuse("", "the key " + value.dump() + " is there twice");
    }
    return true;
  };
  return Json::parse(text.begin(), text.end(), check);
}

// Not the grammar of hosts, which the server has: only what could never be meant as one.
bool IsPlausibleHost(std::string_view host) {
  return !host.empty() && host.size() <= 256 && std::all_of(host.begin(), host.end(), [](char c) {
    return c > 0x20 && c < 0x7F && c != '/' && !(c >= 'A' && c <= 'Z');
  });
}

ManifestApp ReadApp(const Json& json, const std::string& at, const Reader& reader) {
  reader.Keys(json, at, {"name", "hosts", "default", "snapshot", "digest", "bytes", "limits"},
              {"env", "lists"});
  ManifestApp app;
  app.name = reader.String(json["name"], at + ".name");
  if (app.name.empty()) reader.Refuse(at + ".name", "an empty name");
  const std::string hosts = at + ".hosts";
  for (const Json& item : reader.Array(json["hosts"], hosts)) {
    app.hosts.push_back(reader.String(item, hosts));
    if (!IsPlausibleHost(app.hosts.back())) reader.Refuse(hosts, item.dump() + " is not a host");
  }
  app.is_default = reader.Boolean(json["default"], at + ".default");
  app.digest = reader.String(json["digest"], at + ".digest");
  if (!IsHexDigest(app.digest)) reader.Refuse(at + ".digest", "expected 64 hexadecimal digits");
  if (reader.String(json["snapshot"], at + ".snapshot") != SnapshotPath(app.digest)) {
    reader.Refuse(at + ".snapshot",
                  "expected '" + SnapshotPath(app.digest) + "', as the digest says");
  }
  app.bytes = reader.Number(json["bytes"], at + ".bytes");
  const Json& limits = json["limits"];
  reader.Object(limits, at + ".limits");
  for (const auto& item : limits.items()) {
    const std::string key = at + ".limits." + item.key();
    if (item.key() != "memory") reader.Refuse(key, "unknown limit", kRebuild);
    app.memory = reader.Number(item.value(), key);
    if (app.memory == 0) reader.Refuse(key, "expected 1 or more");
  }
  if (json.contains("env")) {
    const Json& env = json["env"];
    reader.Keys(env, at + ".env", {"required", "optional"});
    app.required_env = reader.Strings(env["required"], at + ".env.required");
    app.optional_env = reader.Strings(env["optional"], at + ".env.optional");
  }
  if (json.contains("lists")) app.lists = reader.Strings(json["lists"], at + ".lists");
  return app;
}

void CheckUnique(const Manifest& manifest, const Reader& reader) {
  std::set<std::string_view> names;
  std::set<std::string_view> hosts;
  const ManifestApp* default_app = nullptr;
  for (const ManifestApp& app : manifest.apps) {
    if (!names.insert(app.name).second) reader.Refuse("", "two apps are named '" + app.name + "'");
    for (const std::string& host : app.hosts) {
      if (!hosts.insert(host).second) {
        reader.Refuse("",
                      "host '" + host + "' is listed twice, for app '" + app.name + "' at last");
      }
    }
    if (!app.is_default) continue;
    if (default_app != nullptr) {
      reader.Refuse("", "apps '" + default_app->name + "' and '" + app.name + "' are both default");
    }
    default_app = &app;
  }
}

Manifest Read(const Json& json, const Reader& reader) {
  reader.Object(json, "");
  // Before anything else: another version may have other keys.
  if (!json.contains("format")) reader.Refuse("", "no 'format': this is not a NANO manifest");
  const uint64_t format = reader.Number(json["format"], "format");
  if (format != kFormatVersion) {
    reader.Refuse("",
                  "the manifest has format version " + std::to_string(format) +
                      ", this program reads " + std::to_string(kFormatVersion),
                  kRebuild);
  }
  reader.Keys(json, "", {"format", "engine", "apps"});
  reader.Keys(json["engine"], "engine", {"release", "v8"});
  Manifest manifest;
  manifest.engine_release = reader.String(json["engine"]["release"], "engine.release");
  manifest.v8_version = reader.String(json["engine"]["v8"], "engine.v8");
  for (const Json& item : reader.Array(json["apps"], "apps")) {
    const std::string at = "apps[" + std::to_string(manifest.apps.size()) + "]";
    manifest.apps.push_back(ReadApp(item, at, reader));
  }
  CheckUnique(manifest, reader);
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
    if (app.memory != 0) limits["memory"] = app.memory;
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
  try {
    return Read(Parse(text, reader), reader);
  } catch (Refused& refused) {
    return std::move(refused.error);
  } catch (const Json::parse_error& error) {
    return Error{"this is not JSON: " + Reason(error), PlaceOf(text, error.byte, path), kDamaged};
  } catch (const std::exception& error) {
    return Error{std::string("cannot read the manifest: ") + error.what(), path, kDamaged};
  }
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

// Writing and strict reading of state.json.
#include "server/deploy/stored_state_json.h"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <set>
#include <utility>

#include "snapshot/digest.h"

namespace nano::server {
namespace {

constexpr int64_t kFormatVersion = 1;
constexpr char kDamaged[] =
    "Put a copy of it back; or move it away, and what was changed through the API is lost: what "
    "the "
    "files say is served.";

Json EncodeSnapshot(const StoredSnapshot& snapshot) {
  Json json = Json::Object();
  json.Set("digest", snapshot.digest).Set("bytes", snapshot.bytes);
  return json;
}

Json EncodeApp(const StoredApp& app) {
  Json json = Json::Object();
  json.Set("name", app.name);
  if (app.code) {
    Json code = EncodeSnapshot(app.code->snapshot);
    code.Set("basis", app.code->basis);
    json.Set("code", std::move(code));
  }
  Json::Array settings;
  for (const StoredApp::Setting& setting : app.settings) {
    Json item = Json::Object();
    item.Set("path", setting.path);
    item.Set("value", setting.value).Set("basis", setting.basis);
    settings.push_back(std::move(item));
  }
  if (!settings.empty()) json.Set("settings", std::move(settings));
  Json::Array secrets;
  for (const StoredApp::Secret& secret : app.secrets) {
    Json item = Json::Object();
    item.Set("name", secret.name).Set("value", secret.value ? Json(*secret.value) : Json());
    item.Set("basis", secret.basis);
    secrets.push_back(std::move(item));
  }
  if (!secrets.empty()) json.Set("secrets", std::move(secrets));
  if (app.removed) json.Set("removed", true);
  if (app.canary) {
    Json canary = EncodeSnapshot(app.canary->snapshot);
    canary.Set("percent", app.canary->percent).Set("key", app.canary->key);
    canary.Set("basis", app.canary->basis);
    json.Set("canary", std::move(canary));
  }
  if (app.previous) json.Set("previous", EncodeSnapshot(*app.previous));
  return json;
}

// Reads values, and names the path of keys to what is wrong.
class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path) {}

  Error Refusal(const std::string& at, const std::string& message) const {
    return {"the server's state is damaged: " + (at.empty() ? "" : at + ": ") + message, path_,
            kDamaged};
  }

  // An object with all of these keys, maybe some of `optional`, and no other.
  Result<void> Keys(const Json& json, const std::string& at,
                    std::initializer_list<std::string_view> keys,
                    std::initializer_list<std::string_view> optional = {}) const {
    if (json.object() == nullptr) return Refusal(at, "expected an object");
    const auto has = [](const auto& list, std::string_view key) {
      return std::find(list.begin(), list.end(), key) != list.end();
    };
    for (const Json::Member& member : *json.object()) {
      if (!has(keys, member.name) && !has(optional, member.name)) {
        return Refusal(at, "unknown key '" + member.name + "'");
      }
    }
    for (const std::string_view key : keys) {
      if (json.Find(key) == nullptr) return Refusal(at, "no '" + std::string(key) + "'");
    }
    return {};
  }
  Result<std::string> Text(const Json& json, std::string_view key, const std::string& at) const {
    const std::string* text = json.Find(key)->text();
    if (text == nullptr) return Refusal(at + "." + std::string(key), "expected a text");
    return *text;
  }
  Result<uint64_t> Number(const Json& json, std::string_view key, const std::string& at,
                          int64_t most) const {
    const std::optional<int64_t> number = json.Find(key)->integer();
    if (!number || *number < 0 || *number > most) {
      return Refusal(at + "." + std::string(key),
                     "expected a whole number up to " + std::to_string(most));
    }
    return static_cast<uint64_t>(*number);
  }
  Result<const Json::Array*> Array(const Json& json, std::string_view key,
                                   const std::string& at) const {
    const Json::Array* array = json.Find(key)->array();
    if (array == nullptr) return Refusal(at + "." + std::string(key), "expected a list");
    return array;
  }
  // The digest is part of a path: it had better be one.
  Result<StoredSnapshot> Snapshot(const Json& json, const std::string& at) const {
    StoredSnapshot snapshot;
    snapshot.digest = TRY(Text(json, "digest", at));
    if (!snapshot::IsHexDigest(snapshot.digest)) {
      return Refusal(at + ".digest", "expected 64 hexadecimal digits");
    }
    snapshot.bytes = TRY(Number(json, "bytes", at, int64_t{1} << 40));
    return snapshot;
  }

 private:
  const std::string& path_;
};

Result<StoredApp::Setting> ReadSetting(const Json& json, const std::string& at,
                                       const Reader& reader) {
  TRY(reader.Keys(json, at, {"path", "value", "basis"}));
  StoredApp::Setting setting;
  const Json::Array* names = TRY(reader.Array(json, "path", at));
  for (const Json& name : *names) {
    if (name.text() == nullptr) return reader.Refusal(at + ".path", "expected texts");
    setting.path.push_back(*name.text());
  }
  if (setting.path.empty()) return reader.Refusal(at + ".path", "it is empty");
  setting.value = *json.Find("value");
  setting.basis = TRY(reader.Text(json, "basis", at));
  return setting;
}

Result<StoredApp::Secret> ReadSecret(const Json& json, const std::string& at,
                                     const Reader& reader) {
  TRY(reader.Keys(json, at, {"name", "value", "basis"}));
  StoredApp::Secret secret;
  secret.name = TRY(reader.Text(json, "name", at));
  if (!json.Find("value")->is_null()) secret.value = TRY(reader.Text(json, "value", at));
  secret.basis = TRY(reader.Text(json, "basis", at));
  return secret;
}

Result<StoredApp> ReadApp(const Json& json, const std::string& at, const Reader& reader) {
  TRY(reader.Keys(json, at, {"name"},
                  {"code", "settings", "secrets", "removed", "canary", "previous"}));
  StoredApp app;
  app.name = TRY(reader.Text(json, "name", at));
  if (const Json* code = json.Find("code")) {
    const std::string here = at + ".code";
    TRY(reader.Keys(*code, here, {"digest", "bytes", "basis"}));
    StoredApp::Code read;
    read.snapshot = TRY(reader.Snapshot(*code, here));
    read.basis = TRY(reader.Text(*code, "basis", here));
    app.code = std::move(read);
  }
  if (json.Find("settings") != nullptr) {
    const Json::Array* items = TRY(reader.Array(json, "settings", at));
    for (const Json& item : *items) {
      const std::string here = at + ".settings[" + std::to_string(app.settings.size()) + "]";
      app.settings.push_back(TRY(ReadSetting(item, here, reader)));
    }
  }
  if (json.Find("secrets") != nullptr) {
    const Json::Array* items = TRY(reader.Array(json, "secrets", at));
    for (const Json& item : *items) {
      const std::string here = at + ".secrets[" + std::to_string(app.secrets.size()) + "]";
      app.secrets.push_back(TRY(ReadSecret(item, here, reader)));
    }
  }
  if (const Json* removed = json.Find("removed")) {
    if (removed->flag() == nullptr)
      return reader.Refusal(at + ".removed", "expected true or false");
    app.removed = *removed->flag();
  }
  if (const Json* canary = json.Find("canary")) {
    const std::string here = at + ".canary";
    TRY(reader.Keys(*canary, here, {"digest", "bytes", "percent", "key", "basis"}));
    StoredApp::Canary read;
    read.snapshot = TRY(reader.Snapshot(*canary, here));
    read.percent = static_cast<uint32_t>(TRY(reader.Number(*canary, "percent", here, 100)));
    read.key = TRY(reader.Text(*canary, "key", here));
    read.basis = TRY(reader.Text(*canary, "basis", here));
    app.canary = std::move(read);
  }
  if (const Json* previous = json.Find("previous")) {
    TRY(reader.Keys(*previous, at + ".previous", {"digest", "bytes"}));
    app.previous = TRY(reader.Snapshot(*previous, at + ".previous"));
  }
  return app;
}

}  // namespace

std::string EncodeStoredApp(const StoredApp& app) { return EncodeApp(app).ToString(); }

std::string JoinState(const StateLines& lines) {
  std::string text = "{\"format\":" + std::to_string(kFormatVersion) + ",\"apps\":[";
  const char* separator = "\n";
  for (const auto& line : lines) {
    text += separator + *line;
    separator = ",\n";
  }
  return text + "]}\n";
}

std::string EncodeState(const StoredState& state) {
  StateLines lines;
  for (const StoredState::Entry& app : state.apps()) {
    lines.push_back(std::make_shared<const std::string>(EncodeStoredApp(*app)));
  }
  return JoinState(lines);
}

Result<StoredState> DecodeState(std::string_view text, const std::string& path) {
  const Reader reader(path);
  const Result<Json> json = Json::Parse(text);
  // The parser's place, but not its words or an excerpt: secrets are near.
  if (!json.ok()) return reader.Refusal(json.error().where, "this is not JSON");
  const Json* format = json->Find("format");
  if (format == nullptr) return reader.Refusal("", "no 'format'");
  // Before anything else: another version may have other keys.
  if (const std::optional<int64_t> version = format->integer(); version != kFormatVersion) {
    return Error{"the server's state has format version " + format->ToString() +
                     ", this program reads " + std::to_string(kFormatVersion),
                 path,
                 "Serve with the version of NANO that has written it, or move it away: what was "
                 "changed through the API is lost then."};
  }
  TRY(reader.Keys(*json, "", {"format", "apps"}));
  StoredState state;
  std::set<std::string> names;
  const Json::Array* items = TRY(reader.Array(*json, "apps", "state"));
  for (const Json& item : *items) {
    const std::string at = "apps[" + std::to_string(names.size()) + "]";
    StoredApp app = TRY(ReadApp(item, at, reader));
    if (!names.insert(app.name).second) {
      return reader.Refusal(at, "there are two of the app '" + app.name + "'");
    }
    state.Put(std::move(app));
  }
  return state;
}

}  // namespace nano::server

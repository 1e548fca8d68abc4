// Changes against the files.
#include "server/release/stored_state.h"

#include <algorithm>

#include "base/named.h"

namespace nano::server {
namespace {

using Path = std::vector<std::string>;

bool BeginsWith(const Path& path, const Path& beginning) {
  return path.size() >= beginning.size() &&
         std::equal(beginning.begin(), beginning.end(), path.begin());
}

// What the files say at a place, as text; empty: nothing.
std::string SaidAt(const FileApp* files, const Path& path) {
  const Json* value = files == nullptr ? nullptr : &files->config;
  for (const std::string& name : path) {
    if (value != nullptr) value = value->Find(name);
  }
  return value == nullptr ? std::string() : value->ToString();
}

std::string DigestOf(const FileApp* files) { return files == nullptr ? "" : files->digest; }

// Calls note(path, value) for each value of a patch that is not an object with members.
template <typename Note>
void ForEachLeaf(const Json& patch, Path& path, Note&& note) {
  const Json::Object* object = patch.object();
  if (object == nullptr || (object->empty() && !path.empty())) {
    if (!path.empty()) note(path, patch);
    return;
  }
  for (const Json::Member& member : *object) {
    path.push_back(member.name);
    ForEachLeaf(member.value, path, note);
    path.pop_back();
  }
}

Json PatchOf(const Path& path, Json value) {
  for (auto name = path.rbegin(); name != path.rend(); ++name) {
    Json around = Json::Object();
    around.Set(*name, std::move(value));
    value = std::move(around);
  }
  return value;
}

// Moves those out that do not hold; their respects are told.
template <typename Change, typename Holds, typename Name>
void Drop(std::vector<Change>& changes, std::vector<std::string>& overtaken, Holds&& holds,
          Name&& name) {
  std::erase_if(changes, [&](const Change& change) {
    if (holds(change)) return false;
    overtaken.push_back(name(change));
    return true;
  });
}

std::string NameOf(const StoredApp::Setting& setting) {
  std::string text;
  for (const std::string& name : setting.path) text += (text.empty() ? "" : ".") + name;
  return text;
}

std::string NameOf(const StoredApp::Secret& secret) { return "env." + secret.name; }

Path PathOf(const StoredApp::Secret& secret) { return {"env", secret.name}; }

}  // namespace

StoredApp& EntryOf(StoredState& state, std::string_view app) {
  if (StoredApp* known = FindNamed(state.apps, app)) return *known;
  return state.apps.emplace_back(StoredApp{.name = std::string(app)});
}

void NoteSettings(StoredApp& app, const Json& patch, const FileApp* files) {
  Path path;
  ForEachLeaf(patch, path, [&](const Path& at, const Json& value) {
    std::erase_if(app.settings,
                  [&](const StoredApp::Setting& setting) { return BeginsWith(setting.path, at); });
    // A variable that is set openly is no secret any more.
    std::erase_if(app.secrets,
                  [&](const StoredApp::Secret& secret) { return BeginsWith(PathOf(secret), at); });
    app.settings.push_back({at, value, SaidAt(files, at)});
  });
}

void NoteSecret(StoredApp& app, const std::string& name, std::optional<std::string> value,
                const FileApp* files) {
  const Path at = {"env", name};
  std::erase_if(app.settings,
                [&](const StoredApp::Setting& setting) { return BeginsWith(setting.path, at); });
  std::erase_if(app.secrets, [&](const StoredApp::Secret& secret) { return secret.name == name; });
  app.secrets.push_back({name, std::move(value), SaidAt(files, at)});
}

Json PatchBetween(const Json& from, const Json& to) {
  Json patch = Json::Object();
  if (const Json::Object* members = from.object()) {
    for (const Json::Member& member : *members) {
      if (to.Find(member.name) == nullptr) patch.Set(member.name, Json());
    }
  }
  if (const Json::Object* members = to.object()) {
    for (const Json::Member& member : *members) {
      const Json* before = from.Find(member.name);
      if (before != nullptr && *before == member.value) continue;
      const bool inside =
          before != nullptr && before->object() != nullptr && member.value.object() != nullptr;
      Json change = inside ? PatchBetween(*before, member.value) : member.value;
      // Members in another order.
      if (inside && change.object()->empty()) continue;
      patch.Set(member.name, std::move(change));
    }
  }
  return patch;
}

Json ConfigWith(const StoredApp& app, Json files) {
  if (files.object() == nullptr) files = Json::Object();
  for (const StoredApp::Setting& setting : app.settings) {
    files = MergePatch(std::move(files), PatchOf(setting.path, setting.value));
  }
  for (const StoredApp::Secret& secret : app.secrets) {
    if (Json* env = files.Find("env"); env != nullptr) (void)env->Take(secret.name);
  }
  return files;
}

std::vector<std::string> RespectsOf(const StoredApp& app) {
  std::vector<std::string> respects;
  if (app.removed) respects.emplace_back("removed");
  if (app.code) respects.emplace_back("version");
  for (const StoredApp::Setting& setting : app.settings) respects.push_back(NameOf(setting));
  for (const StoredApp::Secret& secret : app.secrets) respects.push_back(NameOf(secret));
  if (app.canary) respects.emplace_back("canary");
  return respects;
}

Settled Settle(const StoredState& state, const std::vector<FileApp>& files) {
  Settled settled;
  for (const StoredApp& stored : state.apps) {
    const FileApp* said = FindNamed(files, stored.name);
    StoredApp app = stored;
    std::vector<std::string> overtaken;
    const bool is_there = said != nullptr;
    if (app.removed && !is_there) {
      app.removed = false;
      overtaken.emplace_back("removed");
    }
    if (app.code && app.code->basis != DigestOf(said)) {
      app.code.reset();
      overtaken.emplace_back("version");
    }
    const auto name = [](const auto& change) { return NameOf(change); };
    Drop(
        app.settings, overtaken,
        [said](const StoredApp::Setting& setting) {
          return SaidAt(said, setting.path) == setting.basis;
        },
        name);
    Drop(
        app.secrets, overtaken,
        [said](const StoredApp::Secret& secret) {
          return SaidAt(said, PathOf(secret)) == secret.basis;
        },
        name);
    if (app.canary && app.canary->basis != DigestOf(said)) {
      app.canary.reset();
      overtaken.emplace_back("canary");
    }
    if (!is_there && !app.code) {  // Nobody has it any more.
      const std::vector<std::string> rest = RespectsOf(app);
      overtaken.insert(overtaken.end(), rest.begin(), rest.end());
      app = {.name = app.name};
    }
    if (!overtaken.empty()) settled.overtaken.emplace_back(stored.name, std::move(overtaken));
    if (!app.empty()) settled.state.apps.push_back(std::move(app));
  }
  return settled;
}

}  // namespace nano::server

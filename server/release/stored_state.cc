// Changes against the files.
#include "server/release/stored_state.h"

#include <algorithm>
#include <utility>

namespace nano::server {
namespace {

using Path = std::vector<std::string>;

constexpr char kLimits[] = "limits";

bool BeginsWith(const Path& path, const Path& beginning) {
  return path.size() >= beginning.size() &&
         std::equal(beginning.begin(), beginning.end(), path.begin());
}

// Null: there is nothing at that place.
const Json* FindAt(const Json* value, const Path& path) {
  for (const std::string& name : path) {
    if (value != nullptr) value = value->Find(name);
  }
  return value;
}

// What the files say at a place, as text; empty: nothing.
std::string SaidAt(const FileApp* files, const Path& path) {
  const Json* value = files == nullptr ? nullptr : FindAt(&files->config, path);
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

// Whether there is a value that is no object on the way to a place: patches make one of it.
bool IsBarred(const Json* value, const Path& path) {
  for (const std::string& name : path) {
    if (value == nullptr || value->is_null()) return false;
    if (value->object() == nullptr) return true;
    value = value->Find(name);
  }
  return false;
}

// Whether a merge patch (RFC 7396) that has a value at a place changes nothing of what counts there
// already, of the files or of earlier changes.
bool ChangesNothing(const StoredApp& app, const FileApp* files, const Path& path,
                    const Json& value) {
  const bool is_changed =
      std::any_of(app.settings.begin(), app.settings.end(), [&](const StoredApp::Setting& setting) {
        return BeginsWith(path, setting.path) || BeginsWith(setting.path, path);
      });
  Json changed;
  const Json* counts = files == nullptr ? &changed : &files->config;
  if (is_changed) counts = &(changed = ConfigWith(app, *counts));
  if (IsBarred(counts, path)) return false;
  counts = FindAt(counts, path);
  if (counts == nullptr) return value.is_null();
  // An object without members leaves those that there are.
  const bool is_object = value.object() != nullptr && counts->object() != nullptr;
  return is_object || *counts == value;
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

// Where an app's entry is, or would be.
template <typename Entries>
auto PlaceOf(Entries& entries, std::string_view app) {
  return std::lower_bound(entries.begin(), entries.end(), app,
                          [](const StoredState::Entry& entry, std::string_view name) {
                            return entry->name.compare(name) < 0;
                          });
}

}  // namespace

StoredState::Entry StoredState::Find(std::string_view app) const {
  const auto place = PlaceOf(apps_, app);
  return place == apps_.end() || (*place)->name != app ? nullptr : *place;
}

void StoredState::Put(StoredApp app) { Put(std::make_shared<const StoredApp>(std::move(app))); }

void StoredState::Put(Entry entry) {
  if (entry->empty()) return Remove(entry->name);
  if (apps_.empty() || apps_.back()->name < entry->name) return apps_.push_back(std::move(entry));
  const auto place = PlaceOf(apps_, entry->name);
  if (place != apps_.end() && (*place)->name == entry->name) {
    *place = std::move(entry);
  } else {
    apps_.insert(place, std::move(entry));
  }
}

void StoredState::Remove(std::string_view app) {
  const auto place = PlaceOf(apps_, app);
  if (place != apps_.end() && (*place)->name == app) apps_.erase(place);
}

bool StoredState::operator==(const StoredState& other) const {
  return std::equal(apps_.begin(), apps_.end(), other.apps_.begin(), other.apps_.end(),
                    [](const Entry& a, const Entry& b) { return a == b || *a == *b; });
}

void NoteSettings(StoredApp& app, const Json& patch, const FileApp* files) {
  Path path;
  ForEachLeaf(patch, path, [&](const Path& at, const Json& value) {
    const bool is_object = value.object() != nullptr;
    if (is_object && ChangesNothing(app, files, at, value)) return;
    std::erase_if(app.settings,
                  [&](const StoredApp::Setting& setting) { return BeginsWith(setting.path, at); });
    // A variable that is set openly is no secret any more; an object takes none away.
    std::erase_if(app.secrets, [&](const StoredApp::Secret& secret) {
      return !is_object && BeginsWith(PathOf(secret), at);
    });
    if (ChangesNothing(app, files, at, value)) return;
    app.settings.push_back({at, value, SaidAt(files, at)});
  });
}

Json UndoLimits(StoredApp& app, Json patch, const FileApp* files) {
  const Json* const limits = patch.Find(kLimits);
  if (limits == nullptr) return patch;
  const Json none = Json::Object();
  const Json& said = files == nullptr ? none : files->config;
  Json rest = Json::Object();
  const auto undo = [&](const Path& at) {
    std::erase_if(app.settings,
                  [&](const StoredApp::Setting& setting) { return BeginsWith(setting.path, at); });
    // All limits together may have been replaced.
    const Json changed = ConfigWith(app, said);
    const Json* const counts = FindAt(&changed, at);
    const Json* const files_say = FindAt(&said, at);
    const bool is_same =
        counts == nullptr || files_say == nullptr ? counts == files_say : *counts == *files_say;
    if (is_same) return;
    app.settings.push_back({at, files_say == nullptr ? Json() : *files_say, SaidAt(files, at)});
  };
  if (limits->is_null()) {
    undo({kLimits});
  } else if (const Json::Object* members = limits->object()) {
    for (const Json::Member& member : *members) {
      if (member.value.is_null()) {
        undo({kLimits, member.name});
      } else {
        rest.Set(member.name, member.value);
      }
    }
    if (!rest.object()->empty()) {
      patch.Set(kLimits, std::move(rest));
      return patch;
    }
  } else {
    return patch;  // Which is none of a configuration.
  }
  (void)patch.Take(kLimits);
  return patch;
}

void NoteSecret(StoredApp& app, const std::string& name, std::optional<std::string> value,
                const FileApp* files) {
  const Path at = {"env", name};
  std::erase_if(app.settings,
                [&](const StoredApp::Setting& setting) { return BeginsWith(setting.path, at); });
  std::erase_if(app.secrets, [&](const StoredApp::Secret& secret) { return secret.name == name; });
  if (!value && ChangesNothing(app, files, at, Json())) return;
  app.secrets.push_back({name, std::move(value), SaidAt(files, at)});
}

Json WithRespects(Json config, const Json& newer, const Json& patch) {
  Path path;
  ForEachLeaf(patch, path, [&](const Path& at, const Json& value) {
    if (value.object() != nullptr) return;  // It is about no member.
    const Json* said = FindAt(&newer, at);
    // First away with it: of objects a patch would leave the members that are there.
    if (FindAt(&config, at) != nullptr) config = MergePatch(std::move(config), PatchOf(at, Json()));
    if (said != nullptr) config = MergePatch(std::move(config), PatchOf(at, *said));
  });
  return config;
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

Settled Settle(const StoredApp& stored, const FileApp* files) {
  Settled settled{.app = stored, .overtaken = {}};
  StoredApp& app = settled.app;
  std::vector<std::string>& overtaken = settled.overtaken;
  if (app.removed && files == nullptr) {
    app.removed = false;
    overtaken.emplace_back("removed");
  }
  if (app.code && app.code->basis != DigestOf(files)) {
    app.code.reset();
    overtaken.emplace_back("version");
  }
  const auto name = [](const auto& change) { return NameOf(change); };
  Drop(
      app.settings, overtaken,
      [files](const StoredApp::Setting& setting) {
        return SaidAt(files, setting.path) == setting.basis;
      },
      name);
  Drop(
      app.secrets, overtaken,
      [files](const StoredApp::Secret& secret) {
        return SaidAt(files, PathOf(secret)) == secret.basis;
      },
      name);
  if (app.canary && app.canary->basis != DigestOf(files)) {
    app.canary.reset();
    overtaken.emplace_back("canary");
  }
  if (files == nullptr && !app.code) {  // Nobody has it any more.
    const std::vector<std::string> rest = RespectsOf(app);
    overtaken.insert(overtaken.end(), rest.begin(), rest.end());
    app = {.name = app.name};
  }
  return settled;
}

}  // namespace nano::server

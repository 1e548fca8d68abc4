// What was changed of the apps through the API, as it is kept across restarts, and how it goes
// together with what the files say: dist/ and nano.yaml.
//
// Each change has its *basis*: what the files said in that respect when it was made. While they say
// the same, the change counts; once they say something else, they have the last word, and the
// change is overtaken. Other respects of the app are not touched by that.
//
// Owns its values, secrets among them. Thread-safe as any value type.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace nano::server {

// What the files say of an app.
struct FileApp {
  std::string name;
  std::string digest;  // Of its snapshot; empty: it was not built.
  // Its configuration, all places merged: an object in nano.yaml's words, with the variables of the
  // server's environment as they are written, `${NAME}`.
  Json config;
};

// A snapshot that the state's folder has.
struct StoredSnapshot {
  std::string digest;
  uint64_t bytes = 0;

  bool operator==(const StoredSnapshot&) const = default;
};

struct StoredApp {
  // The code that counts instead of that of the files.
  struct Code {
    StoredSnapshot snapshot;
    std::string basis;  // The files' digest; empty: they had no such app.

    bool operator==(const Code&) const = default;
  };
  // One value of the configuration.
  struct Setting {
    std::vector<std::string> path;  // {"env", "GREETING"}; not empty.
    Json value;                     // Null: it is taken away.
    std::string basis;              // The files' value there as JSON; empty: none.

    bool operator==(const Setting&) const = default;
  };
  // A variable of `env` whose value is told to nobody but the app.
  struct Secret {
    std::string name;
    std::optional<std::string> value;  // None: it is taken away.
    std::string basis;                 // What the files have of `env.NAME`, likewise.

    bool operator==(const Secret&) const = default;
  };
  struct Canary {
    StoredSnapshot snapshot;
    uint32_t percent = 0;
    std::string key;    // "header:NAME" or "cookie:NAME"; empty: that of the configuration.
    std::string basis;  // The files' digest.

    bool operator==(const Canary&) const = default;
  };

  std::string name;
  std::optional<Code> code{};
  // In the order in which they count: each is a merge patch (RFC 7396) over those before.
  std::vector<Setting> settings{};
  std::vector<Secret> secrets{};
  // It is not served; while the files have it.
  bool removed = false;
  std::optional<Canary> canary{};
  // What served before the present version was deployed: what a rollback leads to. Has no basis.
  std::optional<StoredSnapshot> previous{};

  // Of the snapshots that it names: calls with each.
  template <typename Visit>
  void EachSnapshot(Visit visit) const {
    if (code) visit(code->snapshot);
    if (canary) visit(canary->snapshot);
    if (previous) visit(*previous);
  }
  // Whether nothing of it differs from what the files say.
  bool empty() const {
    return !code && settings.empty() && secrets.empty() && !removed && !canary && !previous;
  }
  bool operator==(const StoredApp&) const = default;
};

// Entries are shared by states and never change: who changes one makes another, so that a copy of a
// state costs little, and what is the same object in two states is the same.
class StoredState {
 public:
  using Entry = std::shared_ptr<const StoredApp>;

  // In the order of their names, each name once; none of them is empty.
  const std::vector<Entry>& apps() const { return apps_; }
  // Null: nothing of the app was changed.
  Entry Find(std::string_view app) const;
  // In place of what there is of that name. An empty one takes that away.
  void Put(StoredApp app);
  void Put(Entry entry);
  void Remove(std::string_view app);

  bool operator==(const StoredState& other) const;

 private:
  std::vector<Entry> apps_;
};

// Takes note of a merge patch over an app's configuration, as it counts now; `files` is what they
// say of the app, or null. What was noted of a value before is replaced; of what counts without it,
// no note is taken.
void NoteSettings(StoredApp& app, const Json& patch, const FileApp* files);
// Takes back what was changed of the limits that a merge patch has null for: then what the files
// say counts, or what counts unless they say anything. Other values may be taken away, but a limit
// is always some. Returns the patch without these.
Json UndoLimits(StoredApp& app, Json patch, const FileApp* files);
// As NoteSettings, of a secret's new value; none: it is taken away.
void NoteSecret(StoredApp& app, const std::string& name, std::optional<std::string> value,
                const FileApp* files);

// `config`, but with what `newer` says in the respects that a merge patch is about.
Json WithRespects(Json config, const Json& newer, const Json& patch);

// The merge patch that makes `to` of `from`, both objects: for a configuration that is given as a
// whole.
Json PatchBetween(const Json& from, const Json& to);

// The configuration of an app as it counts: `files` (an object, or null) with what was changed.
// Secrets are not in it, and neither is what the files have under their names: they are given to
// the app as they are, when the rest is expanded, and no message shows them.
Json ConfigWith(const StoredApp& app, Json files);

// The respects in which an app is changed, in the words of the API: "version", "env.GREETING",
// "removed", "canary".
std::vector<std::string> RespectsOf(const StoredApp& app);

struct Settled {
  StoredApp app;                       // What still counts …
  std::vector<std::string> overtaken;  // … and the respects in which the files have the last word.
};

// Which changes of an app count with the files as they are now; null: they do not have it. A new
// build of an app overtakes the version that was chosen for it, and its canary; another value of a
// key what was changed of that key; an app that goes from the files its removal.
Settled Settle(const StoredApp& app, const FileApp* files);

}  // namespace nano::server

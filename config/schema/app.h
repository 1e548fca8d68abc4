// An app in nano.yaml: its keys, and what is known of it besides.
//
// An app's values come, the later ones winning, from `defaults`, from a nano.yaml in the app's own
// directory, and from its entry under `apps`: each is read into AppSettings of its own, and Overlay
// puts them together. Owns its values; immutable after loading, hence safe to share between
// threads.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/schema/assets.h"
#include "config/schema/bundle.h"
#include "config/schema/deployment.h"
#include "config/schema/isolation.h"
#include "config/schema/key.h"
#include "config/schema/kv.h"
#include "config/schema/limits.h"
#include "config/schema/outbound.h"
#include "config/schema/stated.h"
#include "config/schema/triggers.h"
#include "config/schema/warmup.h"
#include "config/yaml/place.h"

namespace nano::config {

// One entry of `env`. The value is a template: see config/values/template.h. Or it is `json: …`:
// the app has the value that the text stands for then, which is no template.
struct EnvironmentVariable {
  std::string name;
  std::string value;
  Place place;  // The value's.
  bool is_json = false;
};

struct AppSettings {
  std::string name;  // Unique; letters, digits, '.', '_' and '-'.
  // Relative to the directory of the file that lists all, once files are merged; before that, to
  // the file's own.
  std::string path;
  std::string entry;               // Relative to `directory`; empty: to be found.
  std::vector<std::string> hosts;  // Canonical (values/host_pattern.h), no two apps share one.
  bool is_default = false;         // Answers for hosts that no app names; at most one app.
  BundleSettings bundle;
  AssetSettings assets;
  std::vector<EnvironmentVariable> env;        // Names are unique.
  std::vector<EnvironmentVariable> build_env;  // Those that are public; names are unique.
  std::vector<ServiceBinding> services;        // Names are unique, and none of `env`'s.
  std::vector<KvSettings> kv;                  // The same.
  OutboundSettings outbound;
  AppLimits limits;
  std::vector<WarmupRequest> warmup;
  DeploymentSettings deployment;
  IsolationSettings isolation;
  TriggerSettings triggers;

  Place place;                     // Of the app's entry, or its file.
  std::vector<Place> host_places;  // One for each of `hosts` that a file says.
  std::string directory;           // Relative to the working directory, or absolute. May not exist.
  // The `path` of each entry that stood for a list with the app in it, the outermost first, as
  // `path` above: how a server knows the entry's apps again where the list is not there.
  std::vector<std::string> lists;
  // What the files say, as opposed to defaults. A server takes the rest from the dist where
  // `directory`, which may have a nano.yaml of its own, is not there.
  Stated stated;
  // `path` and nothing else: may stand for a list of apps in the directory's own file.
  bool path_only = false;
  // Nothing in the file speaks of an app: it is assumed because the file lies in its directory. A
  // server, which may run on a file with nothing but `server`, ignores such an app.
  bool implied = false;
  // The wrangler file that gave what nano.yaml does not say (config/wrangler/project.h), as
  // messages name it; empty: none. And what a server needs of that, as nano.yaml would say it: a
  // JSON object.
  std::string wrangler;
  std::string carried;
  // What is to be told of that file, a line each; and why it cannot be built as it is.
  std::vector<std::string> remarks;
  std::vector<Error> refusals;
};

// Where an app's keys stand: not all can be anywhere.
enum class AppScope {
  kEntry,     // Under `apps`: all keys.
  kFile,      // At the top level of a file in the app's directory: all but `path`.
  kDefaults,  // Under `defaults`: what several apps can have in common.
};

const Table<AppSettings>& AppKeys(AppScope scope);

// The values of `over` where it states some, else those of `under`.
AppSettings Overlay(AppSettings under, const AppSettings& over);

// Gives an app the values of `under` that it does not state itself, and of maps the names.
void TakeUnder(AppSettings& app, const AppSettings& under);

// Gives an app the limits it was built with, how it is deployed and what runs it, but for what a
// file states.
void TakeBuilt(AppSettings& app, const AppLimits& limits, const DeploymentSettings& deployment,
               const TriggerSettings& triggers);

// Whether a text can be an app's name.
bool IsAppName(std::string_view name);

}  // namespace nano::config

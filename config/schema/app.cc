// The keys of an app.
#include "config/schema/app.h"

#include <algorithm>
#include <utility>

#include "base/named.h"
#include "config/schema/kinds.h"
#include "config/values/host_pattern.h"
#include "config/values/template.h"
#include "config/yaml/json_of.h"

namespace nano::config {
namespace {

using enum ReadBy;

constexpr size_t kMaxName = 63;
constexpr char kLimits[] = "limits";
constexpr char kTriggers[] = "triggers";

Result<void> CheckPath(const std::string& path) {
  if (path.empty()) return Error{"an empty path", "", "Write '.' for this one."};
  return {};
}

Result<void> CheckName(const std::string& name) {
  if (IsAppName(name)) return {};
  return Error{"'" + name + "' cannot be an app's name", "",
               "Use up to 63 letters, digits, '.', '_' and '-'."};
}

Result<void> CheckEntry(const std::string& entry) {
  if (!entry.empty() && entry.front() != '/') return {};
  return Error{"expected a file relative to the app's directory", "", ""};
}

void ReadHosts(Reader& reader, const Node& node, AppSettings& app) {
  reader.ListOrItem(node, [&](const Node& item) {
    std::string text;
    if (!reader.String(item, &text)) return;
    Result<std::string> host = ParseHostPattern(text);
    if (!host.ok()) return reader.Fail(item.place, host.error());
    if (std::find(app.hosts.begin(), app.hosts.end(), *host) != app.hosts.end()) {
      return reader.Fail(item.place, "host '" + *host + "' is listed twice");
    }
    app.hosts.push_back(std::move(host).value());
    app.host_places.push_back(item.place);
  });
}

Value<AppSettings> Hosts() {
  return {.type = Type::kList,
          .read = ReadHosts,
          .take =
              [](const AppSettings& from, AppSettings& to) {
                to.hosts = from.hosts;
                to.host_places = from.host_places;
              },
          .show = [](const AppSettings&) { return std::string(); },
          .unset = "every host, for a sole app"};
}

using Variables = std::vector<EnvironmentVariable>;

// `json: …` in place of a text.
void ReadJsonVariable(Reader& reader, const Node& node, EnvironmentVariable& variable) {
  Stated stated;
  reader.Map(node, {"json"}, [&](const Node::Entry& entry) {
    stated.Add(entry.key, entry.place);
    variable.is_json = true;
    variable.value = JsonOf(*entry.value).ToString();
  });
  if (stated.empty()) reader.Fail(node.place, "no `json`", "Write a text, or `json: { a: 1 }`.");
}

void ReadVariables(Reader& reader, const Node& node, Variables& variables) {
  reader.AnyMap(node, [&](const Node::Entry& entry) {
    if (!IsEnvironmentName(entry.key)) {
      return reader.Fail(entry.place, "not the name of a variable",
                         "Use letters, digits and '_', not beginning with a digit.");
    }
    EnvironmentVariable variable{entry.key, "", entry.value->place};
    if (entry.value->kind == Node::Kind::kMap) {
      ReadJsonVariable(reader, *entry.value, variable);
      if (variable.is_json) variables.push_back(std::move(variable));
      return;
    }
    if (!reader.Text(*entry.value, &variable.value)) return;
    if (Result<void> checked = CheckTemplate(variable.value); !checked.ok()) {
      return reader.Fail(entry.value->place, checked.error());
    }
    variables.push_back(std::move(variable));
  });
}

void TakeVariables(const Variables& from, Variables& to) {
  for (const EnvironmentVariable& variable : from) {
    if (EnvironmentVariable* known = FindNamed(to, variable.name); known != nullptr) {
      *known = variable;
    } else {
      to.push_back(variable);
    }
  }
}

Value<AppSettings> Env(Variables AppSettings::*member,
                       void (*read)(Reader&, const Node&, Variables&)) {
  Value<AppSettings> value = Whole(Type::kMap, member, read);
  value.take = [member](const AppSettings& from, AppSettings& to) {
    TakeVariables(from.*member, to.*member);
  };
  return value;
}

// Those that are in a snapshot are texts.
void ReadTexts(Reader& reader, const Node& node, Variables& variables) {
  ReadVariables(reader, node, variables);
  for (const EnvironmentVariable& variable : variables) {
    if (variable.is_json) reader.Fail(variable.place, "a public variable is a text");
  }
}

Value<AppSettings> Services() {
  Value<AppSettings> value = Whole(Type::kMap, &AppSettings::services, ReadServices);
  value.take = [](const AppSettings& from, AppSettings& to) {
    TakeServices(from.services, to.services);
  };
  return value;
}

Value<AppSettings> Kv() {
  Value<AppSettings> value = Whole(Type::kMap, &AppSettings::kv, ReadKv);
  value.take = [](const AppSettings& from, AppSettings& to) { TakeKv(from.kv, to.kv); };
  return value;
}

Value<AppSettings> OutboundMap() {
  Value<AppSettings> value = Whole(Type::kMap, &AppSettings::outbound, ReadOutbound);
  value.take = [](const AppSettings& from, AppSettings& to) {
    TakeOutbound(from.outbound, to.outbound);
  };
  return value;
}

Table<AppSettings> EntryKeys() {
  return {{"path", Text(&AppSettings::path, CheckPath).Unset("needed"), kBoth,
           "The app's directory, relative to the file; the only key that an entry needs."}};
}

Table<AppSettings> OwnKeys() {
  using App = AppSettings;
  return Joined<App>(
      {{
           {"name", Text(&App::name, CheckName).Unset("the directory's name"), kBoth,
            "Unique; up to 63 letters, digits, '.', '_' and '-'."},
           {"entry", Text(&App::entry, CheckEntry).Unset("found by package.json, or index.*"),
            kBuild, "The file that exports `fetch`, relative to `path`."},
           {"assets", Whole(Type::kMap, &App::assets, ReadAssets), kBuild,
            "Files that are served without the app's code: a map of the keys below, or `directory` "
            "alone. See "
            "[assets.md](assets.md)."},
           {"hosts", Hosts(), kBoth,
            "Exact names, wildcards (`*.example.com`), IP addresses; no two apps can have the same "
            "one. "
            "Sample requests are made to one of them."},
           {"default", Flag(&App::is_default), kServe,
            "Answers for the hosts that no app names. At most one app."},
       },
       Under("bundle", &App::bundle, BundleKeys())});
}

Table<AppSettings> SharedKeys() {
  using App = AppSettings;
  return Joined<App>({
      {
          {"env", Env(&App::env, ReadVariables), kServe,
           "Passed to `fetch(request, env, ctx)`; `${NAME}` is a variable of the server's own "
           "environment, and `NAME: { json: … }` any value instead of a text. The build records "
           "the names."},
          {"build_env", Env(&App::build_env, ReadTexts), kBuild,
           "Variables that are public: the app has them while it is built, too, and they are in "
           "its "
           "snapshot. `${NAME}` is a variable of the environment of `nanoc`. One of the same name "
           "in "
           "`env` replaces it when the app is served."},
          {"services", Services(), kServe,
           "Apps of the same server by names: `ORDERS: orders` is `env.ORDERS.fetch(request)`, "
           "which calls the app `orders` without a socket."},
          {"kv", Kv(), kBoth,
           "Namespaces of [KV](kv.md) by names: `CACHE: shop-cache` is `env.CACHE`, whose entries "
           "are in the namespace `shop-cache`; or maps of the keys below."},
          {"outbound", OutboundMap(), kServe,
           "Whom the app may call and how: a map of the keys below, or `none`, for nobody."},
      },
      Under(kLimits, &App::limits, AppLimitKeys()),
      {
          {"warmup", Whole(Type::kList, &App::warmup, ReadWarmup), kBuild,
           "Requests that the app answers while it is built: paths, or maps of the keys below."},
      },
      Under("", &App::deployment, DeploymentKeys()),
      Under("", &App::isolation, IsolationKeys()),
      Under(kTriggers, &App::triggers, TriggerKeys()),
  });
}

}  // namespace

const Table<AppSettings>& AppKeys(AppScope scope) {
  static const Table<AppSettings> defaults = SharedKeys();
  static const Table<AppSettings> file = Joined<AppSettings>({OwnKeys(), defaults});
  static const Table<AppSettings> entry = Joined<AppSettings>({EntryKeys(), file});
  switch (scope) {
    case AppScope::kEntry:
      return entry;
    case AppScope::kFile:
      return file;
    case AppScope::kDefaults:
      break;
  }
  return defaults;
}

AppSettings Overlay(AppSettings under, const AppSettings& over) {
  for (const Key<AppSettings>& key : AppKeys(AppScope::kEntry)) {
    if (!over.stated.Has(key.path)) continue;
    key.value.take(over, under);
    under.stated.Add(key.path, over.stated.PlaceOf(key.path));
  }
  under.place = over.place;
  return under;
}

void TakeUnder(AppSettings& app, const AppSettings& under) {
  for (const Key<AppSettings>& key : AppKeys(AppScope::kEntry)) {
    if (!under.stated.Has(key.path)) continue;
    AppSettings merged = under;
    if (app.stated.Has(key.path)) {
      key.value.take(app, merged);
    } else {
      app.stated.Add(key.path, under.stated.PlaceOf(key.path));
    }
    key.value.take(merged, app);
  }
}

void TakeBuilt(AppSettings& app, const AppLimits& limits, const DeploymentSettings& deployment,
               const TriggerSettings& triggers) {
  for (const Key<AppLimits>& key : AppLimitKeys()) {
    if (!app.stated.Has(std::string(kLimits) + "." + key.path)) key.value.take(limits, app.limits);
  }
  for (const Key<DeploymentSettings>& key : DeploymentKeys()) {
    if (!app.stated.Has(key.path)) key.value.take(deployment, app.deployment);
  }
  for (const Key<TriggerSettings>& key : TriggerKeys()) {
    if (!app.stated.Has(std::string(kTriggers) + "." + key.path)) {
      key.value.take(triggers, app.triggers);
    }
  }
}

bool IsAppName(std::string_view name) {
  const auto alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !name.empty() && name.size() <= kMaxName && alphanumeric(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return alphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

}  // namespace nano::config

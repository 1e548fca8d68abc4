// `nano ctl limits`: what an app may use, shown and changed.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json_fields.h"
#include "base/terminal.h"
#include "cli/nano/ctl/arguments.h"
#include "cli/nano/ctl/commands.h"
#include "cli/nano/ctl/words.h"
#include "config/schema/limits.h"
#include "config/yaml/suggest.h"

namespace nano::cli::ctl {
namespace {

using Key = config::Key<config::AppLimits>;

constexpr char kFooter[] = R"help(Examples:
  nano ctl limits shop                    what it may use
  nano ctl limits shop cpu=200ms queue=50
  nano ctl limits shop duration=0s        no bound
  nano ctl limits shop cpu=default        as nano.yaml says, or the default

Names and values are those under `limits` in nano.yaml. They hold at once, for requests that are under way
as well (an app that computes hears of it when it pauses), and the app keeps what it has in memory; only
`memory` and `external_memory` take fresh isolates, while the old ones finish what they have begun. They
count until nano.yaml says something else of the same limit.)help";

// Instead of a value: none of this server's own.
constexpr std::string_view kDefault = "default";

const Key* FindLimit(std::string_view name) {
  return config::FindKey(config::AppLimitKeys(), name);
}

std::optional<uint64_t> NumberIn(std::string_view text) {
  uint64_t number = 0;
  const auto [rest, status] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (status != std::errc() || rest != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

void Arguments::DeclareLimits(CLI::App& ctl) {
  CLI::App& limits =
      Add(ctl, Command::kLimits, "limits", "What an app may use, shown and changed", kFooter);
  limits.add_option("APP", options_.app, "Which app")->type_name("")->required();
  limits.add_option("NAME=VALUE", pairs_, "Other limits (default: show them)")->type_name("");
  AddWait(limits);
}

std::string Arguments::CheckLimits() const {
  for (const auto& [name, value] : options_.variables) {
    if (const Key* key = FindLimit(name)) {
      if (key->value.type != config::Type::kCount || value == kDefault || NumberIn(value)) continue;
      return "'" + value + "' is no value of " + name + ", which is a number";
    }
    if (name == "idle" || name == "isolation" || name == "group") {
      return "`" + name + "` is no limit but a setting of the app: change it in nano.yaml, and " +
             "then `nano ctl reload`; or with PATCH /admin/apps/" + options_.app +
             " of the admin API, which takes {\"" + name + "\":\"" + value + "\"}. Either " +
             "holds on the running server";
    }
    if (name == "server" || name.starts_with("server.")) {
      return "`" + name + "` is a setting of the server, for all its apps: change it in " +
             "nano.yaml, and then `nano ctl reload`, which says whether it waits for the next "
             "start";
    }
    if (const std::string own = name.starts_with("limits.") ? name.substr(7) : ""; !own.empty()) {
      return "limits are named without `limits.` here: " + own + "=" + value;
    }
    std::vector<std::string_view> names;
    for (const Key& key : config::AppLimitKeys()) names.emplace_back(key.path);
    return "there is no limit '" + name + "'\n" + config::Suggest(name, names);
  }
  return {};
}

std::string RenderLimits(const Json& app, const Look& look) {
  Table table({"limit", "value", "set by"});
  const std::vector<std::string> changed = TextsOf(app, "changed_through_api");
  for (const auto& [name, value] : MembersOf(app, "limits")) {
    const bool here = std::find(changed.begin(), changed.end(), "limits." + name) != changed.end();
    table.AddRow({name, value.text() == nullptr ? "" : *value.text(), here ? "nano ctl" : ""});
  }
  return table.ToString(look.color);
}

// {"cpu":"200ms","queue":50,"memory":null}, as nano.yaml has them; null takes a change back.
Json LimitsPatch(const Options& options) {
  Json members;
  for (const auto& [name, value] : options.variables) {
    if (value == kDefault) {
      members.Set(name, Json());
    } else if (FindLimit(name)->value.type == config::Type::kCount) {
      members.Set(name, *NumberIn(value));
    } else {
      members.Set(name, value);
    }
  }
  return members;
}

}  // namespace nano::cli::ctl

// Tables in words, and the words of nano.yaml.
#include "tests/unit/config/schema/reference.h"

#include <algorithm>
#include <array>
#include <regex>
#include <sstream>

#include "config/schema/admin.h"
#include "config/schema/app.h"
#include "config/schema/assets.h"
#include "config/schema/build.h"
#include "config/schema/outbound.h"
#include "config/schema/read_keys.h"
#include "config/schema/server.h"

namespace nano::config::testing {
namespace {

constexpr std::array kReadBy = {"build", "serve", "both"};
constexpr std::array kTypes = {"count", "size", "duration", "true or false", "text", "list", "map"};

std::string Code(const std::string& text) { return text.empty() ? "" : "`" + text + "`"; }

template <typename S>
void Describe(const std::string& prefix, const Table<S>& table, std::vector<Described>& all) {
  for (const Key<S>& key : table) {
    const Value<S>& value = key.value;
    S settings;
    Described row{
        .path = prefix + key.path,
        .type = kTypes[static_cast<size_t>(value.type)],
        .unset = value.unset.empty() ? Code(value.show(settings)) : std::string(value.unset),
        .bounds = {},
        .read_by = kReadBy[static_cast<size_t>(key.read_by)],
        .meaning = std::string(key.meaning)};
    if (value.set) {
      value.set(settings, value.bounds.min);
      row.bounds = Code(value.show(settings)) + " to ";
      value.set(settings, value.bounds.max);
      row.bounds += Code(value.show(settings));
    }
    all.push_back(std::move(row));
  }
}

template <typename S>
std::string TableOf(const std::string& prefix, const Table<S>& table) {
  std::vector<Described> rows;
  Describe(prefix, table, rows);
  std::string text =
      "| key | type | unless set | can be | read by | what it is |\n"
      "| --- | --- | --- | --- | --- | --- |\n";
  for (const Described& row : rows) {
    text += "| `" + row.path + "` | " + row.type + " | " + row.unset + " | " + row.bounds + " | " +
            row.read_by + " | " + row.meaning + " |\n";
  }
  return text + "\n";
}

std::string NamesOf(const Table<AppSettings>& table) {
  std::string text;
  for (const std::string_view name : KeyNames(table)) {
    text += (text.empty() ? "" : ", ") + Code(std::string(name));
  }
  return text;
}

}  // namespace

std::vector<Described> DescribedKeys() {
  std::vector<Described> all;
  Describe("server.", ServerKeys(), all);
  Describe("server.access_log.", AccessLogKeys(), all);
  Describe("server.admin.", AdminKeys(), all);
  Describe("server.admin.tokens[].", AdminTokenKeys(), all);
  Describe("build.", BuildKeys(), all);
  Describe("defaults.", AppKeys(AppScope::kDefaults), all);
  Describe("apps[].", AppKeys(AppScope::kEntry), all);
  Describe("apps[].assets.", AssetKeys(), all);
  Describe("apps[].outbound.", OutboundKeys(), all);
  Describe("apps[].outbound.proxy.", ProxyKeys(), all);
  Describe("apps[].warmup[].", WarmupKeys(), all);
  return all;
}

std::string ReferencePage() {
  const std::string introduction = R"(# Configuration

Every key of `nano.yaml`; [`nano.yaml`](../nano.yaml) shows them at work and says more. This page is made
from the tables in `config/schema/`, by
`NANO_UPDATE_DOCS=1 build/release/bin/nano-tests-config "[reference]"`.

Sizes are whole numbers of B, KB, MB, GB (powers of 1000) or KiB, MiB, GiB (powers of 1024), or of bytes
without a unit; durations are whole numbers of ms, s, m or h. "Read by" says which program heeds a key: what
`nano serve` reads takes effect when a running server reads its files again (SIGHUP, `--watch`), but for `server`:
of that `kv`, `boot_timeout`, `health_timeout` and `drain_timeout` do, and all the rest (`listen`, `workers`, `memory`,
`limits`, `sandbox`, `access_log`, `shutdown_timeout`, `admin`, `health`, `state`, `storage`, `cache`, `upgrade_timeout`) waits for its next
start, as `nano ctl diff` and `reload` say. What `nanoc build` reads takes effect with the next build. Unknown keys, wrong types and duplicates are errors that name line and column.

)";
  const std::string places =
      R"(The keys of an entry of `apps`. A `nano.yaml` in an app's own directory has
the same at its top level, but for `path`. The entry wins over the directory's file, and that over
`defaults`: `env`, `build_env`, `services`, `kv`, `outbound` and `limits` key by key, lists as a whole. Under `defaults` can be )";
  const std::string recorded =
      R"(`dist/manifest.json` records `name`, `hosts`, `default`, `limits`, `triggers`, the
names in `env`, `services` and `kv` (with the namespaces), and whether `outbound` says whom the app may call, as they were when the app was
built. `nano serve` goes by its own `nano.yaml`; what was built
counts where there is none, for `kv` that it says nothing of, and for `hosts`, `default` and `limits` that it
leaves out of an app whose directory is not there. A server that is not given a variable, a service, a namespace or an `outbound` that the app was
built with does not start: `outbound: {}` says that it may call everybody all the same.

)";
  const std::string outbound =
      R"(Below `outbound`; [Outgoing requests](outbound.md) says more. An app's `none` wins over a map in
`defaults`, and a map of its own over `none` there; else each key that the app says wins. `proxy` is a URL for
both schemes, `none`, or a map of the keys in the second table, which are merged one by one as well.

)";
  const std::string assets =
      R"(Below `assets`, which can be the value of `directory` alone; [Assets](assets.md) says more.

)";
  const std::string services =
      R"(A value of `services` is an app's name, or a map; [Platform modules](workers.md#entry-points) says more.

)";
  const std::string kv =
      R"(A value of `kv` is a namespace's name, or a map; [KV](kv.md) says more.

)";
  const std::string admin =
      R"(Below `server.admin`, which can be the value of `listen` alone; [The admin API](admin-api.md) says more.

)";
  const std::string access_log =
      R"(Below `server.access_log`, which can be the value of `format` alone; [The access log](running.md#the-access-log)
says more.

)";
  return introduction + "## The server\n\n" + TableOf("server.", ServerKeys()) +
         "## The access log\n\n" + access_log + TableOf("server.access_log.", AccessLogKeys()) +
         "## The admin API\n\n" + admin + TableOf("server.admin.", AdminKeys()) +
         "An item of `tokens`:\n\n" + TableOf("", AdminTokenKeys()) + "## Builds\n\n" +
         TableOf("build.", BuildKeys()) + "## Apps\n\n" + places +
         NamesOf(AppKeys(AppScope::kDefaults)) + ".\n\n" + TableOf("", AppKeys(AppScope::kEntry)) +
         recorded + "## Assets\n\n" + assets + TableOf("assets.", AssetKeys()) +
         "## Outgoing requests\n\n" + outbound + TableOf("outbound.", OutboundKeys()) +
         TableOf("outbound.proxy.", ProxyKeys()) + "## Services\n\n" + services +
         TableOf("", ServiceKeys()) + "## KV\n\n" + kv + TableOf("", KvKeys()) +
         "## Sample requests\n\nAn item of `warmup` is a path, or a map:\n\n" +
         TableOf("", WarmupKeys());
}

std::vector<WrittenKey> WrittenKeys(std::string_view text) {
  static const std::regex key_line("^( *)(# )?(- )?([a-z_]+):( .*)?$");
  static const std::regex tag("\\[(build|serve|both)\\]");
  struct Level {
    size_t indent;
    std::string path;
    std::string read_by;
  };
  std::vector<Level> open;
  std::vector<WrittenKey> keys;
  std::string comment;  // Right above the line.
  std::istringstream lines{std::string(text)};
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    std::smatch parts;
    if (!std::regex_match(line, parts, key_line)) {
      const size_t begin = line.find_first_not_of(' ');
      const bool is_comment = begin != std::string::npos && line[begin] == '#';
      comment = is_comment ? comment + line : "";
      continue;
    }
    const bool is_item = parts[3].matched;
    const auto dash = static_cast<size_t>(parts[1].length());
    const size_t indent = dash + static_cast<size_t>(parts[3].length());
    // The dash of an item may be indented as the list's own key is.
    const size_t outside = is_item ? dash + 1 : indent;
    while (!open.empty() && open.back().indent >= outside) open.pop_back();
    // The item, which its keys lie in, the first one as well.
    if (is_item && !open.empty()) {
      open.push_back({dash + 1, open.back().path + "[]", open.back().read_by});
    }
    const std::string path = (open.empty() ? "" : open.back().path + ".") + parts[4].str();
    std::string read_by = open.empty() ? "" : open.back().read_by;
    const std::string said = comment + parts[5].str();
    comment.clear();
    std::smatch found;
    if (std::regex_search(said, found, tag)) read_by = found[1].str();
    const bool is_variable = !open.empty() && (open.back().path.ends_with(".env") ||
                                               open.back().path.ends_with(".services") ||
                                               open.back().path.ends_with(".kv"));
    open.push_back({indent, path, read_by});
    const auto known = [&](const WrittenKey& key) { return key.path == path; };
    if (is_variable || std::any_of(keys.begin(), keys.end(), known)) continue;
    keys.push_back({path, read_by, number});
  }
  return keys;
}

}  // namespace nano::config::testing

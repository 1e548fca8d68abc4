// `nano ctl cache`: what is in apps' caches, and how they are emptied.
#include <cstdio>
#include <optional>
#include <string>

#include "base/json_fields.h"
#include "base/terminal.h"
#include "base/utf8.h"
#include "cli/nano/ctl/arguments.h"
#include "cli/nano/ctl/commands.h"
#include "cli/nano/ctl/words.h"

namespace nano::cli::ctl {
namespace {

constexpr char kStatsFooter[] = R"(Examples:
  nano ctl cache stats                    of each app: entries, bytes, hits, misses
  nano ctl cache stats shop               of one, by its caches' names

Bytes are those on the disk. Hits, misses and puts are since the server's start; evicted are entries that
went for others, since the store's.)";

constexpr char kPurgeFooter[] = R"(Examples:
  nano ctl cache purge shop               all that the app's caches keep
  nano ctl cache purge shop --cache img   what is in caches.open("img")
  nano ctl cache purge shop --default     what is in caches.default
  nano ctl cache purge shop --url https://shop.example/a.css
  nano ctl cache purge shop --prefix https://shop.example/img/

A URL is the one that the app has put the response under. It and a prefix are looked for in caches.default,
or in the cache that --cache names. What was purged no worker finds any more, from the moment that this
ends; --prefix and --cache look into every entry of the app.)";

// As an app writes it.
std::string CacheName(const Json& name) {
  if (name.text() == nullptr) return "caches.default";
  return "caches.open(\"" + Printable(*name.text()) + "\")";
}

std::string RenderCaches(const Json& json, const Look& look) {
  Table table({"app", "entries", "bytes", "hits", "misses", "puts", "evicted"});
  for (const Json& app : ListOf(json, "apps")) {
    table.AddRow({Printable(TextOf(app, "app")), std::to_string(CountOf(app, "entries")),
                  FormatBytes(CountOf(app, "bytes")), std::to_string(CountOf(app, "hits")),
                  std::to_string(CountOf(app, "misses")), std::to_string(CountOf(app, "puts")),
                  std::to_string(CountOf(app, "evicted"))});
  }
  return table.empty() ? "No app has anything in its caches.\n" : table.ToString(look.color);
}

std::string RenderAppCaches(const Json& json, const Look& look) {
  Table table({"cache", "entries", "bytes"});
  const auto add = [&table](const std::string& name, const Json& figures) {
    table.AddRow({name, std::to_string(CountOf(figures, "entries")),
                  FormatBytes(CountOf(figures, "bytes"))});
  };
  for (const Json& cache : ListOf(json, "caches")) add(CacheName(MemberOf(cache, "cache")), cache);
  const Json& others = MemberOf(json, "others");
  if (CountOf(others, "entries") != 0) add("(others)", others);
  return table.empty() ? "There is nothing in its caches.\n" : table.ToString(look.color);
}

std::string RenderPurged(const Json& json, const Look&) {
  return "Removed " + Counted(CountOf(json, "removed"), "entry", "entries") + ".\n";
}

}  // namespace

void Arguments::DeclareCache(CLI::App& ctl) {
  CLI::App& cache =
      CommandLine::AddCommand(ctl, "cache", "What is in apps' caches; empty them", "");
  CLI::App& stats = Add(cache, Options::Command::kCacheStats, "stats",
                        "Entries and bytes of each app, or of each cache of one", kStatsFooter);
  stats.add_option("APP", options_.app, "One app, by its caches")->type_name("");
  CLI::App& purge = Add(cache, Options::Command::kCachePurge, "purge",
                        "Remove what an app's caches keep", kPurgeFooter);
  purge.add_option("APP", options_.app, "Which app")->type_name("")->required();
  CLI::Option* name =
      purge.add_option("--cache", options_.cache_name, "Of what caches.open(NAME) is, alone")
          ->type_name("NAME");
  purge.add_flag("--default", options_.cache_default, "Of caches.default alone")->excludes(name);
  CLI::Option* url = purge.add_option("--url", options_.cache_url, "What is kept under this URL")
                         ->type_name("URL");
  purge.add_option("--prefix", options_.cache_prefix, "What is kept under URLs that begin so")
      ->type_name("TEXT")
      ->excludes(url);
}

int CacheStats(Api& api, const Options& options) {
  const bool is_one = !options.app.empty();
  const auto answer = api.Get(is_one ? AppPath(options.app, "/cache") : "/admin/cache");
  if (!answer) return api.status();
  Print(options, *answer, is_one ? RenderAppCaches : RenderCaches);
  return kDone;
}

int CachePurge(Api& api, const Options& options) {
  Json body = Json::Object();
  if (options.cache_name) body.Set("cache", *options.cache_name);
  if (options.cache_default) body.Set("default", true);
  if (options.cache_url) body.Set("url", *options.cache_url);
  if (options.cache_prefix) body.Set("prefix", *options.cache_prefix);
  const auto answer = api.Change("POST", AppPath(options.app, "/purge"), &body);
  if (!answer) return api.status();
  Print(options, *answer, RenderPurged);
  return kDone;
}

}  // namespace nano::cli::ctl

// The table.
#include "config/wrangler/fields.h"

namespace nano::config {
namespace {

using enum WranglerField::Fate;
using enum WranglerField::Reach;

constexpr std::string_view kNoStore =
    "NANO has no database: use one over HTTP, by `fetch()`, and take the binding out";
constexpr std::string_view kNoAi =
    "NANO has no models: call a provider by `fetch()`, and take the "
    "binding out";
constexpr std::string_view kNoMedia =
    "NANO does not convert media: call a service by `fetch()`, and take the binding out";
constexpr std::string_view kNoPlatform =
    "it is a service of Cloudflare's platform: take the binding out";
constexpr std::string_view kNoMore = "Wrangler has it no more";
constexpr std::string_view kImportIt =
    "it belongs to the service worker format: import the file, `import x from \"./file\"`";

}  // namespace

const std::vector<std::pair<std::string_view, std::string_view>>& CompatibilityFlags() {
  constexpr std::string_view kNone{};
  constexpr std::string_view kNode =
      "which modules of Node.js there are does not depend on it (docs/web-apis.md)";
  static const std::vector<std::pair<std::string_view, std::string_view>> flags = {
      {"nodejs_compat", kNode},
      {"nodejs_compat_v2", kNode},
      {"nodejs_als", kNode},
      {"nodejs_compat_populate_process_env", kNone},  // It is, always.
      {"nodejs_compat_do_not_populate_process_env",
       "`process.env` has the app's variables in any case"},
      {"global_fetch_strictly_public",
       "`fetch()` goes to the network always, and calls no app of this server by its host"},
      {"assets_navigation_prefers_asset_serving", kNone},
      {"assets_navigation_has_no_effect", "`assets.run_worker_first` decides who is asked first"},
      {"enable_request_signal", kNone},
      {"request_signal_passthrough", kNone},
      {"streams_enable_constructors", kNone},
      {"transformstream_enable_standard_constructor", kNone},
      {"url_standard", kNone},
      {"export_commonjs_default", kNone},
      {"global_navigator", kNone},
      {"no_global_navigator", "`navigator` is there"},
      {"formdata_parser_supports_files", kNone},
      {"http_headers_getsetcookie", kNone},
      {"fetcher_no_get_put_delete", kNone},
      {"disallow_importable_env", "`env` of \"cloudflare:workers\" is there"},
      {"allow_importable_env", kNone},
      {"no_nodejs_compat", kNone},
      {"no_nodejs_compat_v2", kNone},
  };
  return flags;
}

const std::vector<WranglerField>& WranglerFields() {
  static const std::vector<WranglerField> fields = {
      {"$schema", kMapped, kTop, "for editors alone"},
      {"name", kMapped, kInherited, "`name`; with `--env NAME`, `name-NAME` unless it says one"},
      {"main", kMapped, kInherited,
       "`entry`; without it, and with `assets`, the app is files alone"},
      {"env", kMapped, kTop, "`nanoc build --env NAME`, or `CLOUDFLARE_ENV`"},
      {"vars", kMapped, kOwn, "`env`; what is no text is a JSON value, `env.LIMITS.max`"},
      {"secrets.required", kMapped, kOwn,
       "`env`: `NAME: ${NAME}`, a variable of the server's environment"},
      {"kv_namespaces.binding", kMapped, kOwn, "`kv`: the name in `env`"},
      {"kv_namespaces.id", kMapped, kOwn, "`kv`: the namespace; the binding's name, without it"},
      {"kv_namespaces.preview_id", kIgnored, kOwn, "it is for `wrangler dev`"},
      {"kv_namespaces.remote", kIgnored, kOwn, "it is for `wrangler dev`"},
      {"services.binding", kMapped, kOwn, "`services`: the name in `env`"},
      {"services.service", kMapped, kOwn, "`services.NAME.app`: an app of the same server"},
      {"services.environment", kMapped, kOwn, "`services.NAME.app`: `SERVICE-ENVIRONMENT`"},
      {"services.entrypoint", kMapped, kOwn, "`services.NAME.entrypoint`"},
      {"services.props", kMapped, kOwn, "`services.NAME.props`"},
      {"services.remote", kIgnored, kOwn, "it is for `wrangler dev`"},
      {"assets.directory", kMapped, kInherited, "`assets.directory`"},
      {"assets.binding", kMapped, kInherited, "`assets.binding`; without it, `env` has none"},
      {"assets.html_handling", kMapped, kInherited, "`assets.html_handling`"},
      {"assets.not_found_handling", kMapped, kInherited, "`assets.not_found_handling`"},
      {"assets.run_worker_first", kMapped, kInherited, "`assets.run_worker_first`"},
      {"routes.pattern", kMapped, kInherited,
       "`hosts`: the host of the pattern; its path, if it has one, is ignored"},
      {"routes.custom_domain", kMapped, kInherited, "`hosts`, as any other route"},
      {"routes.zone_name", kMapped, kInherited, "`hosts`, of the pattern"},
      {"routes.zone_id", kMapped, kInherited, "`hosts`, of the pattern"},
      {"routes.enabled", kMapped, kInherited, "`hosts`; one that is not enabled is left out"},
      {"routes.previews_enabled", kIgnored, kInherited, "there are no previews"},
      {"route", kMapped, kInherited, "`hosts`, as `routes`"},
      {"triggers.crons", kMapped, kInherited, "`triggers.crons`"},
      {"limits.cpu_ms", kMapped, kInherited, "`limits.cpu`"},
      {"limits.subrequests", kMapped, kInherited, "`limits.subrequests`"},
      {"build.command", kMapped, kInherited, "`bundle.command`: runs before the app is bundled"},
      {"build.cwd", kMapped, kInherited, "`bundle.cwd`"},
      {"build.watch_dir", kIgnored, kInherited, "`nanoc build` does not watch"},
      {"define", kMapped, kOwn, "`bundle.define`"},
      {"alias", kMapped, kTop, "`bundle.alias`"},
      {"tsconfig", kMapped, kInherited, "`bundle.tsconfig`"},
      {"jsx_factory", kMapped, kInherited, "`bundle.jsx_factory`"},
      {"jsx_fragment", kMapped, kInherited, "`bundle.jsx_fragment`"},
      {"rules.type", kMapped, kInherited,
       "`bundle.rules`: `Text`, `Data`; modules of JavaScript and WebAssembly are bundled as they "
       "are"},
      {"rules.globs", kMapped, kInherited,
       "`bundle.rules`: those that end in an extension, `**/*.md`"},
      {"rules.fallthrough", kIgnored, kInherited, "rules add to those of NANO"},
      {"version_metadata", kMapped, kOwn, "`env`: an `id`, a `tag` and a `timestamp` without text"},
      {"compatibility_date", kIgnored, kInherited, "nothing depends on a date (docs/wrangler.md)"},
      {"compatibility_flags", kMapped, kInherited, "each that changes something is told"},

      {"account_id", kIgnored, kInherited, "there are no accounts"},
      {"workers_dev", kIgnored, kInherited, "an app answers for its hosts"},
      {"preview_urls", kIgnored, kInherited, "there are no previews"},
      {"previews", kIgnored, kInherited, "there are no previews"},
      {"observability", kIgnored, kInherited,
       "nano serve has metrics and logs of its own (docs/metrics.md)"},
      {"placement", kIgnored, kInherited, "an app runs where the server is"},
      {"compliance_region", kIgnored, kInherited, "an app runs where the server is"},
      {"logpush", kIgnored, kInherited, "the log is nano serve's standard error"},
      {"tail_consumers", kIgnored, kOwn, "the log is nano serve's standard error"},
      {"streaming_tail_consumers", kIgnored, kOwn, "the log is nano serve's standard error"},
      {"dev", kIgnored, kTop, "it is for `wrangler dev`"},
      {"send_metrics", kIgnored, kTop, "NANO sends none"},
      {"keep_vars", kIgnored, kTop, "there is no dashboard whose variables could be kept"},
      {"legacy_env", kIgnored, kTop, "environments are apps of their own"},
      {"migrations", kIgnored, kInherited, "they are for Durable Objects"},
      {"containers", kIgnored, kOwn, "NANO runs no containers"},
      {"cloudchamber", kIgnored, kOwn, "NANO runs no containers"},
      {"first_party_worker", kIgnored, kInherited, "it is Cloudflare's own"},
      {"no_bundle", kIgnored, kInherited, "an app is bundled always: a snapshot is one script"},
      {"minify", kIgnored, kInherited, "a snapshot boots no faster for it"},
      {"keep_names", kIgnored, kInherited, "nothing is minified"},
      {"upload_source_maps", kIgnored, kInherited, "stacks are mapped always"},
      {"find_additional_modules", kIgnored, kInherited, "what is imported is bundled"},
      {"base_dir", kIgnored, kInherited, "what is imported is bundled"},
      {"preserve_file_names", kIgnored, kInherited, "what is imported is bundled"},
      {"python_modules", kIgnored, kInherited, "NANO runs JavaScript and WebAssembly"},
      {"pages_build_output_dir", kIgnored, kTop,
       "NANO has no Pages: name the files by `assets`, and the code by `main`"},
      {"usage_model", kIgnored, kInherited, kNoMore},
      {"node_compat", kIgnored, kInherited,
       "Wrangler has it no more; modules of Node.js are not there"},
      {"type", kIgnored, kTop, kNoMore},
      {"zone_id", kIgnored, kInherited, kNoMore},
      {"webpack_config", kIgnored, kTop, kNoMore},
      {"topLevelName", kIgnored, kTop, "it is Wrangler's own"},
      {"definedEnvironments", kIgnored, kTop, "it is Wrangler's own"},
      {"targetEnvironment", kIgnored, kTop, "it is Wrangler's own"},
      {"configPath", kIgnored, kTop, "it is Wrangler's own"},
      {"userConfigPath", kIgnored, kTop, "it is Wrangler's own"},

      {"d1_databases", kRefused, kOwn, kNoStore},
      {"hyperdrive", kRefused, kOwn, kNoStore},
      {"vectorize", kRefused, kOwn, kNoStore},
      {"r2_buckets", kRefused, kOwn,
       "NANO has no buckets: use one over HTTP (S3), by `fetch()`, and take the binding out"},
      {"durable_objects", kRefused, kOwn,
       "NANO has no Durable Objects: keep state in a store over HTTP, and take the binding out"},
      {"queues", kRefused, kOwn, "NANO has no queues: send by `fetch()`, and take the queue out"},
      {"workflows", kRefused, kOwn, "NANO has no workflows: take the binding out"},
      {"ai", kRefused, kOwn, kNoAi},
      {"ai_search", kRefused, kOwn, kNoAi},
      {"ai_search_namespaces", kRefused, kOwn, kNoAi},
      {"images", kRefused, kOwn, kNoMedia},
      {"stream", kRefused, kOwn, kNoMedia},
      {"media", kRefused, kOwn, kNoMedia},
      {"browser", kRefused, kOwn,
       "NANO has no browser: call a service by `fetch()`, and take the binding out"},
      {"send_email", kRefused, kOwn,
       "NANO sends no mail: call a provider by `fetch()`, and take the binding out"},
      {"analytics_engine_datasets", kRefused, kOwn,
       "NANO has no such store: log a line instead, and take the binding out"},
      {"ratelimits", kRefused, kOwn,
       "NANO counts no callers: let the proxy before it do that, and take the binding out"},
      {"secrets_store_secrets", kRefused, kOwn,
       "secrets come from the server's environment, by `env` of nano.yaml"},
      {"dispatch_namespaces", kRefused, kOwn,
       "an app calls those that it names: write `services` for each"},
      {"mtls_certificates", kRefused, kOwn,
       "calls have no certificates of clients: let a proxy add them, and take the binding out"},
      {"worker_loaders", kRefused, kOwn, "code is loaded at build time: take the binding out"},
      {"pipelines", kRefused, kOwn, kNoPlatform},
      {"artifacts", kRefused, kOwn, kNoPlatform},
      {"flagship", kRefused, kOwn, kNoPlatform},
      {"vpc_services", kRefused, kOwn,
       "an app calls hosts of the network by `fetch()`: take the binding out"},
      {"vpc_networks", kRefused, kOwn,
       "an app calls hosts of the network by `fetch()`: take the binding out"},
      {"logfwdr", kRefused, kInherited, kNoPlatform},
      {"unsafe", kRefused, kOwn, kNoPlatform},
      {"unsafe_hello_world", kRefused, kOwn, kNoPlatform},
      {"site", kRefused, kTop,
       "its files are `assets`: name its `bucket` as `assets.directory`, and take getAssetFromKV "
       "out of the code"},
      {"wasm_modules", kRefused, kTop, kImportIt},
      {"text_blobs", kRefused, kTop, kImportIt},
      {"data_blobs", kRefused, kTop, kImportIt},
  };
  return fields;
}

const WranglerField* FindWranglerField(std::string_view path) {
  for (const WranglerField& field : WranglerFields()) {
    if (field.path == path) return &field;
  }
  return nullptr;
}

const std::string_view* FindCompatibilityFlag(std::string_view flag) {
  for (const auto& [name, meaning] : CompatibilityFlags()) {
    if (name == flag) return &meaning;
  }
  return nullptr;
}

}  // namespace nano::config

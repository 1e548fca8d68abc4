// Apps' caches: what is in them, and purges.
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/json_fields.h"
#include "runtime/web_url.h"
#include "server/admin/members.h"
#include "server/admin/resources.h"
#include "storage/cache/entry_key.h"
#include "storage/cache/messages.h"

namespace nano::server::admin {
namespace {

// Of one app; what others have is told together. Names are the app's choice, and may be many.
constexpr size_t kMostNames = 1'000;

using Use = std::function<void(const cache::Answer& answer)>;

// Asks, and again where there is more; calls with each answer, and then `end`, unless the store
// does not answer, which `respond` is told.
void Ask(Deployments& deployments, std::shared_ptr<const cache::Request> request,
         std::string_view after, Use use, std::function<void()> end, Respond respond) {
  cache::Request asked = *request;
  asked.after = after;
  std::string message = cache::Encode(asked);
  deployments.AskStore(
      StoreService::kCache, std::move(message),
      [&deployments, request = std::move(request), use = std::move(use), end = std::move(end),
       respond = std::move(respond)](const Result<std::string_view>& told) {
        if (!told.ok()) return respond(Problem(Wrong::kFailed, told.error().message));
        // It could not open its folder, or failed in the middle.
        if (told->empty()) {
          return respond(
              Problem(Wrong::kFailed, "The store could not do it: the server's log says why."));
        }
        const Result<cache::Answer> answer = cache::DecodeAnswer(*told);
        if (!answer.ok()) return respond(Problem(Wrong::kFailed, answer.error().message));
        use(*answer);
        if (answer->after.empty()) return end();
        Ask(deployments, request, answer->after, use, end, respond);
      });
}

// Hits, misses and puts as the metrics have them: also those that the store never heard of, since a
// worker had a copy.
Json AppJson(const cache::Figures& figures, const AppMetrics& metrics) {
  const std::string app(figures.app);
  Json json;
  json.Set("app", app).Set("entries", figures.entries).Set("bytes", figures.bytes);
  json.Set("hits", metrics.Sum(app, [](const AppCounters& c) { return c.cache_hits.value(); }));
  json.Set("misses", metrics.Sum(app, [](const AppCounters& c) { return c.cache_misses.value(); }));
  json.Set("puts", metrics.Sum(app, [](const AppCounters& c) { return c.cache_stored.value(); }));
  return json.Set("evicted", figures.evicted);
}

Reply NoApp(const std::string& app) {
  return Problem(Wrong::kNoSuchApp, "There is no app '" + app + "', and nothing in its caches.");
}

// As caches.open() has the store keep it; caches.default has none.
std::string KeptName(const std::string& name) { return "=" + name; }

// By names, of one app.
struct Caches {
  // The app's keys are as they came, and these views of nothing else.
  std::string app;
  cache::Request request{.operation = cache::Operation::kCaches};
  std::map<std::string, std::pair<uint64_t, uint64_t>, std::less<>> all;
  uint64_t others = 0, bytes_of_others = 0;

  void Add(const cache::Figures& figures) {
    const auto known = all.find(figures.app);
    if (known == all.end() && all.size() >= kMostNames) {
      others += figures.entries;
      bytes_of_others += figures.bytes;
      return;
    }
    auto& [entries, bytes] = known == all.end() ? all[std::string(figures.app)] : known->second;
    entries += figures.entries;
    bytes += figures.bytes;
  }
  Json ToJson() const {
    Json::Array list;
    for (const auto& [name, sums] : all) {
      Json cache;
      cache.Set("cache", name.empty() ? Json() : Json(name.substr(1)));
      list.push_back(cache.Set("entries", sums.first).Set("bytes", sums.second));
    }
    Json json;
    json.Set("app", app).Set("caches", std::move(list));
    return json.Set("others", Json().Set("entries", others).Set("bytes", bytes_of_others));
  }
};

struct Purge {
  std::string app, key, prefix;
  cache::Request request{.operation = cache::Operation::kPurge};
  uint64_t removed = 0;
};

// None, and answered: it is no text.
bool ReadText(const Json& body, std::string_view name, std::optional<std::string>& text,
              const Respond& respond) {
  const Json* const said = body.Find(name);
  if (said == nullptr) return true;  // Null is wrong: less would be named than was meant.
  if (said->text() == nullptr) {
    RefuseMember(name, "it has to be a text", respond);
    return false;
  }
  text = *said->text();
  return true;
}

}  // namespace

void ShowCaches(const Request&, Input, Deployments& deployments, Respond respond) {
  const auto apps = std::make_shared<Json::Array>();
  const auto end = [apps, respond] {
    respond(JsonReply(200, Json().Set("apps", std::move(*apps))));
  };
  Ask(
      deployments,
      std::make_shared<const cache::Request>(
          cache::Request{.operation = cache::Operation::kFigures}),
      {},
      [apps, &deployments](const cache::Answer& answer) {
        for (const cache::Figures& figures : answer.figures) {
          apps->push_back(AppJson(figures, deployments.metrics()));
        }
      },
      end, std::move(respond));
}

void ShowAppCaches(const Request& request, Input, Deployments& deployments, Respond respond) {
  const auto caches = std::make_shared<Caches>();
  caches->app = request.parameter();
  caches->request.app = caches->app;
  const bool is_app = deployments.app(caches->app).has_value();
  const auto end = [caches, is_app, respond] {
    if (!is_app && caches->all.empty()) return respond(NoApp(caches->app));
    respond(JsonReply(200, caches->ToJson()));
  };
  Ask(
      deployments, std::shared_ptr<const cache::Request>(caches, &caches->request), {},
      [caches](const cache::Answer& answer) {
        for (const cache::Figures& figures : answer.figures) caches->Add(figures);
      },
      end, std::move(respond));
}

void PurgeCaches(const Request& request, Input input, Deployments& deployments, Respond respond) {
  if (!HasOnly(input.json, {"cache", "default", "url", "prefix"}, respond)) return;
  const bool is_default = FlagOf(input.json, "default");
  if (input.json.Find("default") != nullptr && !is_default) {
    return RefuseMember("default", "it has to be true, or not there", respond);
  }
  std::optional<std::string> cache, url, prefix;
  if (!ReadText(input.json, "cache", cache, respond)) return;
  if (!ReadText(input.json, "url", url, respond)) return;
  if (!ReadText(input.json, "prefix", prefix, respond)) return;
  if (url && prefix) {
    return RefuseMember("prefix", "say one of `url` and `prefix`, not both", respond);
  }
  // As the app's requests have them: other texts name nothing.
  const std::optional<std::string> key_url = url ? runtime::WebUrl(*url) : std::nullopt;
  if (url && !key_url) {
    return RefuseMember("url", "it has to be a URL, with http:// or https://", respond);
  }
  const std::optional<std::string> key_prefix =
      prefix ? runtime::WebUrlPrefix(*prefix) : std::nullopt;
  if (prefix && !key_prefix) {
    return RefuseMember("prefix",
                        "it has to be the beginning of a URL, with http:// or https:// and at "
                        "least the slash behind the host",
                        respond);
  }
  if (cache && is_default) {
    return RefuseMember("default", "say one of `cache` and `default`, not both", respond);
  }
  const std::string kept = cache ? KeptName(*cache) : std::string();
  const auto purge = std::make_shared<Purge>();
  purge->app = request.parameter();
  if (key_url) {
    purge->key = cache::KeyText(kept, *key_url);
  } else if (cache || is_default || key_prefix) {
    purge->prefix = cache::KeyText(kept, key_prefix.value_or(""));
  }
  purge->request.app = purge->app;
  purge->request.key = purge->key;
  purge->request.prefix = purge->prefix;
  const bool is_app = deployments.app(purge->app).has_value();
  const auto end = [purge, is_app, respond] {
    if (!is_app && purge->removed == 0) return respond(NoApp(purge->app));
    respond(JsonReply(200, Json().Set("removed", purge->removed)));
  };
  Ask(
      deployments, std::shared_ptr<const cache::Request>(purge, &purge->request), {},
      [purge](const cache::Answer& answer) { purge->removed += answer.size; }, end,
      std::move(respond));
}

}  // namespace nano::server::admin

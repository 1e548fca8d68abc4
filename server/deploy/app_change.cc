// One function for each kind of change. See app_change.h.
#include "server/deploy/app_change.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

namespace nano::server {
namespace {

constexpr char kPrevious[] = "previous";
constexpr size_t kShortest = 4;  // Digits that name a version.
constexpr size_t kShown = 12;    // Digits that versions are told by.

Outcome NotFound(std::string message) {
  return {.kind = Outcome::Kind::kNotFound, .message = std::move(message)};
}

Outcome Invalid(std::string message, std::string where = {}) {
  Outcome outcome{.kind = Outcome::Kind::kInvalid, .message = message};
  outcome.errors.push_back({std::move(message), std::move(where), {}});
  return outcome;
}

// "1a2b3c4d5e6f (current), 6f5e4d3c2b1a", for a message's end.
std::string Listed(const std::vector<KeptVersion>& versions) {
  std::string text;
  for (const KeptVersion& version : versions) {
    // Of two that are the same so far, more has to be told.
    size_t digits = kShown;
    for (const KeptVersion& other : versions) {
      while (&other != &version && digits < version.digest.size() &&
             other.digest.starts_with(std::string_view(version.digest).substr(0, digits))) {
        ++digits;
      }
    }
    text += (text.empty() ? "" : ", ") + version.digest.substr(0, digits);
    if (version.current) text += " (current)";
  }
  return text;
}

std::string ThereAre(const std::vector<KeptVersion>& kept) {
  return kept.empty() ? "; there are none" : "; there are " + Listed(kept);
}

// Digits of a digest as people may write them.
std::string InLowerCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

class Changing {
 public:
  using Result = std::variant<StoredApp, Outcome>;

  Changing(const std::string& app, const ChangeContext& context)
      : app_(app), context_(context), served_(context.release.Find(app)) {
    if (context.stored != nullptr) entry_ = *context.stored;
    entry_.name = app;
    if (served_ != nullptr && served_->leaving) served_ = nullptr;
  }

  Result operator()(const PutApp& put) {
    if (served_ == nullptr && !context_.uploaded) {
      return Invalid("a new app needs a snapshot");
    }
    entry_.removed = false;
    if (context_.uploaded) UseCode(*context_.uploaded);
    if (put.config) {
      const Json files = context_.files == nullptr ? Json(Json::Object()) : context_.files->config;
      const Json now = ConfigWith(entry_, files);
      Json next = *put.config;
      // Without variables, but not without secrets: these are told of by themselves.
      if (now.Find("env") != nullptr && next.Find("env") == nullptr) {
        next.Set("env", Json::Object());
      }
      NoteSettings(entry_, PatchBetween(now, next), context_.files);
    }
    NoteSecrets(put.secrets);
    return std::move(entry_);
  }

  Result operator()(const PatchApp& patch) {
    if (served_ == nullptr) return NoApp();
    NoteSettings(entry_, UndoLimits(entry_, patch.config, context_.files), context_.files);
    NoteSecrets(patch.secrets);
    return std::move(entry_);
  }

  Result operator()(const RemoveApp&) {
    if (served_ == nullptr) return NoApp();
    const std::vector<ServedApp>& apps = context_.release.apps();
    const bool is_last = std::none_of(apps.begin(), apps.end(), [this](const ServedApp& app) {
      return app.name() != app_ && !app.leaving;
    });
    // Not even its start would be.
    if (is_last) {
      return Invalid(
          "it is the only app: a server that serves none is none. Add another one "
          "before, or stop the server");
    }
    return StoredApp{.name = app_, .removed = context_.files != nullptr};
  }

  Result operator()(const RollBack& back) {
    if (served_ == nullptr) return NoApp();
    auto found = FindVersion(back.version, context_.kept);
    if (auto* outcome = std::get_if<Outcome>(&found)) return std::move(*outcome);
    const KeptVersion& version = std::get<KeptVersion>(found);
    if (version.digest == served_->version->digest) {
      return Outcome{.kind = Outcome::Kind::kUnchanged,
                     .message = "that version is current already"};
    }
    UseCode({version.digest, version.bytes});
    // Asked again for the previous one, it is this one, which is current then.
    if (back.version == kPrevious) entry_.previous = StoredSnapshot{version.digest, version.bytes};
    return std::move(entry_);
  }

  Result operator()(const SetCanary& canary) {
    if (served_ == nullptr) return NoApp();
    if (canary.percent > 100) return Invalid("a percentage is 0 to 100");
    auto found = FindVersion(canary.version, context_.kept);
    if (auto* outcome = std::get_if<Outcome>(&found)) return std::move(*outcome);
    const KeptVersion& version = std::get<KeptVersion>(found);
    if (version.digest == served_->version->digest) {
      return Invalid("the current version cannot be its own canary");
    }
    std::string key = entry_.canary ? entry_.canary->key : std::string();
    entry_.canary = StoredApp::Canary{.snapshot = {version.digest, version.bytes},
                                      .percent = canary.percent,
                                      .key = std::move(key),
                                      .basis = context_.files ? context_.files->digest : ""};
    return std::move(entry_);
  }

  Result operator()(const EndCanary&) {
    if (served_ == nullptr) return NoApp();
    if (!entry_.canary)
      return Outcome{.kind = Outcome::Kind::kUnchanged, .message = "there is no canary"};
    entry_.canary.reset();
    return std::move(entry_);
  }

  Result operator()(const PromoteCanary&) {
    if (served_ == nullptr) return NoApp();
    if (!entry_.canary) return Invalid("there is no canary to promote");
    UseCode(entry_.canary->snapshot);
    entry_.canary.reset();
    return std::move(entry_);
  }

 private:
  Outcome NoApp() const { return NotFound("there is no app '" + app_ + "'"); }

  // What the files have needs no entry.
  void UseCode(StoredSnapshot snapshot) {
    if (served_ != nullptr && served_->version->digest != snapshot.digest) {
      entry_.previous = StoredSnapshot{served_->version->digest, served_->version->bytes};
    }
    if (context_.files != nullptr && context_.files->digest == snapshot.digest) {
      entry_.code.reset();
      return;
    }
    entry_.code = StoredApp::Code{.snapshot = std::move(snapshot),
                                  .basis = context_.files ? context_.files->digest : ""};
  }

  void NoteSecrets(const SecretChanges& secrets) {
    for (const auto& [name, value] : secrets) NoteSecret(entry_, name, value, context_.files);
  }

  const std::string& app_;
  const ChangeContext& context_;
  StoredApp entry_;
  const ServedApp* served_;
};

}  // namespace

std::variant<StoredApp, Outcome> ApplyChange(const AppChange& change,
                                             const ChangeContext& context) {
  return std::visit(Changing(change.app, context), change.action);
}

bool Decides(const AppChange& change, const ChangeContext& context, const std::string& built) {
  const auto* put = std::get_if<PutApp>(&change.action);
  if (put != nullptr && put->snapshot) return true;
  const ServedApp* served = context.release.Find(change.app);
  if (served == nullptr || served->leaving) return false;
  const bool is_canary = served->canary && served->canary->version->digest == built;
  std::string chosen;
  if (const auto* back = std::get_if<RollBack>(&change.action)) {
    chosen = back->version;
  } else if (const auto* canary = std::get_if<SetCanary>(&change.action)) {
    chosen = canary->version;
  } else {
    return is_canary && (std::holds_alternative<PromoteCanary>(change.action) ||
                         std::holds_alternative<EndCanary>(change.action));
  }
  const auto found = FindVersion(chosen, context.kept);
  const auto* version = std::get_if<KeptVersion>(&found);
  const bool leaves = served->version->digest == built || is_canary;
  return version != nullptr && (version->digest == built || leaves);
}

void StayWith(StoredApp& entry, const ServedApp& served, const std::string& built) {
  if (served.version->digest == built) {
    entry.code.reset();
  } else {
    entry.code = StoredApp::Code{.snapshot = {served.version->digest, served.version->bytes},
                                 .basis = built};
  }
  if (entry.canary) entry.canary->basis = built;
}

std::variant<KeptVersion, Outcome> FindVersion(const std::string& name,
                                               const std::vector<KeptVersion>& kept) {
  if (name == kPrevious) {
    for (const KeptVersion& version : kept) {
      if (version.previous) return version;
    }
    return NotFound("no version is known that served before the present one" + ThereAre(kept));
  }
  const std::string digits = InLowerCase(name);
  if (digits.size() < kShortest) {
    return Invalid("'" + name + "' names no version: it takes at least " +
                       std::to_string(kShortest) + " digits of a digest, or \"previous\"" +
                       ThereAre(kept),
                   "version");
  }
  std::vector<KeptVersion> found;
  for (const KeptVersion& version : kept) {
    if (version.digest.starts_with(digits)) found.push_back(version);
  }
  if (found.empty()) return NotFound("no version '" + name + "' is kept" + ThereAre(kept));
  if (found.size() > 1) {
    return Invalid("'" + name + "' are the first digits of several versions: " + Listed(found),
                   "version");
  }
  return found.front();
}

}  // namespace nano::server

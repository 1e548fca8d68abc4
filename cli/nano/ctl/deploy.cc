// `nano ctl deploy`: the apps of a dist whose snapshots are not those that are served, one upload
// each; and what nano.yaml says of those that are new, or of all if that is asked for.
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/json_fields.h"
#include "base/named.h"
#include "base/terminal.h"
#include "base/utf8.h"
#include "cli/nano/ctl/commands.h"
#include "cli/nano/ctl/deploy_settings.h"
#include "cli/nano/ctl/words.h"
#include "snapshot/digest.h"
#include "snapshot/dist.h"
#include "snapshot/manifest.h"

namespace nano::cli::ctl {
namespace {

using snapshot::ManifestApp;

// What is to be done about an app of the dist.
struct Step {
  const ManifestApp* app;
  enum class Kind { kUnchanged, kNew, kCode } kind = Kind::kUnchanged;
  std::string served;            // The digest that is, if any.
  std::optional<Json> config{};  // To be sent with it, or instead.

  bool sends_code() const { return kind != Kind::kUnchanged; }
  bool sends() const { return sends_code() || config.has_value(); }
};

Result<snapshot::Manifest> ManifestOf(const Options& options) {
  std::optional<snapshot::Manifest> manifest = TRY(snapshot::ReadManifest(options.dist));
  if (manifest.has_value()) return *std::move(manifest);
  return Error{"there is no dist", options.dist, "`nanoc build` makes one."};
}

Result<std::vector<ManifestApp>> AppsOf(const snapshot::Manifest& manifest,
                                        const Options& options) {
  if (options.app.empty()) return manifest.apps;
  const ManifestApp* app = FindNamed(manifest.apps, options.app);
  if (app != nullptr) return std::vector<ManifestApp>{*app};
  std::vector<std::string> names;
  for (const ManifestApp& other : manifest.apps) names.push_back(other.name);
  return Error{"there is no app '" + options.app + "' in it", options.dist,
               "It has " + Joined(names) + "."};
}

std::vector<Step> Plan(const std::vector<ManifestApp>& apps, const Json& served) {
  std::map<std::string, const Json*> by_name;
  for (const Json& app : ListOf(served, "apps")) by_name.emplace(TextOf(app, "name"), &app);
  std::vector<Step> steps;
  for (const ManifestApp& app : apps) {
    Step step{.app = &app};
    const auto found = by_name.find(app.name);
    // One that is leaving is as good as gone.
    if (found == by_name.end() || TextOf(*found->second, "state") == "leaving") {
      step.kind = Step::Kind::kNew;
    } else {
      step.served = TextOf(MemberOf(*found->second, "version"), "digest");
      const bool serving = TextOf(*found->second, "state") == "serving";
      if (step.served != app.digest || !serving) step.kind = Step::Kind::kCode;
    }
    steps.push_back(std::move(step));
  }
  return steps;
}

// Adds what is to be sent besides the code. Nothing is read if there is no such app.
Result<void> AddSettings(std::vector<Step>& steps, const snapshot::Manifest& manifest,
                         const Options& options) {
  std::optional<DeploySettings> settings;
  for (Step& step : steps) {
    if (step.kind != Step::Kind::kNew && !options.settings) continue;
    if (!settings) {
      settings = TRY(DeploySettings::Read(options.dist, manifest, options.place.config));
    }
    step.config = TRY(settings->Of(*step.app));
    const std::string warning = settings->WarningOf(*step.app);
    if (!warning.empty()) std::fprintf(stderr, "· %s\n", Printable(warning).c_str());
  }
  return {};
}

// "hosts shop.localhost; env GREETING, TOKEN", as far as there is something.
std::string DescribeSettings(const Json& config) {
  std::string text;
  const auto add = [&text](const char* name, const std::vector<std::string>& values) {
    if (!values.empty()) text += std::string("; ") + name + " " + Printable(Joined(values));
  };
  std::vector<std::string> hosts = TextsOf(config, "hosts");
  if (FlagOf(config, "default")) hosts.push_back(hosts.empty() ? "every host" : "every other host");
  add("hosts", hosts);
  for (const char* group : {"env", "services", "limits"}) {
    std::vector<std::string> names;
    for (const auto& [name, value] : MembersOf(config, group)) names.push_back(name);
    add(group, names);
  }
  return text;
}

std::string Describe(const Step& step) {
  const std::string digest = ShortDigest(step.app->digest);
  const std::string size = FormatBytes(step.app->bytes);
  const std::string settings = step.config ? DescribeSettings(*step.config) : "";
  switch (step.kind) {
    case Step::Kind::kUnchanged:
      return (step.config ? "code unchanged" : "unchanged") + settings;
    case Step::Kind::kNew:
      return "new: " + digest + ", " + size + settings;
    case Step::Kind::kCode:
      break;
  }
  return "code changed: " + ShortDigest(step.served) + " → " + digest + ", " + size + settings;
}

int PrintPlan(const std::vector<Step>& steps, const Options& options) {
  if (options.json) {
    Json::Array list;
    for (const Step& step : steps) {
      constexpr const char* kNames[] = {"unchanged", "added", "code"};
      Json item;
      item.Set("app", step.app->name).Set("change", kNames[static_cast<size_t>(step.kind)]);
      item.Set("old_digest", step.served.empty() ? Json() : Json(step.served));
      item.Set("new_digest", step.app->digest).Set("new_bytes", step.app->bytes);
      list.push_back(item.Set("settings", step.config.has_value()));
    }
    std::printf("%s\n", Json().Set("apps", std::move(list)).ToString().c_str());
    return kDone;
  }
  size_t width = 0;
  for (const Step& step : steps) width = std::max(width, CellWidth(step.app->name));
  const bool color = UseColor(STDOUT_FILENO);
  for (const Step& step : steps) {
    const Style style = step.sends() ? Style::kYellow : Style::kDim;
    std::printf("%s%s  %s\n", step.app->name.c_str(),
                std::string(width - CellWidth(step.app->name), ' ').c_str(),
                Styled(Describe(step), style, color).c_str());
  }
  return kDone;
}

// The form's parts around the snapshot, if that is in it.
struct Form {
  Form(const std::optional<Json>& config, bool has_snapshot) {
    const std::string part = "--" + boundary + "\r\ncontent-disposition: form-data; name=";
    if (config) {
      before = part + "\"config\"\r\ncontent-type: application/json\r\n\r\n" + config->ToString() +
               "\r\n";
    }
    if (has_snapshot) {
      before += part +
                "\"snapshot\"; filename=\"snapshot\"\r\ncontent-type: application/octet-stream"
                "\r\n\r\n";
      after = "\r\n";
    }
    after += "--" + boundary + "--\r\n";
  }

  // Nothing that is in a snapshot by chance (RFC 2046, section 5.1.1); the time makes it one that
  // nobody has built into one either.
  const std::string boundary = "nano-ctl-7d1f0a94c2b85e36-" + std::to_string(Now());
  std::string before;
  std::string after;
};

// The snapshot's file, which has to be what the manifest says.
Result<MappedFile> OpenSnapshot(const std::string& dist, const ManifestApp& app) {
  const std::string path =
      (std::filesystem::path(dist) / snapshot::SnapshotPath(app.digest)).string();
  MappedFile file = TRY(MappedFile::OpenCopy(path, CopyPlace::kMemory));
  const std::string_view bytes = file.bytes();
  constexpr size_t kDigestBytes = sizeof(snapshot::Digest);  // At its end: of all before it.
  const bool whole =
      bytes.size() == app.bytes && bytes.size() > kDigestBytes &&
      snapshot::Hex(snapshot::Sha256Of(bytes.substr(0, bytes.size() - kDigestBytes))) == app.digest;
  if (!whole) {
    return Error{"the snapshot of '" + app.name + "' is damaged", path,
                 "Build it again: `nanoc build`."};
  }
  return file;
}

// What the app is now, so that nobody's change in between is lost. Empty: it went wrong.
std::string PreconditionFor(Api& api, const ManifestApp& app) {
  const std::optional<Answer> now = api.Find(AppPath(app.name));
  if (now.has_value() && TextOf(now->json, "state") != "leaving")
    return "if-match: " + now->etag + "\r\n";
  return api.status() == kDone ? "if-none-match: *\r\n" : "";
}

int Upload(Api& api, const Options& options, const Step& step) {
  const ManifestApp& app = *step.app;
  std::optional<MappedFile> snapshot;
  if (step.sends_code()) {
    Result<MappedFile> file = OpenSnapshot(options.dist, app);
    if (!file.ok()) return api.Fail(file.error());
    snapshot = std::move(file).value();
  }
  const std::string precondition = PreconditionFor(api, app);
  if (precondition.empty()) return api.status();
  const Form form(step.config, snapshot.has_value());
  const HttpRequest request{
      .method = "PUT",
      .target = AppPath(app.name),
      .headers =
          precondition + "content-type: multipart/form-data; boundary=" + form.boundary + "\r\n",
      .body = {form.before, snapshot ? snapshot->bytes() : std::string_view(), form.after},
      .has_body = true};
  ProgressLine line(stderr, std::chrono::milliseconds(300));
  const auto sent = [&](size_t bytes) {
    const std::string done = FormatBytes(std::min<uint64_t>(bytes, app.bytes));
    line.Update(app.name + ": " + done + " of " + FormatBytes(app.bytes) +
                (bytes < app.bytes ? "" : ", the workers boot it"));
  };
  const std::optional<Answer> answer = api.Send(request, sent);
  line.Clear();
  if (!answer.has_value()) return api.status();
  return Conclude(api, options, *answer);
}

// What the server has of the apps; none: it went wrong. Of one app alone, if only that is meant: a
// token may be good for no more.
std::optional<Json> Served(Api& api, const Options& options) {
  if (options.app.empty()) {
    std::optional<Answer> all = api.Get("/admin/apps");
    return all.has_value() ? std::optional<Json>(std::move(all->json)) : std::nullopt;
  }
  std::optional<Answer> one = api.Find(AppPath(options.app));
  if (!one.has_value() && api.status() != kDone) return std::nullopt;
  Json::Array apps;
  if (one.has_value()) apps.push_back(std::move(one->json));
  return Json().Set("apps", std::move(apps));
}

// An app that fails ends the deploy: what comes after it is as it was.
void TellNotTried(std::vector<Step>::const_iterator step, std::vector<Step>::const_iterator end) {
  std::vector<std::string> names;
  for (; step != end; ++step) {
    if (step->sends()) names.push_back(step->app->name);
  }
  if (!names.empty()) std::fprintf(stderr, "  Not tried: %s.\n", Printable(Joined(names)).c_str());
}

}  // namespace

int Deploy(Api& api, const Options& options) {
  const Result<snapshot::Manifest> manifest = ManifestOf(options);
  if (!manifest.ok()) return api.Fail(manifest.error());
  const Result<std::vector<ManifestApp>> apps = AppsOf(*manifest, options);
  if (!apps.ok()) return api.Fail(apps.error());
  const std::optional<Json> served = Served(api, options);
  if (!served.has_value()) return api.status();
  std::vector<Step> steps = Plan(*apps, *served);
  if (const Result<void> added = AddSettings(steps, *manifest, options); !added.ok()) {
    return api.Fail(added.error());
  }
  if (options.dry_run) return PrintPlan(steps, options);
  size_t unchanged = 0;
  for (auto step = steps.begin(); step != steps.end(); ++step) {
    if (!step->sends()) {
      ++unchanged;
      continue;
    }
    const int status = Upload(api, options, *step);
    if (status == kDone) continue;
    TellNotTried(std::next(step), steps.end());
    return status;
  }
  if (!options.json && unchanged > 0) {
    std::printf("%s unchanged\n", Counted(unchanged, "app", "apps").c_str());
  }
  return kDone;
}

}  // namespace nano::cli::ctl

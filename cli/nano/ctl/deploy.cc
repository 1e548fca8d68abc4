// `nano ctl deploy`: the apps of a dist whose snapshots are not those that are served, one upload
// each.
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/json_fields.h"
#include "base/named.h"
#include "base/terminal.h"
#include "base/utf8.h"
#include "cli/nano/ctl/commands.h"
#include "cli/nano/ctl/words.h"
#include "config/schema/limits.h"
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
  std::string served;  // The digest that is, if any.
};

Result<std::vector<ManifestApp>> AppsOf(const Options& options) {
  std::optional<snapshot::Manifest> manifest = TRY(snapshot::ReadManifest(options.dist));
  if (!manifest.has_value()) {
    return Error{"there is no dist", options.dist, "`nanoc build` makes one."};
  }
  if (options.app.empty()) return std::move(manifest->apps);
  const ManifestApp* app = FindNamed(manifest->apps, options.app);
  if (app != nullptr) return std::vector<ManifestApp>{*app};
  std::vector<std::string> names;
  for (const ManifestApp& other : manifest->apps) names.push_back(other.name);
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
    // One that is leaving is as good as gone, but its name is still taken: If-Match is of it.
    if (found == by_name.end()) {
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

std::string Describe(const Step& step) {
  const std::string digest = ShortDigest(step.app->digest);
  const std::string size = FormatBytes(step.app->bytes);
  switch (step.kind) {
    case Step::Kind::kUnchanged:
      return "unchanged";
    case Step::Kind::kNew:
      return "new: " + digest + ", " + size;
    case Step::Kind::kCode:
      break;
  }
  return "code changed: " + ShortDigest(step.served) + " → " + digest + ", " + size;
}

int PrintPlan(const std::vector<Step>& steps, const Options& options) {
  if (options.json) {
    Json::Array list;
    for (const Step& step : steps) {
      constexpr const char* kNames[] = {"unchanged", "added", "code"};
      Json item;
      item.Set("app", step.app->name).Set("change", kNames[static_cast<size_t>(step.kind)]);
      item.Set("old_digest", step.served.empty() ? Json() : Json(step.served));
      list.push_back(item.Set("new_digest", step.app->digest).Set("new_bytes", step.app->bytes));
    }
    std::printf("%s\n", Json().Set("apps", std::move(list)).ToString().c_str());
    return kDone;
  }
  size_t width = 0;
  for (const Step& step : steps) width = std::max(width, CellWidth(step.app->name));
  const bool color = UseColor(STDOUT_FILENO);
  for (const Step& step : steps) {
    const Style style = step.kind == Step::Kind::kUnchanged ? Style::kDim : Style::kYellow;
    std::printf("%s%s  %s\n", step.app->name.c_str(),
                std::string(width - CellWidth(step.app->name), ' ').c_str(),
                Styled(Describe(step), style, color).c_str());
  }
  return kDone;
}

// What a new app is given, since nobody has said anything about it here: what its build was told.
Json ConfigOf(const ManifestApp& app) {
  Json config = Json::Object();
  if (!app.hosts.empty()) config.Set("hosts", app.hosts);
  if (app.is_default) config.Set("default", true);
  Json limits;
  for (const auto& key : config::AppLimitKeys()) {
    if (key.value.get(app.limits) != 0) limits.Set(key.path, key.value.show(app.limits));
  }
  if (limits.object() != nullptr) config.Set("limits", std::move(limits));
  return config;
}

// The form's parts around the snapshot.
struct Form {
  explicit Form(const Json* config) {
    const std::string part = "--" + boundary + "\r\ncontent-disposition: form-data; name=";
    if (config != nullptr) {
      before = part + "\"config\"\r\ncontent-type: application/json\r\n\r\n" + config->ToString() +
               "\r\n";
    }
    before += part +
              "\"snapshot\"; filename=\"snapshot\"\r\ncontent-type: application/octet-stream"
              "\r\n\r\n";
    after = "\r\n--" + boundary + "--\r\n";
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
std::string PreconditionFor(Api& api, const ManifestApp& app, bool& exists) {
  const std::optional<Answer> now = api.Find(AppPath(app.name));
  exists = now.has_value();
  if (exists) return "if-match: " + now->etag + "\r\n";
  return api.status() == kDone ? "if-none-match: *\r\n" : "";
}

int Upload(Api& api, const Options& options, const Step& step) {
  const ManifestApp& app = *step.app;
  const Result<MappedFile> file = OpenSnapshot(options.dist, app);
  if (!file.ok()) return api.Fail(file.error());
  bool exists = false;
  const std::string precondition = PreconditionFor(api, app, exists);
  if (precondition.empty()) return api.status();
  const Json config = ConfigOf(app);
  const Form form(exists ? nullptr : &config);
  const HttpRequest request{
      .method = "PUT",
      .target = AppPath(app.name),
      .headers =
          precondition + "content-type: multipart/form-data; boundary=" + form.boundary + "\r\n",
      .body = {form.before, file->bytes(), form.after},
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

}  // namespace

int Deploy(Api& api, const Options& options) {
  const Result<std::vector<ManifestApp>> apps = AppsOf(options);
  if (!apps.ok()) return api.Fail(apps.error());
  const std::optional<Answer> served = api.Get("/admin/apps");
  if (!served.has_value()) return api.status();
  const std::vector<Step> steps = Plan(*apps, served->json);
  if (options.dry_run) return PrintPlan(steps, options);
  size_t unchanged = 0;
  for (const Step& step : steps) {
    if (step.kind == Step::Kind::kUnchanged) {
      ++unchanged;
      continue;
    }
    const int status = Upload(api, options, step);
    if (status != kDone) return status;
  }
  if (!options.json && unchanged > 0) {
    std::printf("%s unchanged\n", Counted(unchanged, "app", "apps").c_str());
  }
  return kDone;
}

}  // namespace nano::cli::ctl

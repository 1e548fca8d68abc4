// The wording of outcomes.
#include "compiler/build/warmup.h"

#include <algorithm>
#include <utility>

#include "compiler/explain/exception_hints.h"
#include "compiler/explain/source_places.h"

namespace nano::compiler {
namespace {

// The least status of an answer that says that the server is wrong.
constexpr int kServerError = 500;

// Warm-up requests go to a host that the app answers for: it may look at it.
std::string AuthorityOf(const config::AppSettings& app) {
  for (const std::string& host : app.hosts) {
    if (!host.starts_with('*')) return host;
  }
  for (const std::string& host : app.hosts) return "www" + host.substr(1);
  return "localhost";
}

// What a request failed of if it has asked for files by the app's binding, which looks like a
// mistake in its code; empty: it has not, or nobody knows.
std::string LackOfFiles(const config::AppSettings& app, std::string_view reason) {
  constexpr std::string_view kAsked = "Cannot read properties of undefined (reading 'fetch')";
  const config::AssetSettings& assets = app.assets;
  const bool has_files = !assets.directory.empty() && !assets.binding.empty();
  if (!has_files || reason.find(kAsked) == std::string_view::npos) return {};
  return "`env." + assets.binding +
         "` is not there while the app is built: its files can be asked for once it is served";
}

}  // namespace

std::vector<runtime::SampleRequest> WarmupRequests(const config::AppSettings& app) {
  std::vector<runtime::SampleRequest> requests;
  for (const config::WarmupRequest& request : app.warmup) {
    requests.push_back({.method = request.method,
                        .authority = AuthorityOf(app),
                        .target = request.path,
                        .headers = request.headers,
                        .body = request.body});
  }
  return requests;
}

runtime::SampleRequest FirstRequest(const config::AppSettings& app) {
  const std::vector<runtime::SampleRequest> requests = WarmupRequests(app);
  if (!requests.empty()) return requests.front();
  runtime::SampleRequest request;
  request.authority = AuthorityOf(app);
  return request;
}

std::vector<Error> WarmupWarnings(const config::AppSettings& app, const Bundle& bundle,
                                  const AppHeap& heap,
                                  const std::vector<runtime::WarmupOutcome>& outcomes,
                                  std::vector<LogLine>& log) {
  std::vector<Error> warnings;
  for (size_t i = 0; i < outcomes.size(); ++i) {
    const auto& [status, problem] = outcomes[i];
    if (status != 0 && status < kServerError && problem.empty()) continue;
    const config::WarmupRequest& request = app.warmup[heap.warmed[i]];
    const std::string outcome =
        status != 0 ? "was answered with " + std::to_string(status) : "failed";
    const std::string name = request.method + " " + request.path;
    std::string message = "the warm-up request " + name + " " + outcome;
    std::string reason = MapText(bundle, problem);
    // It is told here, with its place in nano.yaml; once is enough.
    std::erase_if(log, [&](const LogLine& line) { return line.text == reason; });
    if (reason.starts_with(name + ": ")) reason.erase(0, name.size() + 2);
    if (!reason.empty()) message += ": " + reason;
    std::string hint = HintForException(reason.substr(0, reason.find('\n')));
    if (const std::string lack = LackOfFiles(app, reason); !lack.empty()) {
      hint = "The app was built. " + lack + ". Take the request out of `warmup`, or answer it " +
             "without files: `if (env." + app.assets.binding + ") …`.";
    }
    if (hint.empty()) {
      hint =
          "The app was built. `env` is empty and there is no network while it is: answer without "
          "them, or take the request out of `warmup`.";
    }
    warnings.push_back(config::ErrorAt(request.place, std::move(message), std::move(hint)));
  }
  return warnings;
}

Error SkippedWarning(const config::AppSettings& app, const SkippedWarmup& skipped) {
  const config::WarmupRequest& request = app.warmup[skipped.number];
  return config::ErrorAt(
      request.place,
      "the warm-up request " + request.method + " " + request.path + " is left out: " + skipped.why,
      "The app was built; its first such request takes longer. Take the request out of `warmup` to "
      "silence this.");
}

std::string FirstProblem(const config::AppSettings& app, const Verification& verified,
                         const Bundle& bundle, const std::vector<Error>& warnings) {
  if (verified.status != 0 && verified.status < kServerError) return {};
  const runtime::SampleRequest request = FirstRequest(app);
  const std::string name = request.method + " " + request.target;
  std::string reason = MapText(bundle, verified.errors);
  if (reason.starts_with(name + ": ")) reason.erase(0, name.size() + 2);
  while (reason.ends_with('\n')) reason.pop_back();
  for (const Error& warning : warnings) {
    if (!reason.empty() && warning.message.find(reason) != std::string::npos) return {};
  }
  std::string problem = "the first request, " + name;
  problem += verified.status == 0 ? ", got no answer"
                                  : ", was answered with " + std::to_string(verified.status);
  if (const std::string lack = LackOfFiles(app, reason); !lack.empty()) {
    problem += " (" + lack + ")";
  }
  return reason.empty() ? problem : problem + ": " + reason;
}

}  // namespace nano::compiler

// From the command line to the commands.
#include "cli/nano/ctl/ctl.h"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <utility>

#include "base/terminal.h"
#include "cli/nano/ctl/commands.h"

namespace nano::cli::ctl {
namespace {

std::optional<std::string> Variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

// For how long a server says nothing because it was asked to.
std::chrono::milliseconds Silence(const Options& options) {
  constexpr std::chrono::hours kLongestCall{24};  // That `limits.scheduled` can allow.
  if (options.command == Options::Command::kCronRun) return kLongestCall;
  if (options.command != Options::Command::kProfile || options.heap) return {};
  return std::chrono::seconds(options.seconds);
}

int Dispatch(Api& api, const Options& options) {
  using enum Options::Command;
  switch (options.command) {
    case kStatus:
    case kApps:
    case kVersions:
    case kReleases:
    case kDiff:
    case kCronList:
      return View(api, options);
    case kDeploy:
      return Deploy(api, options);
    case kLogs:
    case kEvents:
      return Follow(api, options);
    case kProfile:
      return Profile(api, options);
    case kCronRun:
      return RunCron(api, options);
    case kCacheStats:
      return CacheStats(api, options);
    case kCachePurge:
      return CachePurge(api, options);
    case kKv:
      return Kv(api, options);
    case kLimits:
      return options.variables.empty() ? View(api, options) : Change(api, options);
    case kReload:
    case kRollback:
    case kCanary:
    case kEnd:
    case kPromote:
    case kSetEnv:
    case kUnsetEnv:
    case kSetSecret:
    case kUnsetSecret:
    case kRemove:
      break;
  }
  return Change(api, options);
}

}  // namespace

int Run(const Options& options) {
  // `nano ctl logs -f | head` is told by its writes.
  std::signal(SIGPIPE, SIG_IGN);
  const bool color = UseColor(STDERR_FILENO);
  const auto fail = [color](const Error& error) {
    std::fputs(FormatError(error, color).c_str(), stderr);
    return kNotReached;
  };
  Result<Endpoint> endpoint = FindEndpoint(options.place, Variable);
  if (!endpoint.ok()) return fail(endpoint.error());
  Result<std::string> token = FindToken(options.place, Variable);
  if (!token.ok()) return fail(token.error());
  Api api(HttpClient({.endpoint = std::move(endpoint).value(),
                      .token = std::move(token).value(),
                      .place = options.place,
                      .timeout = options.timeout + Silence(options)}),
          color, options.json);
  return Dispatch(api, options);
}

}  // namespace nano::cli::ctl

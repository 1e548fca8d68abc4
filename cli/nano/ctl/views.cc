// What is there: asked and printed.
#include <unistd.h>

#include <cstdio>

#include "base/json_fields.h"
#include "base/terminal.h"
#include "cli/nano/ctl/commands.h"
#include "cli/nano/ctl/words.h"

namespace nano::cli::ctl {
namespace {

struct Shown {
  std::string path;
  std::string (*render)(const Json&, const Look&);
  // The list and the member of its items that --names prints.
  const char* list = "";
  const char* name = "";
};

Shown ShownBy(const Options& options) {
  using enum Options::Command;
  switch (options.command) {
    case kApps:
      if (!options.app.empty()) return {AppPath(options.app), RenderApp};
      return {"/admin/apps", RenderApps, "apps", "name"};
    case kLimits:
      return {AppPath(options.app), RenderLimits};
    case kVersions:
      return {AppPath(options.app, "/versions"), RenderVersions, "versions", "digest"};
    case kReleases:
      return {"/admin/releases", RenderReleases};
    case kCronList:
      return {"/admin/crons", RenderCrons};
    case kDiff:
      return {"/admin/diff", RenderDiff};
    default:
      if (options.app.empty()) return {"/admin/status", RenderStatus};
      return {"/admin/status?app=" + PercentEncoded(options.app), RenderAppStatus};
  }
}

}  // namespace

Look OutputLook() { return {.color = UseColor(STDOUT_FILENO), .now = Now()}; }

void Print(const Options& options, const Answer& answer,
           std::string (*render)(const Json&, const Look&)) {
  const std::string text = options.json ? answer.text : render(answer.json, OutputLook());
  std::fputs(text.c_str(), stdout);
}

int View(Api& api, const Options& options) {
  const Shown shown = ShownBy(options);
  const std::optional<Answer> answer = api.Get(shown.path);
  if (!answer.has_value()) return api.status();
  if (!options.names_only) {
    Print(options, *answer, shown.render);
    return kDone;
  }
  for (const Json& item : ListOf(answer->json, shown.list)) {
    std::printf("%s\n", TextOf(item, shown.name).c_str());
  }
  return kDone;
}

}  // namespace nano::cli::ctl

// The checks, in words. See asset_checks.h for threads.
#include "compiler/assets/asset_checks.h"

#include <algorithm>
#include <string_view>

#include "assets/asset_path.h"
#include "assets/header_rules.h"
#include "assets/html_handling.h"
#include "assets/redirects.h"
#include "compiler/project/paths.h"

namespace nano::compiler {
namespace {

using config::NotFoundHandling;

// Whether there may be a file at what a rule with status 200 leads to; of one with placeholders
// what is before them is looked at.
bool MayBeThere(const assets::Redirects::Rule& rule, const assets::SiteRules& rules,
                const std::vector<std::string>& names) {
  const std::string path = rule.to.substr(0, rule.to.find_first_of("?#"));
  if (!rule.from.is_literal() && path.find("/:") != std::string::npos) {
    const std::string folder = assets::DecodePath(path.substr(0, path.find("/:") + 1));
    const auto at = std::lower_bound(names.begin(), names.end(), folder);
    return at != names.end() && at->starts_with(folder);
  }
  if (!rule.from.is_literal() && path.find(':') != std::string::npos) return true;
  const auto found = assets::Resolve(
      assets::DecodePath(path), rules.html, rules.not_found, [&names](std::string_view name) {
        return std::binary_search(names.begin(), names.end(), name, std::less<>());
      });
  return found.kind != assets::Resolution::Kind::kNothing;
}

void CheckNotFound(const assets::SiteRules& rules, const std::string& folder,
                   const std::vector<std::string>& names, std::vector<Error>& warnings) {
  const auto is_page = [](const std::string& name) { return name.ends_with("/404.html"); };
  if (rules.not_found == NotFoundHandling::kSinglePageApplication &&
      !std::binary_search(names.begin(), names.end(), "/index.html")) {
    warnings.push_back(
        {"there is no index.html in it, with which `not_found_handling: "
         "single-page-application` answers: it has no effect",
         folder, ""});
  }
  if (rules.not_found == NotFoundHandling::k404Page &&
      std::none_of(names.begin(), names.end(), is_page)) {
    warnings.push_back(
        {"there is no 404.html in it, with which `not_found_handling: 404-page` "
         "answers: it has no effect",
         folder, ""});
  }
}

}  // namespace

std::vector<Error> CheckSite(const assets::SiteRules& rules, const std::string& folder,
                             const std::vector<std::string>& names) {
  std::vector<Error> warnings;
  const std::string path = DisplayPath(folder + "/_redirects");
  const assets::Redirects redirects =
      assets::Redirects::Parse(rules.redirects, path, rules.html, warnings);
  redirects.ForEach([&](const assets::Redirects::Rule& rule) {
    if (rule.status != 200 || MayBeThere(rule, rules, names)) return;
    warnings.push_back({"there is no file at " + rule.to + ": what matches is answered with 404",
                        path + ":" + std::to_string(rule.line),
                        "A rule with status 200 serves another file. The app's code is not asked; "
                        "it can have the path for itself without the rule."});
  });
  (void)assets::HeaderRules::Parse(rules.headers, DisplayPath(folder + "/_headers"), warnings);
  if (names.empty()) {
    warnings.push_back({"there are no files in it to be served", folder,
                        "Build the app's files first, or name another folder in "
                        "`assets.directory`."});
  } else {
    CheckNotFound(rules, folder, names, warnings);
  }
  return warnings;
}

std::vector<Error> CheckWithoutCode(const config::AssetSettings& settings,
                                    const std::string& folder) {
  if (!settings.worker_first && settings.worker_first_paths.empty()) return {};
  return {{"`run_worker_first` has no effect: the app has no code", folder,
           "Name the code in `entry`, or take the setting out."}};
}

}  // namespace nano::compiler

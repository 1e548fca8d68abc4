// Settings and rules of an app's assets that are valid and cannot do what they say. Owns nothing.
// Thread: any.
#pragma once

#include <string>
#include <vector>

#include "assets/site_rules.h"
#include "base/result.h"

namespace nano::compiler {

// What is to be told of the rules for `names`, the files of `folder` in their order
// ("/index.html").
std::vector<Error> CheckSite(const assets::SiteRules& rules, const std::string& folder,
                             const std::vector<std::string>& names);

// What is to be told of assets of an app that has no code.
std::vector<Error> CheckWithoutCode(const config::AssetSettings& settings,
                                    const std::string& folder);

}  // namespace nano::compiler

// Modules that the platform gives apps: "cloudflare:workers", and stand-ins for the others of that
// scheme, which are not there. They are files of a build's scratch folder, named as packages are,
// so that bundles call them the same wherever they are made. Owns nothing. Thread: any.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace nano::compiler {

inline constexpr std::string_view kPlatformModule = "cloudflare:workers";

// Whether a specifier names a module that only a platform can give.
bool IsPlatformSpecifier(std::string_view specifier);

// What the platform's module exports.
std::vector<std::string_view> PlatformExports();

// Writes the module of this specifier below `scratch`: the platform's, or one whose exports throw
// when they are used. Gives esbuild's option that leads to it.
Result<std::string> WritePlatformModule(const std::string& scratch, std::string_view specifier);

// esbuild's options by which variables of an app are read from the live object (bundle_form.h).
const std::vector<std::string>& VariableOptions();

}  // namespace nano::compiler

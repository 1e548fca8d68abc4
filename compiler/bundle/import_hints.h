// Why an import could not be resolved, and what to do about it.
//
// Looks at the file system around the importing file (installed packages, package.json, names that
// are nearly right). Owns nothing; blocks. Thread: any.
#pragma once

#include <string>
#include <string_view>

namespace nano::compiler {

struct ImportProblem {
  std::string message;  // "the package \"hono\" is not installed"
  std::string hint;
};

// `specifier` as it stands in the import; `importer` is the importing file's absolute path.
ImportProblem ExplainUnresolvedImport(std::string_view specifier, const std::string& importer);

// What an app uses here in place of a module of Node.js ("node:fs", "fs/promises"); empty if the
// name is none of them.
std::string NodeModuleHint(std::string_view specifier);

}  // namespace nano::compiler

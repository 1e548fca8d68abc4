// Which package an app's JSX is for. Reads package.json files. Thread: any.
#pragma once

#include <string>

namespace nano::compiler {

// The package with JSX's automatic runtime ("react": its "react/jsx-runtime"), by what the nearest
// package.json above `directory` depends on, or else by what is installed; empty: there is none.
std::string FindJsxRuntime(const std::string& directory);

}  // namespace nano::compiler

// What both programs print for --version. Thread: any.
#pragma once

#include <string>

namespace nano::cli {

// "nano 0.1.0 (V8 14.6.202.34, engine 26.10.0)": all that two installations must have in common so
// that one serves what the other has built.
std::string VersionLine(const std::string& program);

}  // namespace nano::cli

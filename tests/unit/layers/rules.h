// The rules of ARCHITECTURE.md for includes: which layer, and which folder of a layer, may include
// from which, and where the headers of foreign libraries belong. Thread: any.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/layers/sources.h"

namespace nano::layers {

// From each folder to those that it may include from, the lowest first.
using Folders = std::map<std::string, std::set<std::string>>;

// The layers; each has itself among the others. ARCHITECTURE.md has the picture.
const Folders& Layers();

// The same inside a layer, for its folders: what each may include beside itself. A layer that is
// here has all of its folders here. "runtime" is what lies in no folder of it.
const Folders& Floors();

// What is wrong with an include; empty if nothing is.
std::string Violation(const Include& include);

// All files of the layers, and below `more`, with one of the endings.
std::vector<std::string> LayerFiles(const std::vector<std::string>& endings,
                                    std::vector<std::string> more);

}  // namespace nano::layers

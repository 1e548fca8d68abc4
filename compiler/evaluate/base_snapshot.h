// The base snapshot: the heap with the Web APIs that every app is built on. It is part of the
// installation, a container (snapshot/container.h) without source, and V8 would run wild on one
// that belongs to another version. Thread: any.
#pragma once

#include <string>

#include "base/result.h"
#include "snapshot/container.h"

namespace nano::compiler {

// Where this installation has it.
std::string BaseSnapshotPath();

// Maps and checks the base snapshot. Errors: it is missing, damaged, or of another version of NANO
// than this program; each names the path and how to mend the installation.
Result<snapshot::Container> OpenBaseSnapshot(const std::string& path);

}  // namespace nano::compiler

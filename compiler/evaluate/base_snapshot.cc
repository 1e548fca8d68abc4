// Where it lies, and what to do about an installation that lacks it.
#include "compiler/evaluate/base_snapshot.h"

#include <unistd.h>

#include <utility>

#include "runtime/entry.h"
#include "runtime/identity.h"

namespace nano::compiler {
namespace {

constexpr char kMend[] = "Install NANO again; in a source tree, run `make build`.";

}  // namespace

std::string BaseSnapshotPath() { return runtime::LibraryDirectory() + "/base.snapshot"; }

Result<snapshot::Container> OpenBaseSnapshot(const std::string& path) {
  if (access(path.c_str(), F_OK) != 0) {
    return Error{"the installation is incomplete: its base snapshot is missing", path, kMend};
  }
  Result<snapshot::Container> opened = snapshot::Container::Open(path, runtime::CurrentIdentity());
  if (opened.ok()) return opened;
  Error error = std::move(opened).error();
  // The checks' own hints are about apps, which nanoc can build again.
  error.message = "the installation's base snapshot cannot be used: " + error.message;
  error.hint = kMend;
  return error;
}

}  // namespace nano::compiler

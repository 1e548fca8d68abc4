// NANO's version and its engine's.
#include "cli/version.h"

#include "base/version.h"
#include "runtime/identity.h"

namespace nano::cli {

std::string VersionLine(const std::string& program) {
  const runtime::Identity& identity = runtime::CurrentIdentity();
  return program + " " + std::string(Version()) + " (V8 " + identity.v8_version + ", engine " +
         identity.engine_release + ")";
}

}  // namespace nano::cli

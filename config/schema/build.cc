// The keys of `build`.
#include "config/schema/build.h"

#include "config/schema/kinds.h"

namespace nano::config {
namespace {

using namespace std::chrono_literals;
using enum ReadBy;

// Room for the Web APIs and what evaluating takes in passing.
constexpr uint64_t kMinMemory = 16 * 1024 * 1024;

Result<void> CheckOut(const std::string& out) {
  if (out.empty()) return Error{"an empty path", "", ""};
  return {};
}

}  // namespace

const Table<BuildSettings>& BuildKeys() {
  using Build = BuildSettings;
  static const Table<Build> keys = {
      {"out", Text(&Build::out, CheckOut), kBoth,
       "The dist, relative to the file; `nano serve` serves it unless it is given another."},
      {"timeout", Duration(&Build::timeout, 1ms), kBuild, "For one app."},
      {"memory", Size(&Build::memory, kMinMemory), kBuild,
       "V8's heap of one app while its top level runs and the requests of `warmup` are answered: "
       "the "
       "build of one that needs more fails. `limits.memory` of the app holds if it is larger."},
      {"external_memory", Size(&Build::external_memory, kMinMemory), kBuild,
       "The same of what it keeps outside of V8's heap, above all the bytes of buffers; or "
       "`limits.external_memory`."},
      {"keep", Count(&Build::keep, 1, kMostKept), kBuild,
       "The builds that the dist keeps to go back to, the newest included."},
  };
  return keys;
}

}  // namespace nano::config

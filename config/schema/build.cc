// The keys of `build`.
#include "config/schema/build.h"

#include "config/schema/kinds.h"

namespace nano::config {
namespace {

using namespace std::chrono_literals;
using enum ReadBy;

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
      {"keep", Count(&Build::keep, 1, kMostKept), kBuild,
       "The builds that the dist keeps to go back to, the newest included."},
  };
  return keys;
}

}  // namespace nano::config

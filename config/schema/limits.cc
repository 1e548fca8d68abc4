// The keys of an app's `limits`.
#include "config/schema/limits.h"

#include "config/schema/kinds.h"

namespace nano::config {
namespace {

using enum ReadBy;

// An isolate with nothing but the Web APIs takes about 1 MB.
constexpr uint64_t kMinMemory = 4 * 1024 * 1024;

}  // namespace

const Table<AppLimits>& AppLimitKeys() {
  static const Table<AppLimits> keys = {
      {"memory", Size(&AppLimits::memory, kMinMemory), kBoth,
       "V8's heap of one isolate: an app that reaches it is stopped and started afresh. The build "
       "of one whose snapshot alone is larger fails."},
  };
  return keys;
}

AppLimits Unlimited() {
  AppLimits limits;
  for (const Key<AppLimits>& key : AppLimitKeys()) key.value.set(limits, 0);
  return limits;
}

}  // namespace nano::config

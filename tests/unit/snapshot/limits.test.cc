// What nano.yaml says of an app's limits arrives at the runtime.
#include "snapshot/limits.h"

#include <catch2/catch.hpp>

namespace nano::snapshot {
namespace {

TEST_CASE("every limit of an app reaches the runtime") {
  const runtime::Limits none = RuntimeLimits(config::Unlimited());
  CHECK(none == runtime::Limits());
  for (const auto& key : config::AppLimitKeys()) {
    CAPTURE(key.path);
    config::AppLimits limits = config::Unlimited();
    key.value.set(limits, 1);
    CHECK_FALSE(RuntimeLimits(limits) == none);
  }
}

}  // namespace
}  // namespace nano::snapshot

// What nano.yaml says of an app's limits arrives at the runtime.
#include "snapshot/limits.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

namespace nano::snapshot {
namespace {

// What the server looks after itself (server/worker/admission.h, deadlines.h).
const std::set<std::string> kOfServer = {"first_byte",    "duration", "concurrency", "queue",
                                         "queue_timeout", "body",     "response",    "log_line",
                                         "log_rate",      "scheduled"};

TEST_CASE("every limit of an app reaches the runtime, but for what the server looks after") {
  const runtime::Limits none = RuntimeLimits(config::Unlimited());
  CHECK(none == runtime::Limits());
  for (const auto& key : config::AppLimitKeys()) {
    CAPTURE(key.path);
    config::AppLimits limits = config::Unlimited();
    key.value.set(limits, 1);
    CHECK((RuntimeLimits(limits) == none) == kOfServer.contains(key.path));
  }
}

}  // namespace
}  // namespace nano::snapshot

// The terms on which an app runs: what may change while its isolates go on, unlike its version
// (server/release/app_version.h), of which they are made.
//
// Owns its values. Thread-safe as any value type.
#pragma once

#include <chrono>

#include "base/byte_stream.h"
#include "base/result.h"
#include "config/schema/limits.h"

namespace nano::server {

struct AppTerms {
  // Those of memory among them, which isolates have from their boot on: the version says them, too.
  config::AppLimits limits;
  // For what a version has under way when another takes its place.
  std::chrono::milliseconds drain_timeout{30'000};
  // For how long an isolate is kept without a request; 0: for ever.
  std::chrono::milliseconds idle{0};

  void Encode(ByteWriter& out) const;
  // What Encode has written. Fails on what no configuration can say.
  static Result<AppTerms> Decode(ByteReader& in);

  bool operator==(const AppTerms&) const = default;
};

}  // namespace nano::server

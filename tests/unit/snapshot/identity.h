// Identities and containers for tests, made by hand: the snapshot layer needs no engine.
#pragma once

#include <string>

#include "runtime/identity.h"
#include "snapshot/container.h"

namespace nano::test {

inline runtime::Identity TestIdentity() {
  return {"14.6.202.34-node.34", "26.10.0", std::string(64, 'a'), std::string(64, 'b'), "--flag"};
}

// A container whose blob differs with `seed`.
inline std::string TestContainer(unsigned seed = 1, size_t blob_size = 5000) {
  std::string blob;
  for (size_t i = 0; i < blob_size; ++i) {
    seed = seed * 1664525 + 1013904223;
    blob += static_cast<char>(seed >> 24);
  }
  const std::string source = "(async () => { /* " + std::to_string(seed) + " */ })()";
  return snapshot::EncodeContainer({blob, source, "map"}, TestIdentity());
}

}  // namespace nano::test

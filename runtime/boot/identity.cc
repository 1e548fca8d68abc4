// This program's identity, put together once.
#include "runtime/identity.h"

#include <v8.h>

#include <cstdint>
#include <cstdio>

#include "engine_release.h"  // Generated: kEngineRelease.
#include "runtime/isolate/web_scripts.h"
#include "runtime/ops/references.h"
#include "runtime/process.h"

namespace nano::runtime {
namespace {

// FNV-1a: it tells lists apart that differ by accident, which is all that is asked of it.
std::string HashOf(const std::string& text) {
  uint64_t hash = 14695981039346656037u;
  for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 1099511628211u;
  char hex[17];
  std::snprintf(hex, sizeof hex, "%016llx", static_cast<unsigned long long>(hash));
  return hex;
}

}  // namespace

const Identity& CurrentIdentity() {
  static const Identity identity{
      .v8_version = v8::V8::GetVersion(),
      .engine_release = kEngineRelease,
      .references_hash = HashOf(ReferenceNames()),
      .base_hash = std::string(WebScriptsHash()),
      .flags = kLayoutFlags,
  };
  return identity;
}

}  // namespace nano::runtime

// One round of the Web API fuzzer: an isolate of its own, booted from the base snapshot, in which
// the scripts of web-apis/ make some hundred calls from a seed.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/image.h"
#include "runtime/script_isolate.h"

namespace nano::fuzz {

struct RoundHooks {
  std::function<void(std::string_view call)> trace;         // Before each call.
  std::function<void(std::string_view exception)> suspect;  // One that no specification asks for.
};

// The scripts, in the order in which they are run. Fails if one cannot be read.
Result<std::vector<runtime::ScriptIsolate::Script>> ReadScripts(const std::string& folder);

// Returns an error if the scripts themselves failed. Thread: one that has no isolate entered.
Result<void> RunRound(const runtime::AppImage& base, uint32_t seed,
                      const std::vector<runtime::ScriptIsolate::Script>& scripts,
                      const RoundHooks& hooks);

}  // namespace nano::fuzz

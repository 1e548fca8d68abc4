// Process-wide state of the engine: its flags, platform and threads. Initialised once, in the
// process that boots isolates; never before a fork (V8's threads would not survive it).
#pragma once

#include <string>

namespace nano::runtime {

struct ProcessOptions {
  int threads = 1;             // Background threads for garbage collection and compilation.
  bool deterministic = false;  // For building: frozen clock, fixed random and hash seeds.
};

void InitializeProcess(const ProcessOptions& options);

// "14.6.202.34-node.34"
std::string EngineVersion();

}  // namespace nano::runtime

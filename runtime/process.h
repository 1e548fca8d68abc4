// Process-wide state of the engine: its flags, platform and threads. Initialised once, in the
// process that boots isolates; never before a fork (V8's threads would not survive it).
#pragma once

#include <string>

namespace nano::runtime {

// V8 flags that snapshots depend on. SharedArrayBuffer is a constructor that V8 would add to each
// context as it restores it, and lack while it makes a snapshot; under this flag the embedder adds
// it instead, and does so in the base snapshot, where apps find it while they are built.
inline constexpr char kLayoutFlags[] = "--enable-sharedarraybuffer-per-context";

struct ProcessOptions {
  int threads = 1;  // Background threads for garbage collection and compilation.
  // For building: frozen clock, UTC, en-US, fixed random and hash seeds.
  bool deterministic = false;
};

void InitializeProcess(const ProcessOptions& options);

// "14.6.202.34-node.34"
std::string EngineVersion();

}  // namespace nano::runtime

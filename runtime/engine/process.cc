// Starts the engine in this process.
#include "runtime/process.h"

#include <v8.h>

#include <cstdlib>

#include "base/check.h"
#include "runtime/engine/icu_memory.h"
#include "runtime/engine/platform.h"

namespace nano::runtime {
namespace {

EnginePlatform* current_platform = nullptr;

// A fixed seed makes two builds of the same app byte-identical; it does not reach production, where
// every process rehashes its strings and seeds Math.random anew.
constexpr char kDeterministicFlags[] =
    "--random-seed=20260101 --hash-seed=20260101 --predictable-gc-schedule "
    // A snapshot holds no machine code, but it does hold the mark of each function that had been
    // compiled: the first request after a boot would compile all of them again, at once.
    "--no-sparkplug "
    // What is compiled in the background ends at another time each time.
    "--no-wasm-async-compilation";

}  // namespace

EnginePlatform* CurrentPlatform() { return current_platform; }

void InitializeProcess(const ProcessOptions& options) {
  NANO_CHECK(current_platform == nullptr);
  // Never freed: V8 cannot be started twice in a process, and exiting threads may still look at it.
  current_platform = new EnginePlatform(options.threads, options.deterministic);
  // Without it every process would hash strings with the seed that stands in the public snapshot.
  v8::V8::SetFlagsFromString("--rehash-snapshot");
  // Young generations are small here, and there are many: waking threads to share the collection of
  // one costs more than collecting it.
  v8::V8::SetFlagsFromString("--no-parallel-scavenge");
  // Pages of an isolate that has ended go back to the system, and not to a pool that is emptied by
  // a task of some other isolate, which may not run for hours: it was given up for the sake of
  // memory.
  v8::V8::SetFlagsFromString("--no-memory-pool-share-memory-on-teardown");
  // V8 drops the look whether a loop is to end from a loop around one of few turns, where that one
  // is its own, such as the filling of a `new Array(100)`: nothing could end the outer one.
  v8::V8::SetFlagsFromString("--no-turboshaft-loop-unrolling");
  // Loops of WebAssembly that V8 has not optimised look whether they are to end each 13 MB of code
  // that they have run, if V8 counts how often functions run, to optimise those that run often: a
  // loop of one long step, as `memory.fill`, for minutes. Without that count they look in each
  // turn.
  v8::V8::SetFlagsFromString("--no-wasm-dynamic-tiering");
  v8::V8::SetFlagsFromString(kLayoutFlags);
  if (options.deterministic) {
    v8::V8::SetFlagsFromString(kDeterministicFlags);
    // What a date or a number looks like is the server's to say, not that of who builds.
    setenv("TZ", "UTC", 1);
    setenv("LC_ALL", "en_US.UTF-8", 1);
  }
  // For profiling and debugging NANO itself (docs/engine.md); flags that change the heap's layout
  // make the process refuse or misread snapshots.
  if (const char* flags = std::getenv("NANO_V8_FLAGS")) v8::V8::SetFlagsFromString(flags);
  IcuMemory::CountFromNowOn();
  v8::V8::InitializePlatform(current_platform);
  v8::V8::Initialize();
}

std::string EngineVersion() { return v8::V8::GetVersion(); }

}  // namespace nano::runtime

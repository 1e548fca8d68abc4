// The last bound of a child's memory, by the system: for what V8's limits do not see, such as the
// code of WebAssembly modules and what ICU keeps. Thread: the process's only one.
#pragma once

#include "runtime/limits.h"

namespace nano::compiler {

// Of this process, for good: what `limits` allow, and what the engine may need to stop an app that
// has reached them. Beyond it the engine gets no more memory, and ends the process. No bound if
// they have none.
void BoundMemory(const runtime::Limits& limits);

}  // namespace nano::compiler

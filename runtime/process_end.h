// A process that ends itself because an app could not be stopped at a limit: what the embedder does
// before, so that others learn what it was.
#pragma once

#include "runtime/embedder/stops.h"

namespace nano::runtime {

// `stop` is what the app was to be stopped for. On the thread that ends the process, while its
// others run on: in the middle of an app's turn, with whatever locks they hold.
using BeforeProcessEnd = void (*)(void* context, const Stop& stop);

// Once, before there are isolates; other threads may end the process meanwhile. The context lives
// as long as the process.
void SetBeforeProcessEnd(BeforeProcessEnd before, void* context);

// `status` is one of runtime/limits.h.
[[noreturn]] void EndProcess(int status, const Stop& stop);

}  // namespace nano::runtime

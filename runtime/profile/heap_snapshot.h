// What is on an isolate's heap, as DevTools reads it. The isolate stands still meanwhile: about a
// second for 100 MB. Owns nothing. Thread: the isolate's, which is current.
#pragma once

#include <v8.h>

#include "runtime/profile.h"

namespace nano::runtime {

// Gives a .heapsnapshot. False: it was not taken whole.
bool WriteHeapSnapshot(v8::Isolate* isolate, ProfileSink sink);

}  // namespace nano::runtime

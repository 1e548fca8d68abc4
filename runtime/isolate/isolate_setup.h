// What every isolate needs, whether it serves an app or builds a snapshot. Thread: the isolate's.
#pragma once

#include <v8.h>

#include "runtime/isolate/hooks.h"
#include "runtime/isolate/isolate_state.h"

namespace nano::runtime {

// Attaches the state, sets the microtask policy and the promise callback, which finds `hooks` from
// the isolate. Both outlive the isolate.
void SetUpIsolate(v8::Isolate* isolate, IsolateState& state, Hooks& hooks);

// Runs microtasks until there are none, then lets the bundle report rejections without a handler:
// what the HTML standard calls "clean up after running script". The context is entered.
void FinishTurn(v8::Local<v8::Context> context);

}  // namespace nano::runtime

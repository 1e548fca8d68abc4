// What is running, for people. Thread: the isolate's.
#pragma once

#include <v8.h>

#include <string>

namespace nano::runtime {

// "\n    at load (app.js:3:15)" for each frame, as in an Error's `stack`, from the app's innermost
// one on: what an API does inside is no place of the app's. Empty where none of the app runs. Calls
// no script, so that it may be asked in an interrupt.
std::string CurrentStack(v8::Isolate* isolate);
// The same from the innermost of all on, whosever it is.
std::string WholeStack(v8::Isolate* isolate);

}  // namespace nano::runtime

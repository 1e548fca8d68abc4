// Apps whose top level needs what V8 lacks while it makes a snapshot, such as WebAssembly: they
// cannot be evaluated when they are built, so they are when their first request arrives. All else
// is as ever; the app pays with a slower first request in every isolate. Owns nothing. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/snapshot_builder.h"

namespace nano::compiler {

// A bundle (compiler/bundle/bundler.h) as one that evaluates the app at its first request. The
// lines of the app's code stay where they are.
std::string DeferredBundle(std::string_view code);

// What the app's top level threw, from what it logged when its first request was answered. None: it
// was evaluated.
std::optional<runtime::ScriptFailure> DeferredFailure(std::string_view log);

}  // namespace nano::compiler

// What a rehearsal saw, in words, at its places in the sources. Thread: any.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "compiler/bundle/bundler.h"
#include "runtime/snapshot_builder.h"

namespace nano::compiler {

// "Intl object", for what was seen of no particular kind.
std::string NameOf(runtime::Observation::Kind kind);

// Random numbers and times that the top level read and that are in the snapshot now, and variables
// that it or a warm-up request looked for: one note for each kind, with the places.
std::vector<Error> FrozenValues(const Bundle& bundle, const std::vector<runtime::Observation>& seen,
                                bool color);

// What the app has frozen that its variables are to come into: it could not be served. None: it has
// not.
std::optional<Error> FrozenEnvironment(const Bundle& bundle,
                                       const std::vector<runtime::Observation>& seen, bool color);

// Why a warm-up request is left out, as the end of a sentence.
std::string WhyNotWarmed(const Bundle& bundle, const runtime::Observation& seen);

}  // namespace nano::compiler

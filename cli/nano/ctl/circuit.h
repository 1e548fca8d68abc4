// What `nano ctl` says of versions that have ended workers lately ("circuit" of the API). Pure
// functions; any thread.
#pragma once

#include <string>

#include "base/json.h"
#include "cli/nano/ctl/render.h"

namespace nano::cli::ctl {

// "circuit open", "circuit on trial"; empty: its requests are answered as always.
std::string CircuitState(const Json& version, const Look& look);

// How often it has ended workers lately, how the last time, and until when that counts; empty: it
// has not. Two lines: "it has ended 5 workers lately: its requests are answered with 503
// (circuit-open) for 8 s more;", "the last one (cpu-limit): worker 1 ended itself because …".
std::string CircuitText(const Json& version, const Look& look);

}  // namespace nano::cli::ctl

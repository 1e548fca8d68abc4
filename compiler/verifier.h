// Boots a finished container as the server will and sends it one request, in a child process: the
// last check of a build, and the source of the times in its summary.
// Blocks. Thread: the process's only one.
#pragma once

#include <string>

#include "base/result.h"
#include "compiler/build_context.h"
#include "runtime/snapshot_builder.h"

namespace nano::compiler {

struct Verification {
  double boot_ms = 0;  // Of a deferred app: with loading it.
  double first_request_ms = 0;
  int status = 0;      // Of the answer to the request; 0: none, within a few seconds.
  std::string errors;  // What the app logged as errors meanwhile.
};

// Fails if the container does not boot. An app that does not answer is none of that.
Result<Verification> Verify(const BuildContext& context, const std::string& container,
                            const runtime::WarmupRequest& request, bool deferred);

}  // namespace nano::compiler

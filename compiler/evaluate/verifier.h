// Boots a finished container as the server will and sends it one request, in a child process: the
// last check of a build, and the source of the times in its summary.
// Blocks. Thread: the process's only one.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "compiler/process/step_context.h"
#include "runtime/limits.h"
#include "runtime/snapshot_builder.h"

namespace nano::compiler {

struct Verification {
  // Why the snapshot is of no use; none if it is. Then a deferred app (deferred_app.h) is another
  // thing to try.
  std::optional<Error> unusable;
  double boot_ms = 0;  // Of a deferred app: with loading it.
  double first_request_ms = 0;
  int status = 0;      // Of the answer to the request; 0: none, within a few seconds.
  std::string errors;  // Why there is none, and what the app logged as errors meanwhile.
};

// What is booted, and how.
struct VerifiedApp {
  std::string container;
  runtime::SampleRequest request;
  bool deferred = false;  // The first request loads the app.
  runtime::Limits limits;
};

// An Error is about something else than the snapshot: what it was made of needs more than its
// memory limit, a deferred app's top level does not end, no process could be started. An app that
// does not answer is none of that.
Result<Verification> Verify(const StepContext& context, const VerifiedApp& app);

}  // namespace nano::compiler

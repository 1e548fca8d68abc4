// What came of building one app: the record that an app's process hands to the one that builds all.
// Plain data. Thread: any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "compiler/evaluate/evaluator.h"

namespace nano::compiler {

struct AppResult {
  std::string name;
  std::string entry;          // Relative to the app's directory; empty if none was found.
  std::vector<Error> errors;  // Empty: the app is built.
  std::vector<Error> warnings;
  std::vector<Error> notes;  // What nobody needs to mend, and everybody should know.
  std::vector<LogLine> log;  // What the app wrote to its console, places mapped to the sources.
  std::string container;     // Path of the finished container, in the scratch folder or the cache.
  std::string digest;        // Of the container, which was checked (snapshot/container.h).
  uint64_t bundle_bytes = 0;
  uint64_t snapshot_bytes = 0;
  uint64_t asset_files = 0;
  uint64_t asset_bytes = 0;    // Of those files …
  uint64_t asset_packed = 0;   // … and with what is compressed of them, as they are in the dist.
  uint64_t asset_ignored = 0;  // Files and folders that `.assetsignore` left out.
  double build_ms = 0;
  double boot_ms = 0;           // Booting an isolate from the container.
  double first_request_ms = 0;  // The first request to that isolate, to the end of its answer.
  int first_status = 0;         // Its status; 0: there was no answer.

  // Why the first request got no answer, or one that says that the server is wrong; may be empty.
  std::string first_problem;
  bool cached = false;  // All of this is of an earlier build: the app has not changed since.

  bool ok() const { return errors.empty(); }
};

// One line of JSON without a line feed at its end, and back. ParseAppResult fails on anything that
// SerializeAppResult did not write.
std::string SerializeAppResult(const AppResult& result);
Result<AppResult> ParseAppResult(std::string_view line);

}  // namespace nano::compiler

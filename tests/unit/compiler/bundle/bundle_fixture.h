// An app in a temporary directory, bundled by the real esbuild, and one place for what that writes.
// Owns both directories. Thread: the test's.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "compiler/bundle/bundler.h"
#include "tests/unit/temporary_directory.h"

namespace nano::compiler::testing {

struct BundleFixture {
  test::TemporaryDirectory app;
  test::TemporaryDirectory scratch;

  BundleResult Bundle(const std::string& entry = "index.ts",
                      std::chrono::milliseconds timeout = std::chrono::seconds(60)) {
    const EntryPoint point{.directory = app.path(), .file = app / entry, .shown = entry};
    const StepContext context{.scratch = scratch.path(),
                              .deadline = Clock::now() + timeout,
                              .base_blob = {},
                              .color = false};
    return BundleApp("app", point, context);
  }
};

inline bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace nano::compiler::testing

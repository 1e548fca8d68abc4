// One nano.yaml as it stands, before files are merged (config/load.h).
//
// Owns its values. Thread-safe as any value type.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "config/schema/app.h"
#include "config/schema/build.h"
#include "config/schema/server.h"
#include "config/schema/stated.h"
#include "config/yaml/place.h"

namespace nano::config {

// Settings have the values that the file states, and else their defaults.
struct FileFields {
  std::shared_ptr<const Source> source;
  ServerSettings server;
  BuildSettings build;
  Stated stated_build;  // `out` is as written, relative to the file, if it is stated.
  AppSettings defaults;
  AppSettings self;                              // The top-level keys of a single app.
  std::optional<std::vector<AppSettings>> apps;  // Not both this and `self`.
};

// Reads a file's text. What is wrong is added to `errors`, what is right is in the result.
FileFields ReadFileFields(const std::shared_ptr<const Source>& source, std::vector<Error>& errors);

// The same for a file alone: fails, with all that is wrong, if anything is.
Result<FileFields> ParseFile(const std::shared_ptr<const Source>& source);

}  // namespace nano::config

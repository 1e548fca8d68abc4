// The schema of nano.yaml: one file as it stands, before files are merged (config/load.h).
//
// Owns its values. Thread-safe as any value type.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "config/place.h"

namespace nano::config {

// The keys of an app that a file sets; those it does not are left empty.
struct AppFields {
  std::optional<std::string> name;
  std::optional<std::string> path;
  std::optional<std::string> entry;
  std::optional<std::vector<std::string>> hosts;
  std::optional<bool> is_default;
  std::optional<uint64_t> memory;
  std::optional<std::vector<WarmupRequest>> warmup;
  std::vector<EnvironmentVariable> env;

  Place place;
  Place name_place;  // With a source, and no name: that was wrong.
  Place path_place;
  Place entry_place;
  std::vector<Place> host_places;  // One for each of `hosts`.
  Place default_place;

  // Whether anything but `path` is set, and its place.
  std::optional<Place> first_other;
};

struct FileFields {
  std::shared_ptr<const Source> source;
  ServerSettings server;
  BuildSettings build;
  std::optional<std::string> out;  // As written, relative to the file.
  AppFields defaults;
  AppFields self;                              // The top-level keys of a single app.
  std::optional<std::vector<AppFields>> apps;  // Not both this and `self`.
};

// Whether a text can be an app's name.
bool IsAppName(std::string_view name);

// Reads a file's text. What is wrong is added to `errors`, what is right is in the result.
FileFields ReadFileFields(const std::shared_ptr<const Source>& source, std::vector<Error>& errors);

// The same for a file alone: fails, with all that is wrong, if anything is.
Result<FileFields> ParseFile(const std::shared_ptr<const Source>& source);

}  // namespace nano::config

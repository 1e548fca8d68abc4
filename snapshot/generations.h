// The builds before the present one that a dist keeps, so that any version of an app among them can
// be served again.
//
//   dist/generations/<number>.json   the manifest of that build, byte for byte
//
// A build that replaces the manifest keeps the one before under the next number; so the highest
// number is the build before the present one. The snapshots that a kept manifest names stay in
// dist/snapshots. A manifest holds no times: the file's own, which a copy of the dist may not have
// taken along, is when the build was replaced.
//
// Reading owns its values and may happen while a build writes. Thread-safe. All calls block.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/folder.h"
#include "base/result.h"
#include "snapshot/manifest.h"

namespace nano::snapshot {

struct Generation {
  uint64_t number = 0;
  std::chrono::system_clock::time_point replaced{};  // When the next build took its place.
  Manifest manifest;
};

struct Generations {
  std::vector<Generation> kept;   // Newest first.
  std::vector<Error> unreadable;  // Of other versions of NANO, or damaged.
};

// The generations of a dist whose manifest is `present`; none if it keeps none. Fails if the folder
// cannot be read.
Result<Generations> ReadGenerations(const std::string& directory, const Manifest& present);

// A version of an app that a dist has: the snapshot and what was built with it.
struct KeptVersion {
  ManifestApp app;
  std::optional<uint64_t> generation;  // The newest with it; none: the present build.
  // When it was replaced, by another version or by none; none: it is the present one.
  std::optional<std::chrono::system_clock::time_point> replaced;
};

// The versions of an app, newest first, each digest once.
std::vector<KeptVersion> VersionsOf(std::string_view app, const Manifest& present,
                                    const std::vector<Generation>& generations);

// For who writes the dist, under its lock.

// The folder's name inside the dist.
inline constexpr char kGenerations[] = "generations";

// The name of a generation's file; its number, or none if a name is no such one.
std::string GenerationName(uint64_t number);
std::optional<uint64_t> GenerationNumber(std::string_view name);

// Keeps a manifest's text as the newest generation, on disk when it returns. One that is the newest
// already, since a build was killed before it had replaced the manifest, is written again: its time
// counts from now.
Result<void> KeepGeneration(const Folder& dist, std::string_view manifest);

// Removes all generations but the newest `keep`, and those that are damaged, of another version of
// NANO, or not replaced yet by the manifest whose text is `present`; gives the digests that the
// kept ones name. None: nobody can tell, and no snapshot may be removed. What is wrong is told in
// `warnings`.
std::optional<std::set<std::string>> PruneGenerations(const Folder& dist, std::string_view present,
                                                      size_t keep, std::vector<Error>& warnings);

}  // namespace nano::snapshot

// Dists of small containers, for tests: written, loaded and listed. Thread: any.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "snapshot/dist.h"
#include "snapshot/dist_writer.h"
#include "tests/unit/snapshot/identity.h"
#include "tests/unit/temporary_directory.h"

namespace nano::snapshot::test {

using nano::test::TemporaryDirectory;
using nano::test::TestContainer;
using nano::test::TestIdentity;

inline std::unique_ptr<DistWriter> Opened(const std::string& directory) {
  Result<std::unique_ptr<DistWriter>> writer = DistWriter::Open(directory, TestIdentity());
  if (!writer.ok()) FAIL(writer.error().ToString());
  return std::move(writer).value();
}

// Adds the container of a seed.
inline StoredSnapshot Added(DistWriter& writer, const TemporaryDirectory& root, unsigned seed) {
  const std::string container = TestContainer(seed);
  Result<StoredSnapshot> stored =
      writer.AddSnapshot(root.Write("scratch.snap", container), ClaimedDigest(container));
  if (!stored.ok()) FAIL(stored.error().ToString());
  return *stored;
}

inline ManifestApp App(const std::string& name, const StoredSnapshot& snapshot) {
  return {name, {name + ".localhost"}, false, snapshot.digest, snapshot.bytes, 0};
}

// A dist of apps "app0", "app1", …, each with the container of its seed; of the last `keep` builds.
inline void Written(const TemporaryDirectory& root, const std::vector<unsigned>& seeds,
                    size_t keep = 1) {
  const std::unique_ptr<DistWriter> writer = Opened(root / "dist");
  std::vector<ManifestApp> apps;
  for (const unsigned seed : seeds) {
    apps.push_back(App("app" + std::to_string(apps.size()), Added(*writer, root, seed)));
  }
  Result<CommitOutcome> outcome = writer->Commit(std::move(apps), keep);
  if (!outcome.ok()) FAIL(outcome.error().ToString());
  CHECK(outcome->warnings.empty());
}

inline Dist Loaded(const TemporaryDirectory& root) {
  Result<Dist> dist = LoadDist(root / "dist", TestIdentity());
  if (!dist.ok()) FAIL(dist.error().ToString());
  return std::move(dist).value();
}

// All files with their contents' sizes, in order.
inline std::vector<std::string> Listing(const std::string& directory) {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file())
      out.push_back(std::filesystem::relative(entry.path(), directory).string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

inline std::string SnapshotOf(unsigned seed) {
  return SnapshotPath(ClaimedDigest(TestContainer(seed)));
}

}  // namespace nano::snapshot::test

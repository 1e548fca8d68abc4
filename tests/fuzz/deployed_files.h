// A dist of three apps, and more snapshots to upload, none of which could be booted.
//
// Owns a folder, in memory where that can be. Thread: any one at a time.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <cstddef>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/file.h"
#include "runtime/identity.h"
#include "snapshot/container.h"
#include "snapshot/dist.h"
#include "snapshot/manifest.h"

namespace nano::fuzz {

class DeployedFiles {
 public:
  static constexpr const char* kApps[] = {"blog", "shop", "wiki"};
  static constexpr size_t kCodes = 4;

  DeployedFiles() {
    // In memory where that can be: each change waits for the disk.
    folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    folder += "/nano-fuzz-deploy-XXXXXX";
    NANO_CHECK(mkdtemp(folder.data()) != nullptr);
    dist = folder + "/dist";
    NANO_CHECK(MakeDirectories(dist + "/snapshots").ok());
    snapshot::Manifest manifest;
    for (const char* app : kApps) {
      const std::string bytes = Snapshot(app);
      const std::string digest = snapshot::ClaimedDigest(bytes);
      NANO_CHECK(WriteFileAtomically(dist + "/" + snapshot::SnapshotPath(digest), bytes).ok());
      manifest.apps.push_back({.name = app,
                               .hosts = {std::string(app) + ".test"},
                               .digest = digest,
                               .bytes = bytes.size(),
                               .limits = {.memory = 1 << 26}});
    }
    manifest.engine_release = runtime::CurrentIdentity().engine_release;
    manifest.v8_version = runtime::CurrentIdentity().v8_version;
    NANO_CHECK(
        WriteFileAtomically(dist + "/manifest.json", snapshot::EncodeManifest(manifest)).ok());
    for (size_t i = 0; i < kCodes; ++i) {
      codes.push_back(Snapshot("code " + std::to_string(i)));
      digests.push_back(snapshot::ClaimedDigest(codes.back()));
    }
  }
  ~DeployedFiles() { (void)RemoveTree(folder); }

  DeployedFiles(const DeployedFiles&) = delete;
  DeployedFiles& operator=(const DeployedFiles&) = delete;

  std::string folder, dist;
  std::vector<std::string> codes, digests;  // To upload.

 private:
  static std::string Snapshot(const std::string& blob) {
    return snapshot::EncodeContainer({.blob = blob, .source = "source", .source_map = {}},
                                     runtime::CurrentIdentity());
  }
};

}  // namespace nano::fuzz

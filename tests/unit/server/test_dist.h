// A dist to serve, without V8: its blobs could not be booted. Thread: the test's own.
#pragma once

#include <stdlib.h>

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "runtime/identity.h"
#include "server/release/release.h"
#include "server/release/release_loader.h"
#include "snapshot/container.h"
#include "snapshot/manifest.h"

namespace nano::server {

// A dist in a folder of its own, removed at the end.
class TestDist {
 public:
  TestDist() {
    char name[] = "/tmp/nano-release-XXXXXX";
    REQUIRE(mkdtemp(name) != nullptr);
    root_ = name;
    path_ = root_ + "/dist";
    REQUIRE(MakeDirectories(path_ + "/snapshots").ok());
  }
  ~TestDist() { (void)RemoveTree(root_); }

  const std::string& path() const { return path_; }
  const std::string& root() const { return root_; }  // The folder it lies in.

  std::string Add(const std::string& name, std::vector<std::string> hosts, bool is_default = false,
                  std::vector<std::string> required_env = {},
                  std::vector<std::string> optional_env = {}, std::vector<std::string> lists = {},
                  std::vector<std::string> services = {}, bool restricted = false) {
    const std::string bytes =
        snapshot::EncodeContainer({.blob = "blob of " + name, .source = "source", .source_map = {}},
                                  runtime::CurrentIdentity());
    const std::string digest = snapshot::ClaimedDigest(bytes);
    const std::string file = path_ + "/" + snapshot::SnapshotPath(digest);
    REQUIRE(WriteFileAtomically(file, bytes).ok());
    manifest_.apps.push_back({.name = name,
                              .hosts = std::move(hosts),
                              .is_default = is_default,
                              .digest = digest,
                              .bytes = bytes.size(),
                              .limits = {.memory = 1 << 26},
                              .required_env = std::move(required_env),
                              .optional_env = std::move(optional_env),
                              .services = std::move(services),
                              .restricted = restricted,
                              .lists = std::move(lists)});
    manifest_.engine_release = runtime::CurrentIdentity().engine_release;
    manifest_.v8_version = runtime::CurrentIdentity().v8_version;
    REQUIRE(
        WriteFileAtomically(path_ + "/manifest.json", snapshot::EncodeManifest(manifest_)).ok());
    return file;
  }

 private:
  std::string root_, path_;
  snapshot::Manifest manifest_;
};

// What a dist and a configuration make together.
struct TestRelease {
  std::shared_ptr<const Release> release;
  std::vector<std::string> notes;

  const std::vector<ServedApp>& apps() const { return release->apps(); }
  const VirtualHosts& hosts() const { return release->hosts(); }
  const std::vector<std::string>& warnings() const { return notes; }
};

inline Result<std::unique_ptr<TestRelease>> LoadTestRelease(const std::string& dist,
                                                            const config::Config& config) {
  VersionIds ids;
  const ServedFiles files = TRY(ReadServedFiles(dist, config));
  LoadedRelease loaded = TRY(ComposeRelease(files, {}, nullptr, ids));
  std::shared_ptr<const Release> release = TRY(Release::Make(1, std::move(loaded.apps)));
  return std::make_unique<TestRelease>(TestRelease{std::move(release), std::move(loaded.warnings)});
}

}  // namespace nano::server

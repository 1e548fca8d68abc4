// Finds what is mapped already. See mapped_snapshots.h.
#include "server/release/mapped_snapshots.h"

#include <memory>
#include <string_view>
#include <utility>

namespace nano::server {
namespace {

// The snapshots of a release by their digests; gone through once one is asked for.
class MappedSnapshots {
 public:
  // The release outlives it.
  explicit MappedSnapshots(const Release* release) : release_(release) {}

  // Null: there is none, or nobody gets its app any more.
  AppVersion::Snapshot Find(std::string_view digest) {
    if (!filled_) Fill();
    const auto found = by_digest_.find(digest);
    return found == by_digest_.end() ? nullptr : found->second;
  }

 private:
  void Fill() {
    filled_ = true;
    for (const ServedApp& app : release_->apps()) {
      app.EachVersion([this](const std::shared_ptr<const AppVersion>& version) {
        if (version->snapshot) by_digest_.emplace(version->digest, version->snapshot);
      });
    }
  }

  const Release* const release_;
  bool filled_ = false;
  std::unordered_map<std::string_view, AppVersion::Snapshot> by_digest_;
};

}  // namespace

snapshot::LoadOptions BesideBase(const Release* base, SnapshotDescriptors& opened) {
  if (base == nullptr) return {};
  return {
      .known = [mapped = std::make_shared<MappedSnapshots>(base)](
                   const std::string& digest) { return mapped->Find(digest); },
      .opened = [&opened](const std::string& digest,
                          Descriptor copy) { opened.insert_or_assign(digest, std::move(copy)); }};
}

}  // namespace nano::server

// Finds what is mapped already. See mapped_snapshots.h.
#include "server/release/mapped_snapshots.h"

#include <memory>
#include <utility>

namespace nano::server {
AppVersion::Snapshot MappedSnapshots::Find(std::string_view digest) {
  if (!filled_) Fill();
  const auto found = by_digest_.find(digest);
  return found == by_digest_.end() ? nullptr : found->second;
}

void MappedSnapshots::Fill() {
  filled_ = true;
  for (const ServedApp& app : release_->apps()) {
    app.EachVersion([this](const std::shared_ptr<const AppVersion>& version) {
      if (version->snapshot) by_digest_.emplace(version->digest, version->snapshot);
    });
  }
}

snapshot::LoadOptions BesideBase(const Release* base, SnapshotDescriptors& opened) {
  if (base == nullptr) return {};
  return {
      .known = [mapped = std::make_shared<MappedSnapshots>(base)](
                   const std::string& digest) { return mapped->Find(digest); },
      .opened = [&opened](const std::string& digest,
                          Descriptor copy) { opened.insert_or_assign(digest, std::move(copy)); }};
}

}  // namespace nano::server

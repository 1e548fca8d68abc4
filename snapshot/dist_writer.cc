// Writing of a dist.
#include "snapshot/dist_writer.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/file.h"
#include "base/system_error.h"
#include "snapshot/container.h"
#include "snapshot/digest.h"
#include "snapshot/dist.h"
#include "snapshot/generations.h"

namespace nano::snapshot {
namespace {

const std::string kManifest = "manifest.json";
const std::string kSnapshots = "snapshots";
constexpr std::string_view kExtension = ".snap";
constexpr size_t kHexDigest = 64;

std::string SnapshotName(const std::string& digest) { return digest + std::string(kExtension); }

bool IsSnapshotName(std::string_view name) {
  return name.ends_with(kExtension) && IsHexDigest(name.substr(0, name.size() - kExtension.size()));
}

bool IsTemporarySnapshot(std::string_view name) {
  const std::string_view of = name.substr(0, kHexDigest + kExtension.size());
  return IsSnapshotName(of) && Folder::IsTemporary(name, of);
}

bool IsTemporaryGeneration(std::string_view name) {
  const std::string_view of = name.substr(0, name.find('.', name.find('.') + 1));
  return GenerationNumber(of).has_value() && Folder::IsTemporary(name, of);
}

// What is in a directory that may be a dist.
struct Contents {
  std::vector<std::string> files;
  std::optional<Folder> snapshots;
  std::vector<std::string> snapshot_files;
  std::optional<Folder> generations;
  std::vector<std::string> generation_files;
};

Result<Contents> List(const Folder& directory) {
  Contents contents;
  contents.files = TRY(directory.Names());
  contents.snapshots = TRY(directory.OpenFolder(kSnapshots));
  if (contents.snapshots) contents.snapshot_files = TRY(contents.snapshots->Names());
  contents.generations = TRY(directory.OpenFolder(kGenerations));
  if (contents.generations) contents.generation_files = TRY(contents.generations->Names());
  return contents;
}

// Whether NANO may write here: a dist, an empty directory, or what an interrupted first build left.
Result<void> CheckOurs(const Folder& directory, const Contents& contents) {
  if (directory.Has(kManifest)) {
    if (LooksLikeManifest(TRY(ReadFile(directory.PathOf(kManifest))))) return {};
    return Error{"its manifest.json is not one of NANO's", directory.path(),
                 "Choose another directory, or remove this one first."};
  }
  const auto is_foreign = [](const std::string& name) {
    return name != DirectoryLock::kFileName && name != kSnapshots && name != kGenerations &&
           name != kStateFolder && !Folder::IsTemporary(name, kManifest);
  };
  const auto is_foreign_snapshot = [](const std::string& name) {
    return !IsSnapshotName(name) && !IsTemporarySnapshot(name);
  };
  const auto is_foreign_generation = [](const std::string& name) {
    return !GenerationNumber(name) && !IsTemporaryGeneration(name);
  };
  std::string foreign;
  const auto look = [&foreign](const std::string& folder, const auto& names, const auto& is) {
    const auto found = std::find_if(names.begin(), names.end(), is);
    if (foreign.empty() && found != names.end()) foreign = folder + *found;
  };
  look("", contents.files, is_foreign);
  look(kSnapshots + "/", contents.snapshot_files, is_foreign_snapshot);
  look(std::string(kGenerations) + "/", contents.generation_files, is_foreign_generation);
  if (foreign.empty()) return {};
  return Error{"it holds '" + foreign + "' and no manifest.json: it was not made by nanoc",
               directory.path(), "Choose another directory, or remove this one first."};
}

// Removes what builds that were killed left. Only under the lock: no other build is writing.
Result<void> RemoveTemporaries(const Folder& directory) {
  const Contents contents = TRY(List(directory));
  Result<void> removed;
  const auto remove = [&removed](const Folder& folder, const std::string& name) {
    Result<void> result = folder.Remove(name);
    if (!result.ok() && removed.ok()) removed = std::move(result);
  };
  for (const std::string& name : contents.files) {
    if (Folder::IsTemporary(name, kManifest)) remove(directory, name);
  }
  for (const std::string& name : contents.snapshot_files) {
    if (IsTemporarySnapshot(name)) remove(*contents.snapshots, name);
  }
  for (const std::string& name : contents.generation_files) {
    if (IsTemporaryGeneration(name)) remove(*contents.generations, name);
  }
  return removed;
}

// The directory, if there is one and it is NANO's to write.
Result<std::optional<Folder>> OpenOurs(const std::string& path) {
  std::optional<Folder> directory = TRY(Folder::Open(path));
  if (directory.has_value()) TRY(CheckOurs(*directory, TRY(List(*directory))));
  return directory;
}

std::string WithoutSlashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace

Result<void> DistWriter::Check(const std::string& given) {
  const std::string path = WithoutSlashes(given);
  const std::optional<Folder> directory = TRY(OpenOurs(path));
  // Else the folder that it will be made in.
  std::filesystem::path folder = path;
  while (!directory.has_value() && folder != folder.root_path()) {
    folder = folder.has_parent_path() ? folder.parent_path() : ".";
    if (access(folder.c_str(), F_OK) == 0) break;
  }
  if (access(folder.c_str(), W_OK | X_OK) == 0) return {};
  return SystemError(folder.string(), "write to", errno);
}

Result<std::unique_ptr<DistWriter>> DistWriter::Open(const std::string& given,
                                                     const runtime::Identity& identity) {
  const std::string path = WithoutSlashes(given);
  // Before locking: the lock's file must not appear in a directory that is not ours.
  std::optional<Folder> directory = TRY(OpenOurs(path));
  const bool existed = directory.has_value();
  if (!existed) {
    TRY(MakeDirectories(path));
    directory = TRY(OpenOurs(path));
    if (!directory.has_value()) return SystemError(path, "open", ENOENT);
  }
  DirectoryLock lock = TRY(DirectoryLock::Acquire(*directory));
  std::unique_ptr<DistWriter> writer(
      new DistWriter(std::move(*directory), identity, std::move(lock)));
  writer->made_.directory = !existed;
  TRY(RemoveTemporaries(writer->directory_));
  return writer;
}

DistWriter::~DistWriter() {
  const bool undo = !keep_;
  if (undo && snapshots_) {
    // What cannot be removed is removed by the next build.
    for (const std::string& file : made_.files) (void)snapshots_->Remove(file);
    if (made_.snapshots) directory_.RemoveIfEmpty(kSnapshots);
  }
  lock_ = DirectoryLock();
  if (undo && made_.directory) rmdir(directory_.path().c_str());
}

Result<void> DistWriter::NeedSnapshots() {
  if (snapshots_) return {};
  snapshots_ = TRY(directory_.OpenFolder(kSnapshots));
  if (snapshots_) return {};
  snapshots_ = TRY(directory_.MakeFolder(kSnapshots));
  made_.snapshots = true;
  return {};
}

Result<StoredSnapshot> DistWriter::AddSnapshot(const std::string& container_path,
                                               const std::string& digest) {
  const MappedFile file = TRY(MappedFile::Open(container_path));
  const std::string_view bytes = file.bytes();
  if (ClaimedDigest(bytes) != digest) {
    return Error{"another build has replaced it", container_path, "Build again."};
  }
  StoredSnapshot stored{digest, bytes.size()};
  TRY(NeedSnapshots());
  const std::string name = SnapshotName(stored.digest);
  if (!snapshots_->Holds(name, bytes)) {
    // A damaged one may be in its place, which is better replaced for good.
    const bool replaced = snapshots_->Has(name);
    TRY(snapshots_->Write(name, bytes));
    if (!replaced) made_.files.push_back(name);
  }
  added_.insert(stored.digest);
  return stored;
}

Result<void> DistWriter::KeepSnapshot(const ManifestApp& app) {
  added_.insert(app.digest);
  const std::string path = directory_.PathOf(SnapshotPath(app.digest));
  const MappedFile file = TRY(MappedFile::Open(path));
  if (file.bytes().size() == app.bytes && ClaimedDigest(file.bytes()) == app.digest) return {};
  return Error{"it is not the snapshot that the manifest names", path, "Build the app again."};
}

// Whoever is killed in here leaves the old manifest, maybe as a generation as well, or the new one.
Result<void> DistWriter::ReplaceManifest(const std::string& text, size_t keep) {
  // The same apps again: the file's time should not tell anybody that something has changed.
  if (directory_.Holds(kManifest, text)) return {};
  if (keep > 1 && directory_.Has(kManifest)) {
    const std::string path = directory_.PathOf(kManifest);
    const std::string before = TRY(ReadFile(path, kMaxManifestBytes));
    // What this program cannot read it could not go back to.
    if (DecodeManifest(before, path).ok()) TRY(KeepGeneration(directory_, before));
  }
  return directory_.Write(kManifest, text);
}

Result<CommitOutcome> DistWriter::Commit(std::vector<ManifestApp> apps, size_t keep) {
  NANO_CHECK(keep > 0);
  for (const ManifestApp& app : apps) NANO_CHECK(added_.contains(app.digest));
  std::set<std::string> used;
  for (const ManifestApp& app : apps) used.insert(app.digest);

  const std::string text =
      EncodeManifest({identity_.engine_release, identity_.v8_version, std::move(apps)});
  // Nobody should build what nobody can read.
  TRY(DecodeManifest(text, directory_.PathOf(kManifest)));
  keep_ = true;
  TRY(ReplaceManifest(text, keep));

  CommitOutcome outcome;
  const std::optional<std::set<std::string>> kept =
      PruneGenerations(directory_, text, keep - 1, outcome.warnings);
  if (!kept.has_value()) return outcome;
  used.insert(kept->begin(), kept->end());
  const Result<Contents> contents = List(directory_);
  if (!contents.ok()) {
    outcome.warnings.push_back(contents.error());
    return outcome;
  }
  for (const std::string& name : contents->snapshot_files) {
    if (!IsSnapshotName(name) || used.contains(name.substr(0, kHexDigest))) continue;
    Result<void> removed = contents->snapshots->Remove(name);
    if (!removed.ok()) outcome.warnings.push_back(std::move(removed).error());
  }
  return outcome;
}

}  // namespace nano::snapshot

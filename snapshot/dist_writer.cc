// Writing of a dist.
#include "snapshot/dist_writer.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/file.h"
#include "snapshot/container.h"
#include "snapshot/digest.h"

namespace nano::snapshot {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kManifest = "manifest.json";
constexpr std::string_view kSnapshots = "snapshots";
constexpr std::string_view kExtension = ".snap";
constexpr size_t kHexDigest = 64;

// "<digest>.snap"
bool IsSnapshotName(std::string_view name) {
  return name.ends_with(kExtension) && IsHexDigest(name.substr(0, name.size() - kExtension.size()));
}

// "<name>.<process>-<number>.tmp": what WriteFileAtomically leaves of `name` if it is killed.
bool IsTemporary(std::string_view name, std::string_view of) {
  if (!name.starts_with(of) || !name.ends_with(".tmp")) return false;
  name.remove_prefix(of.size());
  return name.size() > 5 && name.front() == '.' &&
         name.substr(1, name.size() - 5).find_first_not_of("0123456789-") == std::string_view::npos;
}

bool IsTemporarySnapshot(std::string_view name) {
  const std::string_view of = name.substr(0, kHexDigest + kExtension.size());
  return IsSnapshotName(of) && IsTemporary(name, of);
}

// Calls `visit` with the name of each entry.
Result<void> ForEach(const std::string& directory,
                     const std::function<void(const std::string& name)>& visit) {
  std::error_code status;
  fs::directory_iterator entries(directory, status);
  // Collected first: entries may be removed by the visitor.
  std::vector<std::string> names;
  while (!status && entries != fs::directory_iterator()) {
    names.push_back(entries->path().filename().string());
    entries.increment(status);
  }
  if (status) return SystemError(directory, "list", status.value());
  for (const std::string& name : names) visit(name);
  return {};
}

// Whether NANO may write here: a dist, an empty directory, or what an interrupted first build left.
Result<void> CheckOurs(const std::string& directory) {
  const std::string manifest = directory + "/" + std::string(kManifest);
  std::error_code status;
  if (fs::exists(manifest, status)) {
    const Result<std::string> text = ReadFile(manifest);
    if (!text.ok()) return text.error();
    if (LooksLikeManifest(*text)) return {};
    return Error{"its manifest.json is not one of NANO's", directory,
                 "Choose another directory, or remove this one first."};
  }
  std::string foreign;
  const auto note = [&foreign](const std::string& name) {
    if (foreign.empty()) foreign = name;
  };
  Result<void> listed = ForEach(directory, [&](const std::string& name) {
    const bool ours =
        name == DirectoryLock::kFileName || name == kSnapshots || IsTemporary(name, kManifest);
    if (!ours) note(name);
  });
  if (!listed.ok()) return listed;
  const std::string snapshots = directory + "/" + std::string(kSnapshots);
  if (fs::is_directory(snapshots, status)) {
    listed = ForEach(snapshots, [&](const std::string& name) {
      if (!IsSnapshotName(name) && !IsTemporarySnapshot(name)) note("snapshots/" + name);
    });
    if (!listed.ok()) return listed;
  }
  if (foreign.empty()) return {};
  return Error{"it holds '" + foreign + "' and no manifest.json: it was not made by nanoc",
               directory, "Choose another directory, or remove this one first."};
}

// Removes what builds that were killed left. Only under the lock: no other build is writing.
Result<void> RemoveTemporaries(const std::string& directory) {
  Result<void> removed;
  const auto remove = [&removed](const std::string& path) {
    if (unlink(path.c_str()) != 0 && errno != ENOENT && removed.ok()) {
      removed = SystemError(path, "remove", errno);
    }
  };
  Result<void> listed = ForEach(directory, [&](const std::string& name) {
    if (IsTemporary(name, kManifest)) remove(directory + "/" + name);
  });
  if (!listed.ok()) return listed;
  const std::string snapshots = directory + "/" + std::string(kSnapshots);
  std::error_code status;
  if (fs::is_directory(snapshots, status)) {
    listed = ForEach(snapshots, [&](const std::string& name) {
      if (IsTemporarySnapshot(name)) remove(snapshots + "/" + name);
    });
    if (!listed.ok()) return listed;
  }
  return removed;
}

bool Holds(const std::string& path, std::string_view bytes) {
  std::error_code status;
  if (!fs::is_regular_file(fs::symlink_status(path, status))) return false;
  const Result<MappedFile> file = MappedFile::Open(path);
  return file.ok() && file->bytes() == bytes;
}

}  // namespace

Result<std::unique_ptr<DistWriter>> DistWriter::Open(const std::string& given,
                                                     const runtime::Identity& identity) {
  std::string directory = given;
  while (directory.size() > 1 && directory.back() == '/') directory.pop_back();
  std::error_code status;
  const bool existed = fs::exists(directory, status);
  if (Result<void> made = MakeDirectories(directory); !made.ok()) return std::move(made).error();
  // Before locking: the lock's file must not appear in a directory that is not ours.
  if (Result<void> ours = CheckOurs(directory); !ours.ok()) return std::move(ours).error();
  Result<DirectoryLock> lock = DirectoryLock::Acquire(directory);
  if (!lock.ok()) return std::move(lock).error();
  std::unique_ptr<DistWriter> writer(new DistWriter(directory, identity, std::move(lock).value()));
  writer->made_.directory = !existed;
  if (Result<void> removed = RemoveTemporaries(directory); !removed.ok()) {
    return std::move(removed).error();
  }
  return writer;
}

DistWriter::~DistWriter() {
  const bool undo = !keep_;
  if (undo) {
    for (const std::string& file : made_.files) unlink(file.c_str());
    if (made_.snapshots) rmdir((directory_ + "/" + std::string(kSnapshots)).c_str());
  }
  lock_ = DirectoryLock();
  if (undo && made_.directory) rmdir(directory_.c_str());
}

Result<StoredSnapshot> DistWriter::AddSnapshot(const std::string& container_path) {
  const Result<MappedFile> file = MappedFile::Open(container_path);
  if (!file.ok()) return file.error();
  const std::string_view bytes = file->bytes();
  if (Result<Sections> checked = DecodeContainer(bytes, identity_, container_path); !checked.ok()) {
    return std::move(checked).error();
  }
  StoredSnapshot stored{ClaimedDigest(bytes), bytes.size()};
  const std::string path = directory_ + "/" + SnapshotPath(stored.digest);
  if (!Holds(path, bytes)) {
    const std::string snapshots = directory_ + "/" + std::string(kSnapshots);
    std::error_code status;
    const bool existed = fs::exists(snapshots, status);
    if (Result<void> made = MakeDirectories(snapshots); !made.ok()) return std::move(made).error();
    if (!existed) made_.snapshots = true;
    // A damaged one may be in its place, which is better replaced for good.
    const bool replaced = fs::exists(path, status);
    if (Result<void> written = WriteFileAtomically(path, bytes); !written.ok()) {
      return std::move(written).error();
    }
    if (!replaced) made_.files.push_back(path);
  }
  added_.insert(stored.digest);
  return stored;
}

Result<CommitOutcome> DistWriter::Commit(std::vector<ManifestApp> apps) {
  for (const ManifestApp& app : apps) NANO_CHECK(added_.contains(app.digest));
  std::set<std::string> used;
  for (const ManifestApp& app : apps) used.insert(app.digest);

  const std::string path = directory_ + "/" + std::string(kManifest);
  const std::string text =
      EncodeManifest({identity_.engine_release, identity_.v8_version, std::move(apps)});
  // Nobody should build what nobody can read.
  if (Result<Manifest> readable = DecodeManifest(text, path); !readable.ok()) {
    return std::move(readable).error();
  }
  keep_ = true;
  // The same apps again: the file's time should not tell anybody that something has changed.
  if (!Holds(path, text)) {
    if (Result<void> written = WriteFileAtomically(path, text); !written.ok()) {
      return std::move(written).error();
    }
  }

  CommitOutcome outcome;
  const std::string snapshots = directory_ + "/" + std::string(kSnapshots);
  Result<void> listed = ForEach(snapshots, [&](const std::string& name) {
    if (!IsSnapshotName(name) || used.contains(name.substr(0, kHexDigest))) return;
    const std::string unused = snapshots + "/" + name;
    if (unlink(unused.c_str()) == 0) {
      ++outcome.removed;
    } else {
      outcome.warnings.push_back(SystemError(unused, "remove", errno));
    }
  });
  if (!listed.ok() && !used.empty()) outcome.warnings.push_back(std::move(listed).error());
  return outcome;
}

}  // namespace nano::snapshot

// The state's folder.
#include "server/deploy/state_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/system_error.h"
#include "server/deploy/stored_state_json.h"
#include "snapshot/digest.h"

namespace nano::server {
namespace {

namespace fs = std::filesystem;

const std::string kState = "state.json";
constexpr char kSnapshots[] = "snapshots";
constexpr char kUploads[] = "uploads";
constexpr char kLock[] = "lock";
constexpr std::string_view kExtension = ".snap";
// A thousand apps with all that can be changed of each.
constexpr size_t kMaxState = size_t{256} << 20;

std::string NameOf(const std::string& digest) { return digest + std::string(kExtension); }

// Its own name until a snapshot is whole: as Folder::Write has it, so that Folder::IsTemporary
// knows it.
std::string TemporaryNameOf(const std::string& name) {
  return name + "." + std::to_string(getpid()) + "-0.tmp";
}

bool IsSnapshotName(std::string_view name) {
  return name.ends_with(kExtension) &&
         snapshot::IsHexDigest(name.substr(0, name.size() - kExtension.size()));
}

Result<Folder> OpenOrMake(const Folder& folder, const char* name) {
  std::optional<Folder> inner = TRY(folder.OpenFolder(name));
  if (inner.has_value()) return std::move(*inner);
  return folder.MakeFolder(name);
}

// A lock of this process (fcntl(2)). flock(2)'s would be the workers' as well, who outlive a
// supervisor that is killed, if only for moments in which its successor starts.
Result<Descriptor> Lock(const Folder& folder) {
  const std::string path = folder.PathOf(kLock);
  Descriptor file = OpenAt(folder.descriptor(), kLock, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
  if (file.get() < 0) return SystemError(path, "create", errno);
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (fcntl(file.get(), F_SETLK, &lock) == 0) return file;
  if (errno != EACCES && errno != EAGAIN) return SystemError(path, "lock", errno);
  std::string who = "another server";
  if (fcntl(file.get(), F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK) {
    who += " (process " + std::to_string(lock.l_pid) + ")";
  }
  return Error{who + " keeps its state in it", folder.path(),
               "Stop that one, or give this one a folder of its own by `server.state`."};
}

// A folder with those on the way there: on disk, as what is saved in it is no more so than the way.
Result<void> MakeDurably(const std::string& path) {
  std::error_code unknown;
  fs::path there = fs::absolute(path, unknown).lexically_normal();
  std::vector<fs::path> parents;  // Of those that are made.
  for (; there.has_relative_path() && !fs::exists(there, unknown); there = there.parent_path()) {
    parents.push_back(there.parent_path());
  }
  TRY(MakeDirectories(path));
  for (const fs::path& parent : parents) {
    const std::optional<Folder> folder = TRY(Folder::Open(parent.string()));
    if (folder.has_value()) TRY(folder->Sync());
  }
  return {};
}

// The folder, for nobody but this user: it holds secrets.
Result<Folder> OpenPrivate(const std::string& path) {
  std::optional<Folder> folder = TRY(Folder::Open(path));
  if (!folder.has_value()) {
    TRY(MakeDurably(path));
    folder = TRY(Folder::Open(path));
    if (!folder.has_value()) return SystemError(path, "open", ENOENT);
  }
  struct stat status {};
  if (fstat(folder->descriptor(), &status) != 0) return SystemError(path, "look at", errno);
  if ((status.st_mode & 077) != 0 && fchmod(folder->descriptor(), 0700) != 0) {
    return SystemError(path, "make private", errno);
  }
  return std::move(*folder);
}

Result<StoredState> ReadState(const Folder& folder) {
  if (!folder.Has(kState)) return StoredState();
  const std::string path = folder.PathOf(kState);
  return DecodeState(TRY(ReadFile(path, kMaxState)), path);
}

// What servers that were killed left. What cannot be removed does no harm.
void RemoveLeftovers(const Folder& folder, const Folder& snapshots, const Folder& uploads) {
  const auto remove = [](const Folder& from, const auto& is_leftover) {
    const Result<std::vector<std::string>> names = from.Names();
    if (!names.ok()) return;
    for (const std::string& name : *names) {
      if (is_leftover(name)) (void)from.Remove(name);
    }
  };
  remove(folder, [](std::string_view name) { return Folder::IsTemporary(name, kState); });
  remove(snapshots, [](std::string_view name) {
    const std::string_view of = name.substr(0, name.find('.') + kExtension.size());
    return IsSnapshotName(of) && Folder::IsTemporary(name, of);
  });
  remove(uploads, [](std::string_view) { return true; });
}

// On disk, the name and what it names.
Result<void> Sync(const Folder& folder, const std::string& name) {
  const Descriptor file = OpenAt(folder.descriptor(), name, O_RDONLY | O_NOFOLLOW);
  if (file.get() < 0 || fsync(file.get()) != 0) {
    return SystemError(folder.PathOf(name), "write", errno);
  }
  return folder.Sync();
}

}  // namespace

Result<std::unique_ptr<StateStore>> StateStore::Open(const std::string& path) {
  Folder folder = TRY(OpenPrivate(path));
  Descriptor lock = TRY(Lock(folder));
  StoredState state = TRY(ReadState(folder));
  Folder snapshots = TRY(OpenOrMake(folder, kSnapshots));
  Folder uploads = TRY(OpenOrMake(folder, kUploads));
  RemoveLeftovers(folder, snapshots, uploads);
  return std::unique_ptr<StateStore>(new StateStore(std::move(folder), std::move(snapshots),
                                                    std::move(uploads), std::move(lock),
                                                    std::move(state)));
}

// A second descriptor of the file would, when the first one is closed, lose the lock (fcntl(2)).
Result<void> StateStore::Relock() {
  if (is_locked()) return {};
  lock_ = TRY(Lock(folder_));
  return {};
}

Error StateStore::IsOthers() const {
  return {"another server has it now", folder_.path(), "Ask that one."};
}

Result<void> StateStore::Follow() {
  if (!is_locked()) return {};  // It is another server's to follow.
  const std::string& path = folder_.path();
  struct stat held {
  }, found{};
  if (fstat(folder_.descriptor(), &held) != 0) return SystemError(path, "look at", errno);
  const bool is_there = stat(path.c_str(), &found) == 0;
  if (is_there && held.st_dev == found.st_dev && held.st_ino == found.st_ino) return {};
  // In the middle of being replaced; what is made now would be in the way.
  const std::string around = fs::path(path).parent_path().string();
  if (stat(around.c_str(), &found) != 0) return SystemError(around, "open", errno);
  const std::unique_ptr<StateStore> other = TRY(Open(path));
  const std::string kept = "/proc/self/fd/" + std::to_string(snapshots_.descriptor()) + "/";
  for (const StoredState::Entry& app : state_.apps()) {
    Result<void> added;
    app->EachSnapshot([&](const StoredSnapshot& snapshot) {
      const std::string& digest = snapshot.digest;
      if (added.ok() && HasSnapshot(digest)) {
        added = other->AddSnapshot(kept + NameOf(digest), digest);
      }
    });
    TRY(std::move(added));
  }
  TRY(other->Save(state_));
  *this = std::move(*other);
  return {};
}

Result<void> StateStore::Save(StoredState state) {
  if (!is_locked()) return IsOthers();
  auto lines = TRY(LinesOf(state));
  TRY(folder_.Write(kState, JoinState(lines), 0600));
  state_ = std::move(state);
  lines_ = std::move(lines);
  return {};
}

// Those of the entries that are in the present state are as they were.
Result<StateLines> StateStore::LinesOf(const StoredState& state) const {
  StateLines lines;
  size_t at = 0;  // In the present state, which has no lines before it is saved first.
  for (const StoredState::Entry& app : state.apps()) {
    while (at < lines_.size() && state_.apps()[at]->name < app->name) ++at;
    if (at < lines_.size() && state_.apps()[at] == app) {
      lines.push_back(lines_[at]);
      continue;
    }
    TRY(CheckSnapshots(*app));
    std::string line = EncodeStoredApp(*app);
    // Nobody should keep what nobody can read.
    TRY(DecodeState(JoinState({std::make_shared<const std::string>(line)}),
                    folder_.PathOf(kState)));
    lines.push_back(std::make_shared<const std::string>(std::move(line)));
  }
  return lines;
}

// What was named before may be missing: it is told where it is needed.
Result<void> StateStore::CheckSnapshots(const StoredApp& app) const {
  std::set<std::string> before;
  if (const StoredState::Entry old = state_.Find(app.name)) {
    old->EachSnapshot([&](const StoredSnapshot& snapshot) { before.insert(snapshot.digest); });
  }
  Result<void> all;
  app.EachSnapshot([&](const StoredSnapshot& snapshot) {
    const std::string& digest = snapshot.digest;
    if (before.contains(digest) || HasSnapshot(digest)) return;
    all = Error{"the snapshot is missing", SnapshotPath(digest), "Upload it again."};
  });
  return all;
}

Result<void> StateStore::AddSnapshot(const std::string& file, const std::string& digest) {
  if (!is_locked()) return IsOthers();
  const std::string name = NameOf(digest);
  const std::string temporary = TemporaryNameOf(name);
  const int to = snapshots_.descriptor();
  unlinkat(to, temporary.c_str(), 0);
  // Without a link where there can be none: on another file system, or of another user's file.
  if (linkat(AT_FDCWD, file.c_str(), to, temporary.c_str(), AT_SYMLINK_FOLLOW) != 0) {
    const MappedFile source = TRY(MappedFile::Open(file));
    return snapshots_.Write(name, source.bytes());
  }
  // In place of one that is there, which may be damaged.
  const int error_number = renameat(to, temporary.c_str(), to, name.c_str()) == 0 ? 0 : errno;
  // Two names of one file are left as they are.
  unlinkat(to, temporary.c_str(), 0);
  if (error_number != 0) return SystemError(SnapshotPath(digest), "write", error_number);
  return Sync(snapshots_, name);
}

Result<void> StateStore::WriteSnapshot(std::string_view bytes, const std::string& digest) {
  if (!is_locked()) return IsOthers();
  return snapshots_.Write(NameOf(digest), bytes);
}

std::string StateStore::SnapshotPath(const std::string& digest) const {
  return snapshots_.PathOf(NameOf(digest));
}

bool StateStore::HasSnapshot(const std::string& digest) const {
  return snapshots_.Has(NameOf(digest));
}

void StateStore::RemoveUnused(const std::set<std::string>& served) {
  if (!is_locked()) return;
  std::set<std::string> used = served;
  for (const StoredState::Entry& app : state_.apps()) {
    app->EachSnapshot([&](const StoredSnapshot& snapshot) { used.insert(snapshot.digest); });
  }
  const Result<std::vector<std::string>> names = snapshots_.Names();
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    if (!IsSnapshotName(name)) continue;
    if (!used.contains(name.substr(0, name.size() - kExtension.size()))) {
      (void)snapshots_.Remove(name);
    }
  }
}

void StateStore::RemoveIfUnused(const std::string& digest) {
  if (!is_locked()) return;
  bool used = false;
  for (const StoredState::Entry& app : state_.apps()) {
    app->EachSnapshot([&](const StoredSnapshot& named) { used = used || named.digest == digest; });
  }
  if (!used && HasSnapshot(digest)) (void)snapshots_.Remove(NameOf(digest));
}

}  // namespace nano::server

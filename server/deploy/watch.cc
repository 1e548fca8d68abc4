// The way to each file, by inotify.
#include "server/deploy/watch.h"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <filesystem>
#include <utility>

#include "base/system_error.h"

namespace nano::server {
namespace {

namespace fs = std::filesystem;

// What can make a name lead elsewhere.
constexpr uint32_t kOnTheWay =
    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;
// What can change a file.
constexpr uint32_t kContents = IN_MODIFY | IN_CLOSE_WRITE;
// About the folder itself, or all of them: no name.
constexpr uint32_t kNameless = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_Q_OVERFLOW;

// As many as the kernel follows.
constexpr int kMostLinks = 40;

Error TooMany(const char* what, const char* setting, const std::string& where) {
  return {std::string("the system takes no more ") + what + " of this user", where,
          std::string("Raise ") + setting + " (`sysctl " + setting +
              "` shows it), or serve without watching: a reload by SIGHUP needs none."};
}

void PushFront(std::deque<std::string>& parts, const fs::path& path) {
  std::vector<std::string> names;
  for (const fs::path& part : path.relative_path()) names.push_back(part.string());
  parts.insert(parts.begin(), names.begin(), names.end());
}

}  // namespace

Result<std::unique_ptr<Watch>> Watch::Start(uv_loop_t* loop, const std::vector<std::string>& files,
                                            Callbacks callbacks) {
  Descriptor inotify(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (inotify.get() < 0) {
    if (errno == EMFILE) {
      return TooMany("watchers (or open files)", "fs.inotify.max_user_instances", "inotify");
    }
    return SystemError("inotify", "open", errno);
  }
  std::unique_ptr<Watch> watch(new Watch(loop, std::move(inotify), std::move(callbacks)));
  watch->poll_ = TRY(net::Poll::Of(loop, watch->inotify_.get(),
                                   [watch = watch.get()](int) { watch->OnReadable(); }));
  TRY(watch->Replace(files));
  watch->poll_->Start(UV_READABLE);
  return watch;
}

Watch::Watch(uv_loop_t* loop, Descriptor inotify, Callbacks callbacks)
    : loop_(loop),
      inotify_(std::move(inotify)),
      callbacks_(std::move(callbacks)),
      settled_(loop, [this] {
        first_change_.reset();
        callbacks_.changed();
      }) {}

Result<void> Watch::Replace(const std::vector<std::string>& files) {
  files_.clear();
  for (const std::string& file : files) {
    std::error_code error;
    files_.push_back(fs::absolute(file, error).string());
    if (error) return SystemError(file, "watch", error.value());
  }
  return Rescan();
}

// The folders that were watched before and are so no longer are given up at last: in between
// nothing is missed.
Result<void> Watch::Rescan() {
  std::map<int, Watched> watched;
  Result<void> result;
  for (const std::string& file : files_) {
    Result<void> followed = Follow(file, watched);
    if (!followed.ok() && result.ok()) result = std::move(followed);
  }
  for (const auto& [number, folder] : watched_) {
    // Of one that is gone the kernel has removed it already.
    if (!watched.contains(number)) inotify_rm_watch(inotify_.get(), number);
  }
  watched_ = std::move(watched);
  return result;
}

// Each folder is watched before it is looked into: what changes afterwards is an event.
Result<void> Watch::Follow(const std::string& path, std::map<int, Watched>& watched) {
  std::deque<std::string> parts;
  PushFront(parts, path);
  fs::path folder = "/";
  int links = 0;
  while (!parts.empty()) {
    const std::string name = std::move(parts.front());
    parts.pop_front();
    if (name.empty() || name == ".") continue;
    if (name == "..") {
      folder = folder.parent_path();
      continue;
    }
    const bool is_last = parts.empty();
    const std::optional<int> number =
        TRY(Add(folder.string(), is_last ? kOnTheWay | kContents : kOnTheWay));
    if (number.has_value()) {
      watched[*number].names.insert(name);
    } else if (is_last && access(folder.c_str(), F_OK) == 0) {
      return Error{"changes in it cannot be watched: it may not be listed", folder.string(),
                   "Let the server's user read the folder, or reload by SIGHUP."};
    }
    const fs::path next = folder / name;
    struct stat status {};
    if (lstat(next.c_str(), &status) != 0) return {};  // Its coming is an event.
    if (S_ISLNK(status.st_mode)) {
      std::error_code error;
      const fs::path target = fs::read_symlink(next, error);
      if (error || ++links > kMostLinks) return {};
      PushFront(parts, target);
      if (target.is_absolute()) folder = "/";
    } else if (!is_last) {
      if (!S_ISDIR(status.st_mode)) return {};
      folder = next;
    }
  }
  return {};
}

Result<std::optional<int>> Watch::Add(const std::string& folder, uint32_t events) {
  constexpr uint32_t kFlags = IN_ONLYDIR | IN_MASK_ADD | IN_EXCL_UNLINK;
  const int number = inotify_add_watch(inotify_.get(), folder.c_str(), events | kFlags);
  if (number >= 0) return std::optional<int>(number);
  switch (errno) {
    case ENOENT:
    case ENOTDIR:
    case EACCES:
      return std::optional<int>();
    case ENOSPC:
      return TooMany("folders to watch", "fs.inotify.max_user_watches", folder);
    default:
      return SystemError(folder, "watch", errno);
  }
}

void Watch::OnReadable() {
  bool changed = false;
  for (;;) {
    // Room for many; aligned as the kernel writes them.
    alignas(inotify_event) std::array<char, 16 * 1024> buffer;
    const ssize_t size = read(inotify_.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    if (Heeds({buffer.data(), static_cast<size_t>(size)})) changed = true;
  }
  if (changed) OnChange();
}

bool Watch::Heeds(std::string_view events) {
  bool heeds = false;
  while (events.size() >= sizeof(inotify_event)) {
    inotify_event event{};
    std::memcpy(&event, events.data(), sizeof event);
    // Padded with zeros.
    const std::string_view name(
        events.data() + sizeof event,
        event.len == 0 ? 0 : strnlen(events.data() + sizeof event, event.len));
    events.remove_prefix(sizeof event + event.len);
    const auto folder = watched_.find(event.wd);
    if ((event.mask & IN_Q_OVERFLOW) != 0) {
      heeds = true;
    } else if (folder != watched_.end()) {
      heeds = heeds || (event.mask & kNameless) != 0 || folder->second.names.contains(name);
    }
  }
  return heeds;
}

void Watch::OnChange() {
  // The way may lead on now, or elsewhere: what changes there counts as well, from now on.
  if (const Result<void> watched = Rescan(); !watched.ok() && callbacks_.failed) {
    callbacks_.failed(watched.error());
  }
  const uint64_t now = uv_now(loop_);
  if (!first_change_) first_change_ = now;
  const uint64_t latest = *first_change_ + static_cast<uint64_t>(kLongest.count());
  const uint64_t left = latest > now ? latest - now : 0;
  settled_.Start(std::min<uint64_t>(left, static_cast<uint64_t>(kQuiet.count())));
}

}  // namespace nano::server

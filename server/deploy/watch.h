// Notices that files change on disk, or come, or go: the manifest of a dist, which is replaced by a
// rename, with its folder or by a link that is led elsewhere; the files of a configuration, which
// editors write in ways of their own.
//
// Of each file, the folder that it is in is watched by inotify(7), and so are the folders on the
// way there, links included, for the names that lead on. So nothing that is watched has to be
// there: what there is of the way is watched, and followed on when more of it comes. One burst of
// changes is told once, when it has settled. That nothing is told of what was not changed is not
// promised.
//
// What another machine changes on a network file system (NFS, SMB, 9P) the kernel does not tell;
// nor do some containers' mounts of the host's folders. Whoever serves from there reloads by a
// signal.
//
// Owns an inotify instance. Thread: the loop's own.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "net/handles.h"

namespace nano::server {

class Watch {
 public:
  // So long nothing more has changed: then it is told.
  static constexpr std::chrono::milliseconds kQuiet{100};
  // But no longer after the first change, though the changes go on; they are told again then.
  static constexpr std::chrono::milliseconds kLongest{1000};

  struct Callbacks {
    // Something has changed, and is settled. May destroy the Watch, or give it other files.
    std::function<void()> changed;
    // A part of the way cannot be watched (any more), and changes may be missed.
    std::function<void(const Error&)> failed;
  };

  // `files` may be relative to the working directory, which is asked for now. Fails if the system
  // has no room for watching.
  static Result<std::unique_ptr<Watch>> Start(uv_loop_t* loop,
                                              const std::vector<std::string>& files,
                                              Callbacks callbacks);
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // Watches these instead. What has changed of those before, and was not told yet, is told all the
  // same. On failure what can be watched is.
  Result<void> Replace(const std::vector<std::string>& files);

 private:
  // A folder that is watched.
  struct Watched {
    std::set<std::string, std::less<>> names;  // Of entries that lead on, or are watched for.
  };

  Watch(uv_loop_t* loop, Descriptor inotify, Callbacks callbacks);

  void OnReadable();
  // Whether any of the events is about what is watched.
  bool Heeds(std::string_view events);
  void OnChange();
  Result<void> Rescan();
  // Watches a file's folder and those on the way.
  Result<void> Follow(const std::string& path, std::map<int, Watched>& watched);
  // The number of a folder's watch; none: there is no such folder (any more), or it is not for us
  // to list.
  Result<std::optional<int>> Add(const std::string& folder, uint32_t events);

  uv_loop_t* const loop_;
  const Descriptor inotify_;
  const Callbacks callbacks_;
  std::vector<std::string> files_;  // Absolute.
  std::map<int, Watched> watched_;  // By the numbers that inotify gives.
  std::optional<net::Poll> poll_;
  net::Timer settled_;
  std::optional<uint64_t> first_change_;  // That was not told yet; by the loop's time.
};

}  // namespace nano::server

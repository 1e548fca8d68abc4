// A folder that is held open, so that what is listed, written and removed in it lies in it,
// whatever its path leads to meanwhile. Names are those of entries: no paths, and never followed if
// they are symbolic links.
//
// Owns the descriptor. Thread: any one at a time. All calls block.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"

namespace nano {

class Folder {
 public:
  // None: there is nothing at `path`, which may be a symbolic link to a folder. Fails if it is a
  // link that leads nowhere.
  static Result<std::optional<Folder>> Open(const std::string& path);

  // A folder in this one. None: there is nothing of that name. Fails if it is a link.
  Result<std::optional<Folder>> OpenFolder(const std::string& name) const;

  // Makes a folder in this one, on disk when it returns. Fails if there is something of that name.
  Result<Folder> MakeFolder(const std::string& name) const;

  // The entries, in the order of their bytes.
  Result<std::vector<std::string>> Names() const;

  // Whether there is anything of that name, and a regular file with these contents.
  bool Has(const std::string& name) const;
  bool Holds(const std::string& name, std::string_view contents) const;

  // Replaces a file or a link by a file: see WriteFileAtomically (base/file.h).
  Result<void> Write(const std::string& name, std::string_view contents,
                     unsigned mode = 0644) const;

  // Waits until the entries are on disk as they are now: their names, not what is in them. Some
  // file systems cannot; nothing is lost but the guarantee.
  Result<void> Sync() const;

  // Removes a file or a link; fine if there is none.
  Result<void> Remove(const std::string& name) const;
  // Removes a folder if it is empty; quiet if it is not.
  void RemoveIfEmpty(const std::string& name) const;

  // As it was opened; for messages and for what only takes paths.
  const std::string& path() const { return path_; }
  // For system calls that take one; it stays the folder's.
  int descriptor() const { return descriptor_.get(); }
  std::string PathOf(const std::string& name) const { return path_ + "/" + name; }

  // Whether a name is one that Write gives `name` until it is whole, and that stays if the process
  // is killed meanwhile: "<name>.<process>-<number>.tmp".
  static bool IsTemporary(std::string_view temporary, std::string_view name);

 private:
  Folder(std::string path, Descriptor descriptor)
      : path_(std::move(path)), descriptor_(std::move(descriptor)) {}

  std::string path_;
  Descriptor descriptor_;
};

}  // namespace nano

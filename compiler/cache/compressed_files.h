// What was compressed before, so that it is not again: compression is most of what packing an app's
// assets takes.
//
//   DIRECTORY/compressed/<SHA-256 of the contents>.<coding>    of what is large
//   DIRECTORY/compressed/<SHA-256 of a folder's path>.small    see
//   compiler/cache/compressed_record.h
//
// Owns the path alone. Files appear whole or not at all. Thread: any. All calls block.
#pragma once

#include <optional>
#include <string>
#include <utility>

namespace nano::compiler {

class CompressedFiles {
 public:
  CompressedFiles() = default;  // Keeps nothing.
  // In a folder that exists.
  explicit CompressedFiles(std::string directory) : directory_(std::move(directory)) {}

  // Contents by their digest, in a coding by its name; empty if they do not become smaller. None:
  // they are not known.
  std::optional<std::string> Find(const std::string& digest, const std::string& coding) const;
  // What cannot be kept is compressed again next time.
  void Store(const std::string& digest, const std::string& coding,
             const std::string& compressed) const;

  // Where what is small is kept of the files of a folder; empty: nowhere.
  std::string RecordPath(const std::string& folder) const;

  // Whether a file of this name may be one that Store has made, or is about to.
  static bool IsOurs(const std::string& name);

 private:
  std::string PathOf(const std::string& digest, const std::string& coding) const;

  std::string directory_;
};

}  // namespace nano::compiler

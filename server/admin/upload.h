// A snapshot that is uploaded: written to a file and hashed as it comes. Nothing is left of one
// that does not come to its end.
//
// Owns the file. Thread: the loop's own, which it blocks for as long as the system takes the bytes
// into its cache, and Finish until they are on disk; the supervisor answers no requests but these.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "base/result.h"
#include "server/deploy/changes.h"
#include "snapshot/digest.h"

namespace nano::server::admin {

class SnapshotUpload {
 public:
  // Begins a file in the folder, which is made if it is not there. Called once, before all else.
  Result<void> Open(const std::string& folder);
  Result<void> Write(std::string_view bytes);
  uint64_t bytes() const { return bytes_; }
  // The file, whole and on disk.
  Result<UploadedFile> Finish();

  // Whether an Error of these calls was that there is no room.
  bool out_of_space() const { return out_of_space_; }

 private:
  Error Failed(const std::string& path, std::string_view action, int error);

  Descriptor file_;
  std::optional<UploadedFile> entry_;
  snapshot::Sha256 hash_;
  uint64_t bytes_ = 0;
  uint64_t unwritten_ = 0;  // Bytes that the system was not asked yet to begin writing to disk.
  bool out_of_space_ = false;
};

}  // namespace nano::server::admin

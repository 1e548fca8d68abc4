// Bytes into a file, towards the disk while they come.
#include "server/admin/upload.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/file.h"
#include "base/system_error.h"

namespace nano::server::admin {
namespace {

// So that what Finish has to wait for does not grow with the file.
constexpr uint64_t kWriteBehind = 8 * 1024 * 1024;

}  // namespace

Result<void> SnapshotUpload::Open(const std::string& folder) {
  TRY(MakeDirectories(folder));
  std::string path = folder + "/upload-XXXXXX";
  file_ = Descriptor(mkostemp(path.data(), O_CLOEXEC));
  if (file_.get() < 0) return Failed(folder, "make a file in", errno);
  entry_.emplace(std::move(path), 0, "");
  return {};
}

Error SnapshotUpload::Failed(const std::string& path, std::string_view action, int error) {
  out_of_space_ = error == ENOSPC || error == EDQUOT || error == EFBIG;
  return SystemError(path, action, error);
}

Result<void> SnapshotUpload::Write(std::string_view bytes) {
  if (!WriteAll(file_.get(), bytes)) return Failed(entry_->path(), "write", errno);
  hash_.Update(bytes);
  bytes_ += bytes.size();
  unwritten_ += bytes.size();
  if (unwritten_ >= kWriteBehind) {
    // A hint: what comes of it is told when all is synced.
    sync_file_range(file_.get(), 0, 0, SYNC_FILE_RANGE_WRITE);
    unwritten_ = 0;
  }
  return {};
}

Result<UploadedFile> SnapshotUpload::Finish() {
  if (fdatasync(file_.get()) != 0) return Failed(entry_->path(), "sync", errno);
  if (file_.Close() != 0) return Failed(entry_->path(), "close", errno);
  UploadedFile whole(entry_->path(), bytes_, snapshot::Hex(hash_.Finish()));
  entry_->Keep();
  return whole;
}

}  // namespace nano::server::admin

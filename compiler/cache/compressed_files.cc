// Compressed contents as files. See compressed_files.h for ownership and threads.
#include "compiler/cache/compressed_files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <string_view>

#include "base/file.h"
#include "base/folder.h"
#include "compiler/cache/compressed_record.h"
#include "snapshot/digest.h"

namespace nano::compiler {
namespace {

constexpr size_t kDigestDigits = 64;

}  // namespace

std::string CompressedFiles::PathOf(const std::string& digest, const std::string& coding) const {
  return directory_ + "/" + digest + "." + coding;
}

std::optional<std::string> CompressedFiles::Find(const std::string& digest,
                                                 const std::string& coding) const {
  if (directory_.empty()) return std::nullopt;
  const std::string path = PathOf(digest, coding);
  Result<std::string> kept = ReadFile(path);
  if (!kept.ok()) return std::nullopt;
  utimensat(AT_FDCWD, path.c_str(), nullptr, 0);  // It is used.
  return std::move(kept).value();
}

void CompressedFiles::Store(const std::string& digest, const std::string& coding,
                            const std::string& compressed) const {
  if (directory_.empty()) return;
  (void)WriteFileAtomically(PathOf(digest, coding), compressed);
}

std::string CompressedFiles::RecordPath(const std::string& folder) const {
  return directory_.empty() ? "" : directory_ + "/" + CompressedRecord::NameFor(folder);
}

bool CompressedFiles::IsOurs(const std::string& name) {
  if (CompressedRecord::IsOurs(name)) return true;
  const std::string_view digest = std::string_view(name).substr(0, kDigestDigits);
  if (!snapshot::IsHexDigest(digest)) return false;
  for (const char* coding : {".br", ".zstd", ".gzip"}) {
    const std::string whole = std::string(digest) + coding;
    if (name == whole || Folder::IsTemporary(name, whole)) return true;
  }
  return false;
}

}  // namespace nano::compiler

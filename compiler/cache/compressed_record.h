// What was compressed of the small files of one folder, in one file of the cache: a file for each
// of them would cost more than compressing it. What is large is in files of its own
// (compressed_files.h).
//
//   the entries, each 64 hex digits of the contents' SHA-256, u8 number of the coding, u32 length
//   (little-endian), bytes; then the SHA-256 of all of that, 64 hex digits
//
// Owns its entries. It is not waited for until it is on disk: what a crash leaves half of is no
// record. Thread: any one at a time. All calls block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace nano::compiler {

// Contents that are no longer are small.
inline constexpr size_t kSmallContents = size_t{64} << 10;

class CompressedRecord {
 public:
  CompressedRecord() = default;  // Keeps nothing.
  // Reads the record, if there is one.
  explicit CompressedRecord(std::string path);
  // Saves.
  ~CompressedRecord();
  CompressedRecord(const CompressedRecord&) = delete;
  CompressedRecord& operator=(const CompressedRecord&) = delete;

  // As CompressedFiles has them; `coding` is below 256.
  std::optional<std::string> Find(const std::string& digest, size_t coding);
  void Store(const std::string& digest, size_t coding, std::string compressed);

  // Replaces the file if anything was stored or nothing asks for a part of it any more. What cannot
  // be kept is compressed again next time.
  void Save();

  // The record's name, without its folder, of the files in a folder.
  static std::string NameFor(const std::string& folder);
  static bool IsOurs(const std::string& name);

 private:
  struct Entry {
    std::string bytes;
    bool used = false;
  };

  void Read(std::string_view text);

  std::string path_;                                // Empty: nothing is kept.
  std::unordered_map<std::string, Entry> entries_;  // By digest and coding.
  bool changed_ = false;
};

}  // namespace nano::compiler

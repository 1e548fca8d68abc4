// The file of one response that is kept: its head, its body, and sums by which both are checked
// before anything of them is believed. Whoever finds that they do not agree drops the file: a cache
// may lose what it has, but what it gives is what was put.
//
// A file is written under a name of its own, and gets the entry's when it is whole. So a process
// that is killed leaves no half entry; and a machine that loses its power leaves none that passes
// for whole, though nobody waits for the disk.
//
// Layout, in the machine's byte order: a header of 64 bytes; the head: the key's text, the status
// text, the fields; the body; the CRC-32 of each block of the body (kBlock bytes), in turn.
//
// Writers own the file that they write to, readers the descriptor. Thread: any one at a time. All
// calls block, on the disk.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"

namespace nano::cache {

// Of the body: what is checked at once.
inline constexpr size_t kBlock = size_t{64} << 10;

// What is kept of a response beside its body. Views are of the maker's.
struct EntryHead {
  std::string_view key;  // Its text (entry_key.h).
  int status = 0;
  std::string_view status_text;
  std::string_view fields;  // A block (http/fields.h).
  int64_t born = 0;         // When it was of the age 0, and …
  int64_t expires = 0;      // … from when on it is stale; seconds since 1970.
};

// Whether it can be a response's at all: what nobody can write into a head is nobody's to read.
bool IsSound(const EntryHead& head);

// Writes an entry's file from its beginning to its end.
class EntryWriter {
 public:
  // A file that is empty, open for writing. The head, a sound one, is copied.
  EntryWriter(Descriptor file, const EntryHead& head);

  // The next part of the body. False, with the reason in errno: the file is of no use.
  bool Write(std::string_view part);
  // All of the body was written. False as above.
  bool Finish();

  uint64_t body_size() const { return body_size_; }
  // Of the file, if it were finished now.
  uint64_t file_size() const;
  int descriptor() const { return file_.get(); }

 private:
  bool Flush();

  const Descriptor file_;
  std::string front_;  // The header, of which only the room is there until the end, and the head.
  uint16_t status_;
  uint32_t key_size_, status_text_size_, fields_size_;
  int64_t born_, expires_;
  std::string block_;  // What of the body has not been written.
  uint64_t body_size_ = 0;
  uint64_t written_ = 0;  // Of the body.
  std::vector<uint32_t> sums_;
};

// Reads one.
class EntryReader {
 public:
  // None: it is no entry, or not the one of this key's text, or its head is damaged.
  static std::optional<EntryReader> Open(Descriptor file, std::string_view key);

  // The key's text that an entry's file says, which is not checked against its name; none: it is
  // no entry.
  static std::optional<std::string> KeyTextOf(const Descriptor& file);

  int status() const { return status_; }
  std::string_view status_text() const;
  std::string_view fields() const;
  uint64_t body_size() const { return body_size_; }
  int64_t born() const { return born_; }
  int64_t expires() const { return expires_; }

  // Bytes of the body from `offset` on, which lies in it: up to `most`, not 0, and no further than
  // to the end of their block. The view is valid until the next call. None: the block is damaged.
  std::optional<std::string_view> Read(uint64_t offset, size_t most);

 private:
  EntryReader() = default;

  Descriptor file_;
  std::string head_;  // The key, the status text, the fields.
  uint32_t key_size_ = 0, status_text_size_ = 0;
  int status_ = 0;
  uint64_t body_size_ = 0, body_offset_ = 0;
  int64_t born_ = 0, expires_ = 0;
  std::vector<uint32_t> sums_;
  std::optional<uint64_t> block_at_;  // Which block of the body is in `block_`, checked.
  std::string block_;
};

}  // namespace nano::cache

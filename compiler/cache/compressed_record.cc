// Reading and writing of the record. See compressed_record.h for ownership and threads.
#include "compiler/cache/compressed_record.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/descriptor.h"
#include "base/file.h"
#include "base/folder.h"
#include "snapshot/digest.h"

namespace nano::compiler {
namespace {

constexpr std::string_view kEnding = ".small";
constexpr size_t kDigestDigits = 64;
constexpr size_t kKeySize = kDigestDigits + 1;
constexpr size_t kLengthSize = 4;

std::string KeyOf(const std::string& digest, size_t coding) {
  return digest + static_cast<char>(coding);
}

uint32_t LengthAt(std::string_view text) {
  uint32_t length = 0;
  for (size_t i = 0; i < kLengthSize; ++i)
    length |= uint32_t{static_cast<uint8_t>(text[i])} << (8 * i);
  return length;
}

void AppendLength(std::string& out, size_t length) {
  for (size_t i = 0; i < kLengthSize; ++i) out += static_cast<char>(length >> (8 * i) & 0xFF);
}

}  // namespace

CompressedRecord::CompressedRecord(std::string path) : path_(std::move(path)) {
  const Result<std::string> text = ReadFile(path_);
  if (!text.ok() || text->size() < kDigestDigits) return;
  const std::string_view whole = *text;
  const std::string_view entries = whole.substr(0, whole.size() - kDigestDigits);
  if (snapshot::Hex(snapshot::Sha256Of(entries)) == whole.substr(entries.size())) Read(entries);
}

CompressedRecord::~CompressedRecord() { Save(); }

void CompressedRecord::Read(std::string_view text) {
  while (text.size() >= kKeySize + kLengthSize) {
    const std::string_view key = text.substr(0, kKeySize);
    const size_t length = LengthAt(text.substr(kKeySize));
    text.remove_prefix(kKeySize + kLengthSize);
    if (length > text.size()) return;
    entries_[std::string(key)].bytes = text.substr(0, length);
    text.remove_prefix(length);
  }
}

std::optional<std::string> CompressedRecord::Find(const std::string& digest, size_t coding) {
  const auto entry = entries_.find(KeyOf(digest, coding));
  if (entry == entries_.end()) return std::nullopt;
  entry->second.used = true;
  return entry->second.bytes;
}

void CompressedRecord::Store(const std::string& digest, size_t coding, std::string compressed) {
  if (path_.empty()) return;
  entries_[KeyOf(digest, coding)] = {.bytes = std::move(compressed), .used = true};
  changed_ = true;
}

void CompressedRecord::Save() {
  if (path_.empty()) return;
  const auto unused = std::count_if(entries_.begin(), entries_.end(),
                                    [](const auto& entry) { return !entry.second.used; });
  if (!changed_ && unused == 0) {
    utimensat(AT_FDCWD, path_.c_str(), nullptr, 0);  // It is used.
    return;
  }
  std::string text;
  for (const auto& [key, entry] : entries_) {
    if (!entry.used) continue;
    text += key;
    AppendLength(text, entry.bytes.size());
    text += entry.bytes;
  }
  text += snapshot::Hex(snapshot::Sha256Of(text));
  changed_ = false;
  const std::string temporary = path_ + "." + std::to_string(getpid()) + "-0.tmp";
  const Descriptor file(open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (file.get() < 0) return;
  if (!WriteAll(file.get(), text) || rename(temporary.c_str(), path_.c_str()) != 0)
    unlink(temporary.c_str());
}

std::string CompressedRecord::NameFor(const std::string& folder) {
  return snapshot::Hex(snapshot::Sha256Of(folder)) + std::string(kEnding);
}

bool CompressedRecord::IsOurs(const std::string& name) {
  const std::string_view digest = std::string_view(name).substr(0, kDigestDigits);
  const std::string whole = std::string(digest) + std::string(kEnding);
  return snapshot::IsHexDigest(digest) && (name == whole || Folder::IsTemporary(name, whole));
}

}  // namespace nano::compiler

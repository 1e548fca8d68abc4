// Writing, reading and checking of entries' files. See entry_file.h for ownership and threads.
#include "storage/cache/entry_file.h"

#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "base/token.h"
#include "storage/cache/messages.h"

namespace nano::cache {
namespace {

constexpr char kMagic[8] = {'N', 'A', 'N', 'O', 'C', 'H', '1', '\n'};

struct Header {
  char magic[8];
  uint64_t body_size;
  int64_t born;
  int64_t expires;
  uint32_t key_size;
  uint32_t status_text_size;
  uint32_t fields_size;
  uint32_t status;
  uint32_t head_sum;   // Of the head.
  uint32_t table_sum;  // Of the sums behind the body.
  uint32_t reserved;
  uint32_t sum;  // Of all before it in the header.
};
static_assert(sizeof(Header) == 64);

uint32_t SumOf(std::string_view bytes) {
  return static_cast<uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}
std::string_view BytesOf(const std::vector<uint32_t>& sums) {
  return {reinterpret_cast<const char*>(sums.data()), sums.size() * sizeof(uint32_t)};
}
uint32_t SumOf(const Header& header) {
  return SumOf({reinterpret_cast<const char*>(&header), offsetof(Header, sum)});
}

bool WriteAt(int file, std::string_view bytes, uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      if (written == 0) errno = ENOSPC;
      return false;
    }
    bytes.remove_prefix(static_cast<size_t>(written));
    offset += static_cast<uint64_t>(written);
  }
  return true;
}

// False: it could not be read, or the file ends before.
bool ReadAt(int file, char* to, size_t size, uint64_t offset) {
  while (size > 0) {
    const ssize_t got = pread(file, to, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    to += got;
    size -= static_cast<size_t>(got);
    offset += static_cast<uint64_t>(got);
  }
  return true;
}

// Seconds, before and behind all that a clock shows.
constexpr int64_t kFar = int64_t{1} << 40;

constexpr std::string_view kInNoText("\0\r\n", 3);

// "name\nvalue\n" repeated (http/fields.h).
bool IsBlock(std::string_view block) {
  while (!block.empty()) {
    const size_t name_end = block.find('\n');
    if (name_end == block.npos) return false;
    const size_t value_end = block.find('\n', name_end + 1);
    if (value_end == block.npos) return false;
    const std::string_view value = block.substr(name_end + 1, value_end - name_end - 1);
    if (!IsToken(block.substr(0, name_end)) || value.find_first_of(kInNoText) != value.npos) {
      return false;
    }
    block.remove_prefix(value_end + 1);
  }
  return true;
}

// False: it is no entry's.
bool ReadHeader(int file, Header& header) {
  return ReadAt(file, reinterpret_cast<char*>(&header), sizeof header, 0) &&
         std::memcmp(header.magic, kMagic, sizeof kMagic) == 0 && header.sum == SumOf(header);
}

uint64_t BlocksOf(uint64_t body) { return (body + kBlock - 1) / kBlock; }

}  // namespace

bool IsSound(const EntryHead& head) {
  return head.key.size() + head.status_text.size() + head.fields.size() <= kMostHead &&
         head.status >= 200 && head.status <= 599 && head.born > -kFar &&
         head.born <= head.expires &&
         head.status_text.find_first_of(kInNoText) == std::string_view::npos &&
         IsBlock(head.fields);
}

EntryWriter::EntryWriter(Descriptor file, const EntryHead& head)
    : file_(std::move(file)),
      status_(static_cast<uint16_t>(head.status)),
      key_size_(static_cast<uint32_t>(head.key.size())),
      status_text_size_(static_cast<uint32_t>(head.status_text.size())),
      fields_size_(static_cast<uint32_t>(head.fields.size())),
      born_(head.born),
      expires_(head.expires) {
  front_.reserve(sizeof(Header) + head.key.size() + head.status_text.size() + head.fields.size());
  front_.resize(sizeof(Header));
  front_.append(head.key).append(head.status_text).append(head.fields);
}

uint64_t EntryWriter::file_size() const {
  return front_.size() + body_size_ + BlocksOf(body_size_) * sizeof(uint32_t);
}

bool EntryWriter::Write(std::string_view part) {
  body_size_ += part.size();
  while (!part.empty()) {
    const size_t room = std::min(kBlock - block_.size(), part.size());
    block_.append(part.substr(0, room));
    part.remove_prefix(room);
    if (block_.size() == kBlock && !Flush()) return false;
  }
  return true;
}

bool EntryWriter::Flush() {
  sums_.push_back(SumOf(block_));
  if (!WriteAt(file_.get(), block_, front_.size() + written_)) return false;
  written_ += block_.size();
  block_.clear();
  return true;
}

bool EntryWriter::Finish() {
  const std::string_view head = std::string_view(front_).substr(sizeof(Header));
  const bool is_small = written_ == 0;
  if (!block_.empty()) {
    sums_.push_back(SumOf(block_));
    if (!is_small && !WriteAt(file_.get(), block_, front_.size() + written_)) return false;
  }
  Header header{};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.body_size = body_size_;
  header.born = born_;
  header.expires = expires_;
  header.key_size = key_size_;
  header.status_text_size = status_text_size_;
  header.fields_size = fields_size_;
  header.status = status_;
  header.head_sum = SumOf(head);
  header.table_sum = SumOf(BytesOf(sums_));
  header.sum = SumOf(header);
  std::memcpy(front_.data(), &header, sizeof header);
  if (is_small) {  // One call for all of it.
    std::string all = std::move(front_);
    all.append(block_).append(BytesOf(sums_));
    return WriteAt(file_.get(), all, 0);
  }
  return WriteAt(file_.get(), BytesOf(sums_), front_.size() + body_size_) &&
         WriteAt(file_.get(), front_, 0);
}

std::optional<EntryReader> EntryReader::Open(Descriptor file, std::string_view key) {
  struct stat status {};
  Header header{};
  if (fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  if (!ReadHeader(file.get(), header)) return std::nullopt;
  const uint64_t head_size =
      uint64_t{header.key_size} + header.status_text_size + header.fields_size;
  const auto file_size = static_cast<uint64_t>(status.st_size);
  // Nothing is believed of sizes but what the file's own is in agreement with.
  if (head_size > kMostHead || header.key_size != key.size() || header.body_size > file_size ||
      sizeof(Header) + head_size + header.body_size +
              BlocksOf(header.body_size) * sizeof(uint32_t) !=
          file_size) {
    return std::nullopt;
  }
  EntryReader reader;
  reader.head_.resize(head_size);
  reader.sums_.resize(BlocksOf(header.body_size));
  reader.body_offset_ = sizeof(Header) + head_size;
  if (!ReadAt(file.get(), reader.head_.data(), head_size, sizeof(Header)) ||
      SumOf(reader.head_) != header.head_sum || !reader.head_.starts_with(key) ||
      !ReadAt(file.get(), reinterpret_cast<char*>(reader.sums_.data()),
              BytesOf(reader.sums_).size(), reader.body_offset_ + header.body_size) ||
      SumOf(BytesOf(reader.sums_)) != header.table_sum) {
    return std::nullopt;
  }
  reader.file_ = std::move(file);
  reader.key_size_ = header.key_size;
  reader.status_text_size_ = header.status_text_size;
  reader.status_ = static_cast<int>(header.status);
  reader.body_size_ = header.body_size;
  reader.born_ = header.born;
  reader.expires_ = header.expires;
  const EntryHead head{.key = key,
                       .status = reader.status_,
                       .status_text = reader.status_text(),
                       .fields = reader.fields(),
                       .born = reader.born_,
                       .expires = reader.expires_};
  if (!IsSound(head)) return std::nullopt;
  return reader;
}

std::optional<std::string> EntryReader::KeyTextOf(const Descriptor& file) {
  Header header{};
  if (!ReadHeader(file.get(), header) || header.key_size > kMostHead) return std::nullopt;
  std::string text(header.key_size, '\0');
  if (!ReadAt(file.get(), text.data(), text.size(), sizeof header)) return std::nullopt;
  return text;
}

std::string_view EntryReader::status_text() const {
  return std::string_view(head_).substr(key_size_, status_text_size_);
}
std::string_view EntryReader::fields() const {
  return std::string_view(head_).substr(key_size_ + status_text_size_);
}

std::optional<std::string_view> EntryReader::Read(uint64_t offset, size_t most) {
  const uint64_t at = offset / kBlock;
  if (block_at_ != at) {
    block_at_.reset();
    block_.resize(std::min<uint64_t>(kBlock, body_size_ - at * kBlock));
    if (!ReadAt(file_.get(), block_.data(), block_.size(), body_offset_ + at * kBlock) ||
        SumOf(block_) != sums_[at]) {
      return std::nullopt;
    }
    block_at_ = at;
  }
  return std::string_view(block_).substr(offset % kBlock, most);
}

}  // namespace nano::cache

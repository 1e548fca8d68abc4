// Keeps records between two counters of bytes. See log_tail.h for ownership and threads.
#include "server/log/log_tail.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>

#include "base/check.h"

namespace nano::server {
namespace {

struct Header {
  uint64_t number;
  uint32_t app_bytes;
  uint32_t text_bytes;

  size_t size() const { return sizeof(Header) + app_bytes + text_bytes; }
};

}  // namespace

struct LogTail::Shared {
  std::atomic<uint64_t> lines;  // Ever written.
  // Bytes ever overwritten and put in. Records are overwritten only once `begin` is behind them,
  // and are there only once `end` is: a writer may be killed in between.
  std::atomic<uint64_t> begin, end;
  char ring[kRingBytes];  // Pages are made when they are touched.
};

LogTail::LogTail() {
  void* page =
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  NANO_CHECK(page != MAP_FAILED);
  shared_ = new (page) Shared;  // Zeros already; not to be touched all over.
}

LogTail::~LogTail() { munmap(shared_, sizeof(Shared)); }

void LogTail::Put(uint64_t at, const void* bytes, size_t size) {
  if (size == 0) return;  // An empty view may point nowhere, which memcpy must not be given.
  const size_t offset = at % kRingBytes;
  const size_t first = std::min(size, kRingBytes - offset);
  std::memcpy(shared_->ring + offset, bytes, first);
  std::memcpy(shared_->ring, static_cast<const char*>(bytes) + first, size - first);
}

void LogTail::Get(uint64_t at, void* bytes, size_t size) const {
  if (size == 0) return;
  const size_t offset = at % kRingBytes;
  const size_t first = std::min(size, kRingBytes - offset);
  std::memcpy(bytes, shared_->ring + offset, first);
  std::memcpy(static_cast<char*>(bytes) + first, shared_->ring, size - first);
}

void LogTail::MakeRoom(size_t size) {
  const uint64_t end = shared_->end;
  uint64_t begin = shared_->begin;
  while (end + size - begin > kRingBytes) {
    Header oldest;
    Get(begin, &oldest, sizeof oldest);
    begin += oldest.size();
  }
  shared_->begin = begin;
}

void LogTail::Append(std::string_view app, std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  const Header header{.number = shared_->lines++,
                      .app_bytes = static_cast<uint32_t>(app.size()),
                      .text_bytes = static_cast<uint32_t>(line.size())};
  if (app.size() > kRingBytes || line.size() > kRingBytes || header.size() > kRingBytes) return;
  MakeRoom(header.size());
  const uint64_t end = shared_->end;
  Put(end, &header, sizeof header);
  Put(end + sizeof header, app.data(), app.size());
  Put(end + sizeof header + app.size(), line.data(), line.size());
  shared_->end = end + header.size();
}

void LogTail::Miss() { ++shared_->lines; }

bool LogTail::HasMore(uint64_t at) const { return shared_->end != at; }

std::string LogTail::CopyFrom(uint64_t& at) const {
  at = std::max(at, shared_->begin.load());
  std::string records(shared_->end - at, '\0');
  Get(at, records.data(), records.size());
  at += records.size();
  return records;
}

std::vector<LogTail::Line> LogTail::Parse(std::string_view records) {
  std::vector<Line> lines;
  while (!records.empty()) {
    Header header;
    std::memcpy(&header, records.data(), sizeof header);
    lines.push_back(
        {.number = header.number,
         .app = std::string(records.substr(sizeof header, header.app_bytes)),
         .text = std::string(records.substr(sizeof header + header.app_bytes, header.text_bytes))});
    records.remove_prefix(header.size());
  }
  return lines;
}

}  // namespace nano::server

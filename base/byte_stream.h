// Numbers and texts as bytes, one after another, little-endian: for files and for messages between
// processes. Owns nothing but what it is writing. Thread-safe as any value type.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace nano {

class ByteWriter {
 public:
  // That so much is to come.
  void Reserve(size_t bytes) { bytes_.reserve(bytes); }
  template <typename T>
  void Number(T value) {
    static_assert(std::is_unsigned_v<T>);
    for (size_t i = 0; i < sizeof(T); ++i) bytes_ += static_cast<char>(value >> (8 * i));
  }
  void Time(std::chrono::milliseconds time) { Number(static_cast<uint64_t>(time.count())); }
  void Flag(bool value) { Number<uint8_t>(value ? 1 : 0); }
  // A u32 length and the bytes.
  void Text(std::string_view text) {
    Number(static_cast<uint32_t>(text.size()));
    bytes_ += text;
  }
  // A u32 count, and what `write` does with each.
  template <typename List, typename Write>
  void Each(const List& list, Write write) {
    Number(static_cast<uint32_t>(list.size()));
    for (const auto& item : list) write(item);
  }

  std::string Take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Reads what a ByteWriter wrote, or what somebody claims one did: once something is missing,
// nothing is read any more, and all that is asked for is 0 or empty.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  template <typename T>
  T Number() {
    static_assert(std::is_unsigned_v<T>);
    const std::string_view bytes = Take(sizeof(T));
    T value = 0;
    for (size_t i = 0; i < bytes.size(); ++i) {
      value |= static_cast<T>(static_cast<T>(static_cast<unsigned char>(bytes[i])) << (8 * i));
    }
    return value;
  }
  // Longer than any clock goes is a time that was written by nobody.
  std::chrono::milliseconds Time() {
    const auto count = Number<uint64_t>();
    if (count > static_cast<uint64_t>(std::chrono::milliseconds::max().count()) / 1'000'000) {
      failed_ = true;
    }
    return std::chrono::milliseconds(failed_ ? 0 : static_cast<int64_t>(count));
  }
  // What is neither 0 nor 1 was written by nobody.
  bool Flag() {
    const auto value = Number<uint8_t>();
    if (value > 1) failed_ = true;
    return !failed_ && value == 1;
  }
  std::string_view Text() { return Take(Number<uint32_t>()); }
  // Calls `read` as often as the count says, until something is missing: a lying count ends where
  // the bytes do, if `read` reads at least one.
  template <typename Read>
  void Each(Read read) {
    const auto count = Number<uint32_t>();
    for (uint32_t i = 0; i < count && !failed_; ++i) {
      if (bytes_.empty()) {
        failed_ = true;
      } else {
        read();
      }
    }
  }

  bool failed() const { return failed_; }
  // Whether everything was there and nothing is left.
  bool Done() const { return !failed_ && bytes_.empty(); }

 private:
  std::string_view Take(size_t size) {
    if (failed_ || size > bytes_.size()) {
      failed_ = true;
      return {};
    }
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }

  std::string_view bytes_;
  bool failed_ = false;
};

}  // namespace nano

// Bytes of keys, signatures and messages: views of them, and a vector that leaves no secrets
// behind. Without V8 and without OpenSSL's headers. Thread: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace nano::runtime {

// Bytes that belong to somebody else.
using Bytes = std::span<const uint8_t>;

// Overwrites memory in a way that the compiler may not leave out.
void Cleanse(void* memory, size_t size);

template <typename T>
struct CleansingAllocator {
  using value_type = T;

  CleansingAllocator() = default;
  template <typename U>
  CleansingAllocator(const CleansingAllocator<U>&) {}  // NOLINT: implicit by design

  T* allocate(size_t count) { return std::allocator<T>().allocate(count); }
  void deallocate(T* memory, size_t count) {
    Cleanse(memory, count * sizeof(T));
    std::allocator<T>().deallocate(memory, count);
  }
  template <typename U>
  bool operator==(const CleansingAllocator<U>&) const {
    return true;
  }
};

// Bytes that may be secret: their memory is overwritten before it is freed.
using Octets = std::vector<uint8_t, CleansingAllocator<uint8_t>>;

inline Octets ToOctets(Bytes bytes) { return Octets(bytes.begin(), bytes.end()); }

inline void Append(Octets& octets, Bytes more) {
  octets.insert(octets.end(), more.begin(), more.end());
}

}  // namespace nano::runtime

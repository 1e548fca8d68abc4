// malloc() that counts what is held: codecs tell V8 how much memory hangs on their handles.
// Thread: that of its codec.
#pragma once

#include <malloc.h>

#include <cstddef>
#include <cstdlib>

namespace nano::runtime {

class CountingAllocator {
 public:
  void* Allocate(size_t size) {
    void* const memory = std::malloc(size);
    if (memory != nullptr) held_ += malloc_usable_size(memory);
    return memory;
  }
  void Free(void* memory) {
    if (memory == nullptr) return;
    held_ -= malloc_usable_size(memory);
    std::free(memory);
  }
  size_t held() const { return held_; }

 private:
  size_t held_ = 0;
};

}  // namespace nano::runtime

// The pages of buffers whose address range is reserved as a whole and committed as they grow:
// WebAssembly memories, resizable buffers and growable shared ones. V8 takes these from the
// platform, past every ArrayBuffer::Allocator; here what is committed of them is charged to the
// isolate that they were made in, which may refuse new ones.
//
// They are told from V8's other pages by how V8 asks: without access and without a wish for a
// place, which it does for no page of its heaps (tests/unit/runtime/limits/external_limit.test.cc
// fails if that changes).
//
// Owned by the platform. Every method is safe on any thread.
#pragma once

#include <v8-platform.h>
#include <v8.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace nano::runtime {

class BufferPages final : public v8::PageAllocator {
 public:
  // What an isolate may have. Buffers can outlive their isolate, and then keep its account.
  class Account {
   public:
    virtual ~Account() = default;
    // Whether there may be so many bytes more, of a new buffer: V8 collects garbage and tries
    // again. On the isolate's thread.
    virtual bool Admit(size_t bytes) = 0;
    // Whether there are so many bytes more, which are taken then. On the isolate's thread.
    virtual bool Take(size_t bytes) = 0;
    // One that was admitted takes so many. To refuse them would have V8 copy a buffer that grows,
    // or fail at once; it is in a state to collect garbage here. On the isolate's thread.
    virtual void Grow(size_t bytes) = 0;
    // On any thread.
    virtual void Release(size_t bytes) = 0;
  };

  // What each one costs however small it is: the kernel keeps a book of every mapping, and a
  // process can have some 65,000. A worker with none left could not go on.
  static constexpr size_t kLeastCharge = 16 * 1024;

  // `system` is asked for all pages and outlives this.
  explicit BufferPages(v8::PageAllocator& system) : system_(system) {}

  void Charge(v8::Isolate* isolate, std::shared_ptr<Account> account);
  // The isolate is about to be disposed of.
  void Forget(v8::Isolate* isolate);

  size_t AllocatePageSize() override { return system_.AllocatePageSize(); }
  size_t CommitPageSize() override { return system_.CommitPageSize(); }
  void SetRandomMmapSeed(int64_t seed) override { system_.SetRandomMmapSeed(seed); }
  void* GetRandomMmapAddr() override { return system_.GetRandomMmapAddr(); }
  void* AllocatePages(void* address, size_t length, size_t alignment,
                      Permission permissions) override;
  void* AllocatePages(size_t length, size_t alignment, Permission permissions,
                      AllocationHint hint) override;
  bool ResizeAllocationAt(void* address, size_t old_length, size_t new_length,
                          Permission permissions) override;
  bool FreePages(void* address, size_t length) override;
  bool ReleasePages(void* address, size_t length, size_t new_length) override;
  bool SetPermissions(void* address, size_t length, Permission permissions) override;
  bool RecommitPages(void* address, size_t length, Permission permissions) override;
  bool DiscardSystemPages(void* address, size_t size) override;
  bool DecommitPages(void* address, size_t size) override;
  bool SealPages(void* address, size_t length) override;
  bool ReserveForSharedMemoryMapping(void* address, size_t size) override;
  std::unique_ptr<SharedMemory> AllocateSharedPages(size_t length, const void* original) override;
  bool CanAllocateSharedPages() override { return system_.CanAllocateSharedPages(); }

 private:
  // Of one buffer.
  struct Reservation {
    uintptr_t begin = 0;
    size_t length = 0;
    size_t committed = 0;  // Bytes from its begin on.
    std::shared_ptr<Account> account;
  };
  using Reservations = std::map<uintptr_t, Reservation>;

  template <typename Allocate>
  void* Reserve(size_t length, Allocate allocate);
  // The one that has the address; reservations_.end() for V8's other pages. With the lock.
  Reservations::iterator Find(uintptr_t address);
  void Shrink(uintptr_t address);

  v8::PageAllocator& system_;
  std::mutex mutex_;
  std::unordered_map<v8::Isolate*, std::shared_ptr<Account>> accounts_;
  Reservations reservations_;      // By their begin.
  std::atomic<size_t> count_ = 0;  // Of these: most workers have none, and need no lock.
};

}  // namespace nano::runtime

// The functions that ICU takes its memory by. See icu_memory.h for ownership and threads.
#include "runtime/engine/icu_memory.h"

#include <dlfcn.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>

#include "base/check.h"

namespace nano::runtime {

struct IcuMemory::Account {
  std::atomic<int64_t> bytes{0};
  std::atomic<int64_t> holders{1};  // The isolate, and each block.
};

namespace {

using Account = IcuMemory::Account;

// Of the isolate's embedder; IsolateState and Hooks have those before.
constexpr uint32_t kSlot = 2;
// V8 is told of changes as large as this.
constexpr int64_t kMuch = 64 * 1024;

// In front of each block, which is aligned as malloc(3) aligns.
struct alignas(std::max_align_t) Header {
  Account* account;  // Null: taken where no isolate was.
  size_t size;       // With the header.
};

Account* Current() {
  v8::Isolate* const isolate = v8::Isolate::TryGetCurrent();
  return isolate == nullptr ? nullptr : static_cast<Account*>(isolate->GetData(kSlot));
}

void Drop(Account* account) {
  if (account->holders.fetch_sub(1, std::memory_order_acq_rel) == 1) delete account;
}

void* Allocate(const void*, size_t size) {
  if (size > SIZE_MAX - sizeof(Header)) return nullptr;
  auto* const header = static_cast<Header*>(std::malloc(size + sizeof(Header)));
  if (header == nullptr) return nullptr;
  *header = {.account = Current(), .size = size + sizeof(Header)};
  if (header->account != nullptr) {
    header->account->holders.fetch_add(1, std::memory_order_relaxed);
    header->account->bytes.fetch_add(static_cast<int64_t>(header->size), std::memory_order_relaxed);
  }
  return header + 1;
}

void Free(const void*, void* block) {
  if (block == nullptr) return;
  auto* const header = static_cast<Header*>(block) - 1;
  if (Account* const account = header->account) {
    account->bytes.fetch_sub(static_cast<int64_t>(header->size), std::memory_order_relaxed);
    Drop(account);
  }
  std::free(header);
}

// The account stays that of who took the block.
void* Reallocate(const void* context, void* block, size_t size) {
  if (block == nullptr) return Allocate(context, size);
  if (size > SIZE_MAX - sizeof(Header)) return nullptr;
  auto* const header =
      static_cast<Header*>(std::realloc(static_cast<Header*>(block) - 1, size + sizeof(Header)));
  if (header == nullptr) return nullptr;
  const size_t before = header->size;
  header->size = size + sizeof(Header);
  if (header->account != nullptr) {
    header->account->bytes.fetch_add(static_cast<int64_t>(header->size - before),
                                     std::memory_order_relaxed);
  }
  return header + 1;
}

using SetFunctions = void (*)(const void* context, decltype(&Allocate), decltype(&Reallocate),
                              decltype(&Free), int* status);

// The engine has ICU's functions with its version in their names, and has no headers of it.
SetFunctions Find() {
  for (int version = 60; version < 200; ++version) {
    const std::string name = "u_setMemoryFunctions_" + std::to_string(version);
    if (void* found = dlsym(RTLD_DEFAULT, name.c_str())) {
      return reinterpret_cast<SetFunctions>(found);
    }
  }
  return nullptr;
}

}  // namespace

// The function is there in the engine that is pinned: without it, nothing would be counted.
void IcuMemory::CountFromNowOn() {
  const SetFunctions set = Find();
  NANO_CHECK(set != nullptr);
  int status = 0;
  set(nullptr, Allocate, Reallocate, Free, &status);
  NANO_CHECK(status <= 0);  // Above are errors, below are warnings.
}

IcuMemory::IcuMemory(v8::Isolate* isolate) : isolate_(isolate), account_(new Account) {}

void IcuMemory::Begin() { isolate_->SetData(kSlot, account_); }

IcuMemory::~IcuMemory() { Drop(account_); }

void IcuMemory::Tell() {
  const int64_t change = account_->bytes.load(std::memory_order_relaxed) - told_;
  if (change < kMuch && change > -kMuch) return;
  told_ += change;
  isolate_->AdjustAmountOfExternalAllocatedMemory(change);
}

}  // namespace nano::runtime

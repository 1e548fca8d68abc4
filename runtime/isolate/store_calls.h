// Calls of the store (runtime/embedder/store.h) that are under way, each with the promise that its
// answer settles.
//
// Belongs to one isolate, which must not be disposed of before it. What a message holds is charged
// to the app as a buffer is, until the answer comes. Thread: the isolate's.
#pragma once

#include <v8.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "runtime/embedder/store.h"

namespace nano::runtime {

class StoreCalls {
 public:
  // What the promise is resolved with; empty, with an exception pending, to reject it. `detail` is
  // the op's own.
  using ToValue = v8::MaybeLocal<v8::Value> (*)(v8::Isolate* isolate, std::string_view answer,
                                                uint32_t detail);

  explicit StoreCalls(v8::Isolate* isolate) : isolate_(isolate) {}
  ~StoreCalls();
  StoreCalls(const StoreCalls&) = delete;
  StoreCalls& operator=(const StoreCalls&) = delete;

  // Empty, with an exception pending, if the app has no memory for it. Until the promise settles
  // the app counts as busy (IsolateState::pending_promises).
  v8::MaybeLocal<v8::Promise> Start(v8::Local<v8::Context> context, StoreKind kind,
                                    std::string message, ToValue to_value, uint32_t detail);

  // Inside the isolate, which goes on with what waits for it.
  void Settle(v8::Local<v8::Context> context, uint32_t call,
              const ::nano::Result<std::string_view>& answer);

 private:
  struct Waiting {
    v8::Global<v8::Promise::Resolver> resolver;
    ToValue to_value = nullptr;
    uint32_t detail = 0;
    size_t charged = 0;  // Bytes.
  };

  void Release(size_t bytes);

  v8::Isolate* const isolate_;
  uint32_t last_call_ = 0;
  std::unordered_map<uint32_t, Waiting> waiting_;
};

}  // namespace nano::runtime

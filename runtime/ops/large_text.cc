// The stop. See large_text.h.
#include "runtime/ops/large_text.h"

#include <utility>

#include "runtime/js/stack_text.h"
#include "runtime/limits/current_request.h"

namespace nano::runtime {

void StopAtText(v8::Isolate* isolate, IsolateState& state, size_t bytes) {
  v8::HeapStatistics heap;
  isolate->GetHeapStatistics(&heap);
  Stop stop{.reason = StopReason::kMemory,
            .limit = state.limits.memory,
            .used = heap.used_heap_size() + bytes};
  stop.stack = CurrentStack(isolate);
  TellRequest(isolate, stop);
  state.stop.Turn(isolate, std::move(stop));
}

}  // namespace nano::runtime

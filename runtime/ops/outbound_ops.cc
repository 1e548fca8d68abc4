// Ops of requests that leave the isolate: what the embedder's OutboundPort says of them.
// Thread: the isolate's.
#include "runtime/isolate/isolate_state.h"
#include "runtime/js/values.h"
#include "runtime/ops/op.h"

namespace nano::runtime {
namespace {

void OutboundRefusal(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  v8::Local<v8::String> text;
  const std::string_view refusal = IsolateState::Of(isolate).embedder.outbound->Refusal();
  if (Utf8String(isolate, refusal).ToLocal(&text)) info.GetReturnValue().Set(text);
}

constexpr Op kOps[] = {
    {"outboundRefusal", OutboundRefusal},
};

}  // namespace

std::span<const Op> OutboundOps() { return kOps; }

}  // namespace nano::runtime

// Who reads a call's body that is decoded: the request whose CPU time that is. Kept with the call
// (OutgoingCall::reader). Thread: the isolate's.
#pragma once

#include <v8.h>

#include "runtime/limits/current_request.h"
#include "runtime/outbound/outgoing_call.h"

namespace nano::runtime {

class CallReader final : public OutgoingCall::Companion {
 public:
  // The request that is being answered now.
  explicit CallReader(v8::Isolate* isolate) {
    v8::Local<v8::Object> request;
    if (CurrentRequest(isolate).ToLocal(&request)) request_.Reset(isolate, request);
  }
  // Undefined if there is none. As v8::Isolate::SetContinuationPreservedEmbedderDataV2 takes it.
  v8::Local<v8::Data> request(v8::Isolate* isolate) const {
    if (request_.IsEmpty()) return v8::Undefined(isolate);
    return request_.Get(isolate);
  }

 private:
  v8::Global<v8::Object> request_;
};

}  // namespace nano::runtime

// Whose request an isolate is answering, as awaits and timers carry it on. Thread: the isolate's.
#pragma once

#include <v8.h>

#include <cstdint>
#include <string>

#include "runtime/embedder/stops.h"

namespace nano::runtime {

// Who knows what the log calls requests.
class RequestNames {
 public:
  virtual ~RequestNames() = default;
  // Of the one with this handle, or of one that has ended before anybody has asked: 0, or a handle
  // that nothing has. Empty: it is called nothing.
  virtual std::string NameOf(uint32_t exchange) = 0;
};
// Once, before anything runs; they outlive the isolate.
void NameRequestsBy(v8::Isolate* isolate, RequestNames& names);

// The Web APIs' record of it (runtime/web/exchange/exchanges.ts); empty where no request led to
// what is running. The record is out of any app's reach, and what is read of it are plain
// properties: nothing runs.
v8::MaybeLocal<v8::Object> CurrentRequest(v8::Isolate* isolate);

// A number that the record has.
uint64_t NumberOf(v8::Isolate* isolate, v8::Local<v8::Object> request, const char* name);

// A text that the record has.
std::string TextOf(v8::Isolate* isolate, v8::Local<v8::Object> request, const char* name);

// The handle of its exchange; 0 if there is none.
uint32_t CurrentExchange(v8::Isolate* isolate);

// What the log calls it. The name is kept in the record, for when there is no exchange any more.
std::string NameOf(v8::Isolate* isolate, v8::Local<v8::Object> request);

// Tells whose request it is: Stop::exchange and what follows from it.
void TellRequest(v8::Isolate* isolate, Stop& stop);

}  // namespace nano::runtime

// Whose request an isolate is answering, as awaits and timers carry it on. Thread: the isolate's.
#pragma once

#include <v8.h>

#include <cstdint>
#include <string>

#include "runtime/embedder/stops.h"

namespace nano::runtime {

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

// Tells whose request it is: Stop::exchange and what follows from it.
void TellRequest(v8::Isolate* isolate, Stop& stop);

}  // namespace nano::runtime

// Strings of UTF-8, for ops and for what is handed to the app by itself. Thread: the isolate's.
#pragma once

#include <v8.h>

#include <string_view>

namespace nano::runtime {

// Empty with an exception pending.
using MaybeText = v8::MaybeLocal<v8::String>;

// A TypeError.
MaybeText ThrowMalformed(v8::Isolate* isolate, std::string_view encoding);
// A RangeError.
MaybeText ThrowNoRoom(v8::Isolate* isolate);

// Throws for malformed text if `fatal`, and puts U+FFFD in its places otherwise.
MaybeText DecodeUtf8(v8::Isolate* isolate, std::string_view bytes, bool fatal);

}  // namespace nano::runtime

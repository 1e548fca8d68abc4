// The external references: every address outside V8's heap that a snapshot can hold. A snapshot
// stores their positions in this list, so that the same list must be given when it is restored; V8
// does not notice a different one and calls the wrong function. CurrentIdentity() hashes the names.
// Thread: the list is constant data, for any; MakeOps is for the isolate's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/isolate/source_resource.h"

namespace nano::runtime {

// All ops, the lazy globals' getter, the Web APIs' scripts, the app's script, and a closing zero.
// V8 keeps the pointer: the list outlives the isolate. `app_source` may be null when there is no
// app yet.
std::vector<intptr_t> ExternalReferences(const AppSource* app_source);

// The names of the references in their order, one a line.
std::string ReferenceNames();

// An object with one function for each op, but for those of lazy groups …
v8::Local<v8::Object> MakeOps(v8::Local<v8::Context> context);
// … which it gets when the group is loaded that uses them.
void AddGroupOps(v8::Local<v8::Context> context, v8::Local<v8::Object> ops, std::string_view group);

}  // namespace nano::runtime

// Script sources that V8 refers to in place instead of copying them into each isolate's heap.
#pragma once

#include <v8.h>

#include <string_view>

namespace nano::runtime {

// A view as V8 wants to see an external one-byte string. Never frees anything: the bytes and this
// object belong to whoever made them and outlive the isolates that use them.
class SourceResource final : public v8::String::ExternalOneByteStringResource {
 public:
  explicit SourceResource(std::string_view source) : source_(source) {}
  const char* data() const override { return source_.data(); }
  size_t length() const override { return source_.size(); }

 protected:
  void Dispose() override {}

 private:
  const std::string_view source_;
};

}  // namespace nano::runtime

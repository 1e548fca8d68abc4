// Script sources that V8 refers to in place instead of copying them into each isolate's heap.
// Owned by whoever makes one; immutable. Thread: any, one isolate at a time for an AppSource.
#pragma once

#include <v8.h>

#include <cstdint>
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

// The same of UTF-16 in this machine's byte order; `source` is aligned for it.
class WideSourceResource final : public v8::String::ExternalStringResource {
 public:
  explicit WideSourceResource(std::string_view source) : source_(source) {}
  const uint16_t* data() const override {
    return reinterpret_cast<const uint16_t*>(source_.data());
  }
  size_t length() const override { return source_.size() / sizeof(uint16_t); }

 protected:
  void Dispose() override {}

 private:
  const std::string_view source_;
};

// An app's bundle: Latin-1, or UTF-16 behind a byte order mark, which begins no script.
class AppSource {
 public:
  explicit AppSource(std::string_view source)
      : wide_(source.starts_with(kByteOrderMark)),
        narrow_text_(wide_ ? std::string_view() : source),
        wide_text_(wide_ ? source.substr(kByteOrderMark.size()) : std::string_view()) {}
  AppSource(const AppSource&) = delete;
  AppSource& operator=(const AppSource&) = delete;

  // The resource's address, as a snapshot refers to it.
  intptr_t reference() const {
    return wide_
               ? reinterpret_cast<intptr_t>(
                     static_cast<const v8::String::ExternalStringResource*>(&wide_text_))
               : reinterpret_cast<intptr_t>(
                     static_cast<const v8::String::ExternalOneByteStringResource*>(&narrow_text_));
  }

  v8::MaybeLocal<v8::String> NewString(v8::Isolate* isolate) {
    return wide_ ? v8::String::NewExternalTwoByte(isolate, &wide_text_)
                 : v8::String::NewExternalOneByte(isolate, &narrow_text_);
  }

 private:
  static constexpr std::string_view kByteOrderMark = "\xFF\xFE";

  const bool wide_;
  SourceResource narrow_text_;
  WideSourceResource wide_text_;
};

}  // namespace nano::runtime

// Ops that turn bytes into strings and back: UTF-8, UTF-16, Latin-1 and single-byte encodings.
// simdutf tells what a text needs, V8 makes the strings. Thread: the isolate's.
#include <array>
#include <bit>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/ops/arguments.h"
#include "runtime/ops/op.h"
#include "runtime/ops/simdutf.h"

namespace nano::runtime {
namespace {

static_assert(std::endian::native == std::endian::little, "decodeUtf16 swaps for big-endian input");

constexpr size_t kLongestString = v8::String::kMaxLength;
// Typed arrays up to this size live in V8's heap (typed_array_max_size_in_heap) and can move.
constexpr size_t kMostBytesInHeap = 64;

// The bytes of a buffer source. Small views are copied, rather than moved out of V8's heap for
// good, which BytesOf() would do. Valid until the next call into JS.
class SourceBytes {
 public:
  explicit SourceBytes(v8::Local<v8::Value> source) {
    if (source->IsArrayBufferView()) {
      const auto span = source.As<v8::ArrayBufferView>()->GetContents(
          v8::MemorySpan<uint8_t>(copy_.data(), copy_.size()));
      bytes_ = {reinterpret_cast<const char*>(span.data()), span.size()};
    } else {
      bytes_ = BytesOf(source);
    }
  }
  SourceBytes(const SourceBytes&) = delete;
  SourceBytes& operator=(const SourceBytes&) = delete;

  std::string_view view() const { return bytes_; }

 private:
  std::array<uint8_t, kMostBytesInHeap> copy_;
  std::string_view bytes_;
};

// Memory for one conversion: on the stack if it is small.
template <typename Unit>
class Scratch {
 public:
  explicit Scratch(size_t length) {
    if (length > kInline) heap_ = std::make_unique_for_overwrite<Unit[]>(length);
  }
  Unit* data() { return heap_ ? heap_.get() : inline_; }

 private:
  static constexpr size_t kInline = 1024 / sizeof(Unit);
  Unit inline_[kInline];
  std::unique_ptr<Unit[]> heap_;
};

void ThrowTooLong(v8::Isolate* isolate) {
  ThrowRangeError(isolate, "The text is longer than the longest string (536870888 characters).");
}

void ThrowMalformed(v8::Isolate* isolate, std::string_view encoding) {
  ThrowTypeError(isolate,
                 "The encoded data was not valid for encoding " + std::string(encoding) + ".");
}

v8::MaybeLocal<v8::String> NewOneByte(v8::Isolate* isolate, std::string_view latin1) {
  return v8::String::NewFromOneByte(isolate, reinterpret_cast<const uint8_t*>(latin1.data()),
                                    v8::NewStringType::kNormal, static_cast<int>(latin1.size()));
}

v8::MaybeLocal<v8::String> NewTwoByte(v8::Isolate* isolate, const char16_t* units, size_t length) {
  return v8::String::NewFromTwoByte(isolate, reinterpret_cast<const uint16_t*>(units),
                                    v8::NewStringType::kNormal, static_cast<int>(length));
}

void Return(Arguments info, v8::MaybeLocal<v8::String> text) {
  v8::Local<v8::String> result;
  if (text.ToLocal(&result)) {
    info.GetReturnValue().Set(result);
  } else {
    ThrowTooLong(info.GetIsolate());
  }
}

// Valid UTF-8 that is not all ASCII. Most of it in Western languages fits one byte a character.
v8::MaybeLocal<v8::String> DecodeValid(v8::Isolate* isolate, std::string_view bytes) {
  const size_t length = simdutf::utf16_length_from_utf8(bytes.data(), bytes.size());
  {
    Scratch<char> latin1(length);
    const size_t written =
        simdutf::convert_utf8_to_latin1(bytes.data(), bytes.size(), latin1.data());
    if (written > 0) return NewOneByte(isolate, {latin1.data(), written});
  }
  Scratch<char16_t> utf16(length);
  const size_t written =
      simdutf::convert_valid_utf8_to_utf16(bytes.data(), bytes.size(), utf16.data());
  return NewTwoByte(isolate, utf16.data(), written);
}

// decodeUtf8(bytes, fatal, keepBom)
void DecodeUtf8(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const SourceBytes source(info[0]);
  std::string_view bytes = source.view();
  if (!info[2]->IsTrue() && bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  if (bytes.empty()) return info.GetReturnValue().SetEmptyString();
  if (bytes.size() > kLongestString) return ThrowTooLong(isolate);
  if (simdutf::validate_ascii(bytes.data(), bytes.size())) {
    return Return(info, NewOneByte(isolate, bytes));
  }
  if (simdutf::validate_utf8(bytes.data(), bytes.size())) {
    return Return(info, DecodeValid(isolate, bytes));
  }
  if (info[1]->IsTrue()) return ThrowMalformed(isolate, "utf-8");
  Return(info, Utf8String(isolate, bytes));  // V8 replaces malformed sequences as WHATWG says.
}

constexpr char16_t kReplacement = u'\uFFFD';

bool IsHighSurrogate(char16_t unit) { return (unit & 0xFC00) == 0xD800; }

// decodeUtf16(bytes, fatal, keepBom, bigEndian)
void DecodeUtf16(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const SourceBytes source(info[0]);
  const std::string_view bytes = source.view();
  const bool big_endian = info[3]->IsTrue();
  size_t length = bytes.size() / 2;
  if (length + 1 > kLongestString) return ThrowTooLong(isolate);
  Scratch<char16_t> units(length + 1);
  char16_t* text = units.data();
  if (length > 0) std::memcpy(text, bytes.data(), length * 2);
  if (big_endian) simdutf::change_endianness_utf16(text, length, text);
  const bool odd = bytes.size() % 2 != 0;
  if (odd || !simdutf::validate_utf16(text, length)) {
    if (info[1]->IsTrue()) return ThrowMalformed(isolate, big_endian ? "utf-16be" : "utf-16le");
    // At the end of the input a high surrogate and an odd byte are one error, not two.
    const bool one_error = length > 0 && IsHighSurrogate(text[length - 1]);
    simdutf::to_well_formed_utf16(text, length, text);
    if (odd && !one_error) text[length++] = kReplacement;
  }
  const size_t start = !info[2]->IsTrue() && length > 0 && text[0] == u'\uFEFF' ? 1 : 0;
  Return(info, NewTwoByte(isolate, text + start, length - start));
}

// decodeLatin1(bytes)
void DecodeLatin1(Arguments info) {
  const SourceBytes source(info[0]);
  const std::string_view bytes = source.view();
  if (bytes.size() > kLongestString) return ThrowTooLong(info.GetIsolate());
  Return(info, NewOneByte(info.GetIsolate(), bytes));
}

// decodeSingleByte(bytes, table, fatal)
void DecodeSingleByte(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const SourceBytes source(info[0]);
  const std::string_view bytes = source.view();
  if (bytes.size() > kLongestString) return ThrowTooLong(isolate);
  if (simdutf::validate_ascii(bytes.data(), bytes.size())) {
    return Return(info, NewOneByte(isolate, bytes));
  }
  constexpr uint32_t kTableLength = 128;
  std::array<uint16_t, kTableLength> table;
  table.fill(kReplacement);
  const auto entries = info[1].As<v8::String>();
  entries->WriteV2(isolate, 0, std::min<uint32_t>(kTableLength, entries->Length()), table.data());
  const bool fatal = info[2]->IsTrue();
  Scratch<char16_t> units(bytes.size());
  char16_t* text = units.data();
  for (size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<uint8_t>(bytes[i]);
    text[i] = byte < kTableLength ? byte : table[byte - kTableLength];
    if (fatal && text[i] == kReplacement) {
      return ThrowTypeError(isolate, "The encoded data has a byte that its encoding does not map.");
    }
  }
  Return(info, NewTwoByte(isolate, text, bytes.size()));
}

// A Uint8Array of `length` bytes that `fill` writes, or a RangeError if there is no memory for it.
template <typename Fill>
void ReturnBytes(Arguments info, size_t length, Fill fill) {
  v8::Isolate* isolate = info.GetIsolate();
  std::unique_ptr<v8::BackingStore> store = v8::ArrayBuffer::NewBackingStore(
      isolate, length, v8::BackingStoreInitializationMode::kUninitialized,
      v8::BackingStoreOnFailureMode::kReturnNull);
  if (store == nullptr) {
    return ThrowRangeError(isolate, "Array buffer allocation failed: out of memory.");
  }
  if (length > 0) fill(static_cast<char*>(store->Data()));
  const auto buffer = v8::ArrayBuffer::New(isolate, std::move(store));
  info.GetReturnValue().Set(v8::Uint8Array::New(buffer, 0, length));
}

// encodeUtf8(text)
void EncodeUtf8(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const auto text = info[0].As<v8::String>();
  const size_t length = text->Utf8LengthV2(isolate);
  ReturnBytes(info, length, [&](char* bytes) {
    text->WriteUtf8V2(isolate, bytes, length, v8::String::WriteFlags::kReplaceInvalidUtf8);
  });
}

// encodeLatin1(text)
void EncodeLatin1(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const auto text = info[0].As<v8::String>();
  const auto length = static_cast<uint32_t>(text->Length());
  ReturnBytes(info, length, [&](char* bytes) {
    text->WriteOneByteV2(isolate, 0, length, reinterpret_cast<uint8_t*>(bytes));
  });
}

// encodeUtf8Into(text, target)
void EncodeUtf8Into(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const auto text = info[0].As<v8::String>();
  const auto target = BytesOf(info[1]);
  size_t read = 0;
  size_t written = 0;
  if (!target.empty()) {
    written = text->WriteUtf8V2(isolate, const_cast<char*>(target.data()), target.size(),
                                v8::String::WriteFlags::kReplaceInvalidUtf8, &read);
  }
  const auto written_number = v8::Number::New(isolate, static_cast<double>(written));
  if (read == static_cast<size_t>(text->Length())) {
    return info.GetReturnValue().Set(written_number);
  }
  v8::Local<v8::Value> both[] = {v8::Number::New(isolate, static_cast<double>(read)),
                                 written_number};
  info.GetReturnValue().Set(v8::Array::New(isolate, both, std::size(both)));
}

// utf8Length(text)
void Utf8Length(Arguments info) {
  info.GetReturnValue().Set(
      static_cast<double>(info[0].As<v8::String>()->Utf8LengthV2(info.GetIsolate())));
}

// The Latin-1 bytes of a string; false if it has other characters.
bool CopyLatin1(v8::Isolate* isolate, v8::Local<v8::String> text, Scratch<char>& bytes) {
  if (!text->ContainsOnlyOneByte()) return false;
  text->WriteOneByteV2(isolate, 0, static_cast<uint32_t>(text->Length()),
                       reinterpret_cast<uint8_t*>(bytes.data()));
  return true;
}

// encodeBase64(text); undefined if the text is not all Latin-1.
void EncodeBase64(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const auto text = info[0].As<v8::String>();
  const auto length = static_cast<size_t>(text->Length());
  Scratch<char> bytes(length);
  if (!CopyLatin1(isolate, text, bytes)) return;
  const size_t encoded_length = simdutf::base64_length_from_binary(length, simdutf::base64_default);
  if (encoded_length > kLongestString) return ThrowTooLong(isolate);
  Scratch<char> encoded(encoded_length);
  const size_t written =
      simdutf::binary_to_base64(bytes.data(), length, encoded.data(), simdutf::base64_default);
  Return(info, NewOneByte(isolate, {encoded.data(), written}));
}

// decodeBase64(text); undefined if the text is not forgiving base64.
void DecodeBase64(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const auto text = info[0].As<v8::String>();
  const auto length = static_cast<size_t>(text->Length());
  Scratch<char> encoded(length);
  if (!CopyLatin1(isolate, text, encoded)) return;
  Scratch<char> bytes(simdutf::maximal_binary_length_from_base64(encoded.data(), length));
  const simdutf::result result = simdutf::base64_to_binary(encoded.data(), length, bytes.data(),
                                                           simdutf::base64_default, simdutf::loose);
  if (result.error != simdutf::SUCCESS) return;
  Return(info, NewOneByte(isolate, {bytes.data(), result.count}));
}

constexpr Op kOps[] = {
    {"encodeBase64", EncodeBase64}, {"decodeBase64", DecodeBase64},
    {"decodeUtf8", DecodeUtf8},     {"decodeUtf16", DecodeUtf16},
    {"decodeLatin1", DecodeLatin1}, {"decodeSingleByte", DecodeSingleByte},
    {"encodeUtf8", EncodeUtf8},     {"encodeLatin1", EncodeLatin1},
    {"utf8Length", Utf8Length},     {"encodeUtf8Into", EncodeUtf8Into},
};

}  // namespace

std::span<const Op> TextOps() { return kOps; }

}  // namespace nano::runtime

// Ops that turn bytes into strings: UTF-8, UTF-16, Latin-1, and with their state the decoders of
// all encodings of the Encoding Standard. simdutf tells what a text needs, V8 makes the strings.
// Thread: the isolate's.
#include <bit>
#include <cstring>
#include <string>
#include <string_view>

#include "runtime/js/strings.h"
#include "runtime/native/encoding/legacy_decoder.h"
#include "runtime/native/encoding/simdutf.h"
#include "runtime/native/encoding/unicode_chunk.h"
#include "runtime/native/encoding/utf8_decoder.h"
#include "runtime/ops/decode_utf8.h"
#include "runtime/ops/op.h"

namespace nano::runtime {
namespace {

static_assert(std::endian::native == std::endian::little, "DecodeUtf16 swaps for big-endian input");

constexpr char16_t kReplacement = u'\uFFFD';

// The numbers that scripts have for encodings: those of Unicode, then the legacy ones.
constexpr int kUtf8 = 0;
constexpr int kUtf16Le = 1;
constexpr int kUtf16Be = 2;
constexpr int kFirstLegacy = 3;

// As runtime/web/host/text-ops.ts numbers them.
enum DecodeFlag { kFatal = 1, kKeepBom = 2, kStream = 4 };

MaybeText DecodeUtf16(v8::Isolate* isolate, std::string_view bytes, bool fatal, bool big_endian) {
  size_t length = bytes.size() / 2;
  Scratch<char16_t> units(length + 1);
  if (!units) return ThrowNoRoom(isolate);
  char16_t* text = units.data();
  if (length > 0) std::memcpy(text, bytes.data(), length * 2);
  if (big_endian) simdutf::change_endianness_utf16(text, length, text);
  const bool odd = bytes.size() % 2 != 0;
  if (odd || !simdutf::validate_utf16(text, length)) {
    if (fatal) return ThrowMalformed(isolate, big_endian ? "utf-16be" : "utf-16le");
    // At the end of the input a high surrogate and an odd byte are one error, not two.
    const bool one_error = length > 0 && IsHighSurrogate(text[length - 1]);
    simdutf::to_well_formed_utf16(text, length, text);
    if (odd && !one_error) text[length++] = kReplacement;
  }
  return NewTwoByte(isolate, text, length);
}

MaybeText DecodeUnicodeChunk(v8::Isolate* isolate, int encoding, DecoderState& state,
                             std::string_view bytes, int flags) {
  const bool utf8 = encoding == kUtf8;
  const bool big_endian = encoding == kUtf16Be;
  UnicodeChunk chunk(state, bytes);
  if (!chunk) return ThrowNoRoom(isolate);
  std::string_view text = chunk.bytes();
  state = {};
  if ((flags & kStream) != 0) {
    text = chunk.KeepOpen(utf8 ? IncompleteUtf8(text) : IncompleteUtf16(text, big_endian));
    state = chunk.Next();
  }
  if (chunk.AtStart() && (flags & kKeepBom) == 0) {
    const std::string_view bom = utf8 ? "\xEF\xBB\xBF" : big_endian ? "\xFE\xFF" : "\xFF\xFE";
    if (text.starts_with(bom)) text.remove_prefix(bom.size());
  }
  const bool fatal = (flags & kFatal) != 0;
  return utf8 ? DecodeUtf8(isolate, text, fatal) : DecodeUtf16(isolate, text, fatal, big_endian);
}

MaybeText DecodeLegacyChunk(v8::Isolate* isolate, int encoding, DecoderState& state,
                            std::string_view bytes, int flags) {
  if (state.first == 0 && IsAsciiCompatible(encoding) &&
      simdutf::validate_ascii(bytes.data(), bytes.size())) {
    return NewOneByte(isolate, bytes);
  }
  Scratch<char16_t> units(MostLegacyUnits(bytes.size()));
  if (!units) return ThrowNoRoom(isolate);
  const LegacyResult result = DecodeLegacy(encoding, state, bytes, (flags & kStream) == 0,
                                           (flags & kFatal) != 0, units.data());
  if (result.malformed) return ThrowMalformed(isolate, LegacyEncodingName(encoding));
  return NewTwoByte(isolate, units.data(), result.units);
}

// decodeUtf8(bytes, fatal, keepBom)
void DecodeUtf8Op(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const SourceBytes source(info[0]);
  std::string_view bytes = source.view();
  if (!info[2]->IsTrue() && bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  if (bytes.size() > kLongestString) return ThrowTooLong(isolate);
  Return(info, DecodeUtf8(isolate, bytes, info[1]->IsTrue()));
}

// decodeLatin1(bytes)
void DecodeLatin1(Arguments info) {
  const SourceBytes source(info[0]);
  const std::string_view bytes = source.view();
  if (bytes.size() > kLongestString) return ThrowTooLong(info.GetIsolate());
  Return(info, NewOneByte(info.GetIsolate(), bytes));
}

// encodingNumber(name)
void EncodingNumber(Arguments info) {
  const std::string name = Utf8Of(info.GetIsolate(), info[0]);
  if (name == "utf-8") return info.GetReturnValue().Set(kUtf8);
  if (name == "utf-16le") return info.GetReturnValue().Set(kUtf16Le);
  if (name == "utf-16be") return info.GetReturnValue().Set(kUtf16Be);
  const std::optional<int> legacy = FindLegacyEncoding(name);
  info.GetReturnValue().Set(legacy ? kFirstLegacy + *legacy : -1);
}

// decodeChunk(encoding, bytes, flags, state)
void DecodeChunk(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const int encoding = info[0]->IsInt32() ? info[0].As<v8::Int32>()->Value() : -1;
  const SourceBytes source(info[1]);
  const int flags = info[2]->IsInt32() ? info[2].As<v8::Int32>()->Value() : 0;
  const std::string_view memory = BytesOf(info[3]);
  DecoderState state;
  static_assert(sizeof(state) == sizeof(int32_t));
  if (encoding < 0 || encoding >= kFirstLegacy + LegacyEncodingCount() ||
      memory.size() < sizeof(state)) {
    return ThrowTypeError(isolate, "There is no such encoding.");
  }
  std::memcpy(&state, memory.data(), sizeof(state));
  // Room for what the state adds.
  if (source.view().size() > kLongestString - 8) return ThrowTooLong(isolate);
  const MaybeText text =
      encoding < kFirstLegacy
          ? DecodeUnicodeChunk(isolate, encoding, state, source.view(), flags)
          : DecodeLegacyChunk(isolate, encoding - kFirstLegacy, state, source.view(), flags);
  std::memcpy(const_cast<char*>(memory.data()), &state, sizeof(state));
  Return(info, text);
}

constexpr Op kOps[] = {
    {"decodeUtf8", DecodeUtf8Op},
    {"decodeLatin1", DecodeLatin1},
    {"encodingNumber", EncodingNumber},
    {"decodeChunk", DecodeChunk},
};

}  // namespace

std::span<const Op> DecodeOps() { return kOps; }

}  // namespace nano::runtime

// Finds encodings, and runs their decoders over a chunk.
#include "runtime/native/encoding/legacy_decoder.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "runtime/native/encoding/multi_byte_decoders.h"

namespace nano::runtime {
namespace {

constexpr int kSingleByteCount = std::size(tables::kSingleByteNames);
constexpr size_t kUpperHalf = 128;
static_assert(std::size(tables::kSingleByte) == kSingleByteCount * kUpperHalf);

// The multi-byte encodings have the numbers after the single-byte ones.
enum MultiByte { kGbk, kGb18030, kBig5, kEucJp, kIso2022Jp, kShiftJis, kEucKr };
constexpr std::string_view kMultiByteNames[] = {"gbk",         "gb18030",   "big5",  "euc-jp",
                                                "iso-2022-jp", "shift_jis", "euc-kr"};

LegacyResult DecodeSingleByte(int encoding, std::string_view bytes, bool fatal, char16_t* output) {
  // All 256 bytes in one table: without a branch, the loop is three times as fast.
  std::array<char16_t, 2 * kUpperHalf> table;
  std::iota(table.begin(), table.begin() + kUpperHalf, u'\0');
  const char16_t* upper = tables::kSingleByte + static_cast<size_t>(encoding) * kUpperHalf;
  std::copy(upper, upper + kUpperHalf, table.begin() + kUpperHalf);
  const auto* input = reinterpret_cast<const uint8_t*>(bytes.data());
  const size_t size = bytes.size();
  for (size_t i = 0; i < size; ++i) output[i] = table[input[i]];
  const bool malformed = fatal && std::find(output, output + size, kReplacement) != output + size;
  return {size, malformed};
}

template <typename Decoder>
LegacyResult Run(DecoderState& state, std::string_view bytes, bool last, bool fatal,
                 char16_t* units) {
  DecoderOutput output(units, fatal);
  for (const char byte : bytes) {
    Decoder::Byte(state, static_cast<uint8_t>(byte), output);
    if (output.malformed()) break;
  }
  if (last && !output.malformed()) Decoder::End(state, output);
  return {output.size(), output.malformed()};
}

}  // namespace

std::optional<int> FindLegacyEncoding(std::string_view name) {
  const auto* single =
      std::find(std::begin(tables::kSingleByteNames), std::end(tables::kSingleByteNames), name);
  if (single != std::end(tables::kSingleByteNames)) {
    return static_cast<int>(single - tables::kSingleByteNames);
  }
  const auto* multi = std::find(std::begin(kMultiByteNames), std::end(kMultiByteNames), name);
  if (multi == std::end(kMultiByteNames)) return std::nullopt;
  return kSingleByteCount + static_cast<int>(multi - kMultiByteNames);
}

int LegacyEncodingCount() {
  return kSingleByteCount + static_cast<int>(std::size(kMultiByteNames));
}

std::string_view LegacyEncodingName(int encoding) {
  return encoding < kSingleByteCount ? tables::kSingleByteNames[encoding]
                                     : kMultiByteNames[encoding - kSingleByteCount];
}

bool IsAsciiCompatible(int encoding) { return encoding != kSingleByteCount + kIso2022Jp; }

LegacyResult DecodeLegacy(int encoding, DecoderState& state, std::string_view bytes, bool last,
                          bool fatal, char16_t* output) {
  if (encoding < kSingleByteCount) return DecodeSingleByte(encoding, bytes, fatal, output);
  switch (encoding - kSingleByteCount) {
    case kBig5:
      return Run<Big5Decoder>(state, bytes, last, fatal, output);
    case kEucJp:
      return Run<EucJpDecoder>(state, bytes, last, fatal, output);
    case kIso2022Jp:
      return Run<Iso2022JpDecoder>(state, bytes, last, fatal, output);
    case kShiftJis:
      return Run<ShiftJisDecoder>(state, bytes, last, fatal, output);
    case kEucKr:
      return Run<EucKrDecoder>(state, bytes, last, fatal, output);
    default:  // gbk and gb18030
      return Run<Gb18030Decoder>(state, bytes, last, fatal, output);
  }
}

}  // namespace nano::runtime

// The decoders of the Encoding Standard's legacy encodings (sections 9 to 12 and 14.5): bytes to
// UTF-16, in one piece or in chunks. The only state between two chunks is four bytes, so that it
// can lie in V8's heap and be part of a snapshot. Thread-safe: the tables are constants.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/native/encoding/decoder_state.h"

namespace nano::runtime {

// The number of an encoding, from 0, by its name in lower case; nothing for UTF-8, UTF-16,
// "replacement" and names that the standard does not have. Valid for this build only.
std::optional<int> FindLegacyEncoding(std::string_view name);

int LegacyEncodingCount();
std::string_view LegacyEncodingName(int encoding);

// Whether bytes below 0x80 are that character wherever no sequence is open.
bool IsAsciiCompatible(int encoding);

// Code units that suffice for any `length` bytes and any state.
constexpr size_t MostLegacyUnits(size_t length) { return length + 4; }

struct LegacyResult {
  size_t units;  // Written, at most MostLegacyUnits().
  bool
      malformed;  // With `fatal`: the decoder stopped at an error; its state is of no use any more.
};

// Decodes a chunk into `output`. With `last`, an open sequence is an error and the state begins
// anew; without, it stays in `state`. Errors become U+FFFD unless `fatal`.
LegacyResult DecodeLegacy(int encoding, DecoderState& state, std::string_view bytes, bool last,
                          bool fatal, char16_t* output);

}  // namespace nano::runtime

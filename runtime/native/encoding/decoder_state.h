// What a decoder remembers between two chunks of a text: four bytes, so that it can lie in V8's
// heap as a number and be part of a snapshot. Thread: that of its decoder.
#pragma once

#include <cstdint>

namespace nano::runtime {

// All zero at the beginning of a text. Each decoder has its own meaning for it, and copes with any
// values.
struct DecoderState {
  uint8_t mode = 0;
  uint8_t first = 0;
  uint8_t second = 0;
  uint8_t third = 0;
};

}  // namespace nano::runtime

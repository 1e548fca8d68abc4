// Random bytes, from the engine's OpenSSL. Thread: any; each has a generator of its own.
#pragma once

#include <cstdint>
#include <span>

namespace nano::runtime {

// Bytes that may be seen by all: identifiers, initialisation vectors. False if the generator has no
// entropy; nothing may be made up then.
[[nodiscard]] bool FillWithRandom(std::span<uint8_t> bytes);

// Bytes that must stay secret: a generator that is seeded apart from the one above.
[[nodiscard]] bool FillWithSecretRandom(std::span<uint8_t> bytes);

}  // namespace nano::runtime

// Compressing what is served for long, as small as it can be: files, while an app is built. Owns
// what it returns; blocks, some seconds for each megabyte. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nano::runtime {

// The content codings that browsers take (RFC 7932, RFC 8878, RFC 1952).
enum class StoredCoding : uint8_t { kBrotli, kZstd, kGzip };

// None: there is no memory.
std::optional<std::string> Precompress(std::string_view bytes, StoredCoding coding);

}  // namespace nano::runtime

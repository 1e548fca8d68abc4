// Compressing what is served for long: files, while an app is built. As small as it can be, which
// takes some seconds for each megabyte; what is large, as others do it while somebody waits. Owns
// what it returns; blocks. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nano::runtime {

// The content codings that browsers take (RFC 7932, RFC 8878, RFC 1952).
enum class StoredCoding : uint8_t { kBrotli, kZstd, kGzip };

// What has more bytes is not made as small as it could be: nobody waits minutes for one file.
inline constexpr size_t kMostAsSmall = size_t{8} << 20;

// None: there is no memory.
std::optional<std::string> Precompress(std::string_view bytes, StoredCoding coding);

}  // namespace nano::runtime

// Malformed UTF-8 to UTF-16 (Encoding Standard, section 8.1.1). Thread: any.
#pragma once

#include <cstddef>
#include <string_view>

namespace nano::runtime {

// Decodes with U+FFFD for each maximal part of a sequence that is not well-formed. Returns the
// units written, never more than there are bytes. (For well-formed text simdutf alone is faster.)
size_t DecodeMalformedUtf8(std::string_view bytes, char16_t* units);

}  // namespace nano::runtime

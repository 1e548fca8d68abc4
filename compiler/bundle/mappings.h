// The "mappings" of a source map (ECMA-426), read and written. Owns nothing. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nano::compiler {

// All numbers from 0.
struct Mapping {
  int64_t line = 0;  // Of the generated code.
  int64_t column = 0;
  int64_t source = -1;  // Negative: this code has no source.
  int64_t original_line = 0;
  int64_t original_column = 0;
  int64_t name = -1;  // Negative: none.
};

// None if the text is malformed.
std::optional<std::vector<Mapping>> DecodeMappings(std::string_view text);

// The mappings are in the order of their lines.
std::string EncodeMappings(const std::vector<Mapping>& mappings);

}  // namespace nano::compiler

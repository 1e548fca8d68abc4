// Code frames: the lines of a source file around a place, with line numbers and a caret.
//
//     10 | export default {
//   > 11 |   fetch(request {
//        |                 ^
//     12 |     return new Response("hi");
//
// Owns nothing. Thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace nano {

// What a column counts. esbuild and byte-oriented parsers count bytes, V8 and source maps UTF-16
// code units.
enum class ColumnUnit { kBytes, kUtf16 };

struct CodeFramePlace {
  size_t line = 0;    // From 1.
  size_t column = 0;  // From 1; 0 if only the line is known.
  // Just after the last character to be marked; 0: one character. An end on a later line marks the
  // rest of the first one.
  size_t end_line = 0;
  size_t end_column = 0;
  ColumnUnit unit = ColumnUnit::kUtf16;
};

// The place of a byte in a text, its column in bytes.
CodeFramePlace PlaceAt(std::string_view text, size_t offset);

struct CodeFrameOptions {
  size_t context = 2;  // Lines before and after.
  size_t width = 100;  // Cells of the whole frame; longer lines are clipped around the column.
  bool color = false;  // With escape sequences for a terminal.
};

// The frame, its lines joined by line feeds, without one at the end. Empty if the text has no such
// line. Tabs are shown as spaces, other control characters and malformed UTF-8 as U+FFFD.
std::string CodeFrame(std::string_view text, const CodeFramePlace& place,
                      const CodeFrameOptions& options = {});

}  // namespace nano

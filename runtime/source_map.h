// Source maps in a compact binary form: from a place in an app's bundle to the original source.
//
// nanoc encodes the map that esbuild wrote (EncodeSourceMap, source_map/encoder.cc, the only part
// that needs a JSON library); the runtime reads it in place (SourceMap, MapStack) to name original
// files in stack traces. Reading trusts nothing: damaged bytes give no or wrong positions, never a
// read outside of them. Thread-safe: SourceMap is a view and never changes.
//
// The format, all integers little-endian:
//
//   "NSM1"                      magic and version
//   u32 size                    of everything, this header included
//   u32 sources, names, blocks  counts
//   u32 flags                   bit 0: the sources' contents follow their names
//   u32 strings                 offset of the text that the string table's entries lie in
//   u32 segments                offset of the segments
//   string table                sources, then contents if flagged, then names: the end of each
//                               text, u32, relative to `strings`; each begins where the one before
//                               ends
//   block index                 for every kSegmentsPerBlock segments: the generated line and column
//                               of the first, and its offset relative to `segments`, three u32
//   text, segments              up to `segments`, and up to the end
//
// A segment is a tag byte and varints (LEB128, zigzag where signed), relative to the segment
// before; a block's first segment is relative to zero, apart from its generated position. See
// source_map/format.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace nano::runtime {

struct SourceMapOptions {
  // The folder that the map was written for, which its sources are relative to, and the folder that
  // they shall be relative to, usually the app's. Both absolute, or both relative to one folder.
  // Without them sources stay as they are.
  std::string map_directory{};
  std::string base_directory{};
  // Keeps the sources' contents, for OriginalPosition::line_text.
  bool keep_contents = false;
  // The new number of each line of the generated code, from 0, if lines were moved after the map
  // was made; empty: none was.
  std::vector<uint32_t> moved_lines{};
};

// Encodes a source map (ECMA-426, without index maps) as esbuild writes it. Fails with an Error
// that says what is malformed.
Result<std::string> EncodeSourceMap(std::string_view json, const SourceMapOptions& options = {});

// A place in a source. Views into the map's bytes.
struct OriginalPosition {
  std::string_view source;  // A path with '/', relative to SourceMapOptions::base_directory.
  uint32_t line = 0;        // From 1.
  uint32_t column = 0;      // From 1, in UTF-16 code units.
  std::string_view name;    // The original identifier if the bundler renamed it, else empty.
  // The source's line, without its terminator, if contents were kept.
  std::optional<std::string_view> line_text;
};

class SourceMap {
 public:
  // A map without entries.
  SourceMap() = default;
  // Views `bytes`, which must outlive the object. Bytes that are no source map of this version give
  // a map without entries. Costs nothing: only the header is read.
  explicit SourceMap(std::string_view bytes);

  bool empty() const { return block_count_ == 0; }

  // The original position of the code at `line` and `column` of the bundle, both from 1 and the
  // column in UTF-16 code units, as V8's stack traces print them. None if that code is the
  // bundler's own. Takes a microsecond or two, whatever the size of the map.
  std::optional<OriginalPosition> Lookup(uint32_t line, uint32_t column) const;

  // The whole content of a source, by the path that Lookup gives, if contents were kept.
  std::optional<std::string_view> Content(std::string_view source) const;

 private:
  std::string_view Text(uint32_t index) const;

  std::string_view strings_;  // Ends of the texts.
  std::string_view blocks_;   // The block index.
  std::string_view text_;     // What the string table's entries lie in.
  std::string_view segments_;
  uint32_t source_count_ = 0;
  uint32_t name_count_ = 0;
  uint32_t block_count_ = 0;
  bool has_contents_ = false;
};

// Replaces each "SCRIPT_NAME:LINE:COLUMN" of a V8 stack trace (or any other text) by the original
// "path:LINE:COLUMN"; keeps all the rest, and the places that the map does not know.
std::string MapStack(std::string_view stack, std::string_view script_name, const SourceMap& map);

// Takes the frames of the Web APIs' own code off the end of each stack trace in a text: who called
// the app's handler is the same every time and says nothing. Frames above one of the app stay, and
// so does a trace that has no others.
void DropRuntimeTail(std::string& text);

}  // namespace nano::runtime

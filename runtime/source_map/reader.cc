// Reading source maps in place.
#include "runtime/source_map.h"

#include <algorithm>
#include <charconv>

#include "runtime/source_map/format.h"

namespace nano::runtime {
namespace {

using namespace source_map_format;  // The names of one small header.

// Decodes segments one after another. Arithmetic wraps, so damaged bytes give nonsense, not faults.
class SegmentReader {
 public:
  SegmentReader(std::string_view bytes, size_t position, uint32_t line, uint32_t column)
      : bytes_(bytes), position_(position) {
    segment_.line = line;
    segment_.column = column;
  }

  const Segment& segment() const { return segment_; }

  // Moves to the next segment; false at the end of the bytes. The first segment's generated
  // position is the index's: its own says nothing new.
  bool Next() {
    if (position_ >= bytes_.size()) return false;
    const auto tag = static_cast<uint8_t>(bytes_[position_++]);
    uint32_t change = tag >> kColumnShift;
    if (change == kLongColumn) change += Varint();
    if (tag & kNewLine) {
      segment_.line += Varint() + 1;
      segment_.column = 0;
    }
    segment_.column += change;
    segment_.mapped = (tag & kMapped) != 0;
    segment_.named = (tag & kName) != 0;
    if (tag & kSource) segment_.source += UnZigZag(Varint());
    if (tag & kOriginalLine) segment_.original_line += UnZigZag(Varint());
    if (tag & kName) segment_.name += UnZigZag(Varint());
    if (tag & kMapped) segment_.original_column += UnZigZag(Varint());
    return true;
  }

 private:
  uint32_t Varint() {
    uint32_t value = 0;
    for (int shift = 0; shift < 35 && position_ < bytes_.size(); shift += 7) {
      const auto byte = static_cast<uint8_t>(bytes_[position_++]);
      value |= static_cast<uint32_t>(byte & 0x7F) << shift;
      if ((byte & 0x80) == 0) break;
    }
    return value;
  }

  std::string_view bytes_;
  size_t position_;
  Segment segment_;
};

// Lines as ECMAScript and esbuild count them.
std::string_view LineOf(std::string_view text, uint32_t line) {
  for (size_t position = 0;;) {
    size_t end = position;
    size_t next = text.size();
    for (; end < text.size(); ++end) {
      if (text[end] == '\n') {
        next = end + 1;
        break;
      }
      if (text[end] == '\r') {
        next = end + (text.substr(end, 2) == "\r\n" ? 2 : 1);
        break;
      }
      if (text[end] == '\xE2' &&
          (text.substr(end, 3) == "\u2028" || text.substr(end, 3) == "\u2029")) {
        next = end + 3;
        break;
      }
    }
    if (line == 0) return text.substr(position, end - position);
    if (end == text.size()) return {};
    position = next;
    --line;
  }
}

// Reads ":NUMBER" at `position` and moves past it; 0 if there is none.
uint32_t ReadNumber(std::string_view text, size_t& position) {
  if (position >= text.size() || text[position] != ':') return 0;
  uint32_t value = 0;
  const char* begin = text.data() + position + 1;
  const auto [end, error] = std::from_chars(begin, text.data() + text.size(), value);
  if (error != std::errc() || value == 0) return 0;
  position = static_cast<size_t>(end - text.data());
  return value;
}

// Whether a name may begin after `c`: "at f (app.js:1:2)" has one, "at my-app.js:1:2" and
// "/x/app.js:1:2" have longer ones.
bool CanPrecedeName(char c) {
  return c == ' ' || c == '(' || c == '\n' || c == '\t' || c == '"' || c == '\'' || c == '<' ||
         c == '[' || c == '`' || c == ',' || c == '=' || c == '@';
}

// What the Web APIs' scripts are called in stacks, "nano:web" and "nano:web/NAME".
constexpr std::string_view kRuntimeScript = "nano:web";

// A line of a stack trace: "    at NAME (PLACE)" or "    at PLACE", at any depth of indentation.
bool IsFrame(std::string_view line) {
  const size_t begin = line.find_first_not_of(' ');
  return begin != std::string_view::npos && begin > 0 && line.substr(begin).starts_with("at ");
}

// Where the frame ends that a line holds, if it is one of the Web APIs' code, else 0. What may
// follow is the console's: the " {" before an error's further properties.
size_t EndOfRuntimeFrame(std::string_view line) {
  if (!IsFrame(line)) return 0;
  const size_t at = line.rfind(kRuntimeScript);
  if (at == std::string_view::npos || (line[at - 1] != '(' && line[at - 1] != ' ')) return 0;
  size_t end = at + kRuntimeScript.size();
  if (end < line.size() && line[end] == '/') end = line.find(':', end);
  if (ReadNumber(line, end) == 0 || ReadNumber(line, end) == 0) return 0;
  if (line[at - 1] != '(') return end;
  return end < line.size() && line[end] == ')' ? end + 1 : 0;
}

}  // namespace

SourceMap::SourceMap(std::string_view bytes) {
  if (bytes.size() < kHeaderSize || !bytes.starts_with(kMagic)) return;
  if (ReadU32(bytes, 4) != bytes.size()) return;
  const uint64_t sources = ReadU32(bytes, 8);
  const uint64_t names = ReadU32(bytes, 12);
  const uint64_t blocks = ReadU32(bytes, 16);
  const bool has_contents = (ReadU32(bytes, 20) & kHasContents) != 0;
  const uint64_t text = ReadU32(bytes, 24);
  const uint64_t segments = ReadU32(bytes, 28);
  const uint64_t strings_size = (sources * (has_contents ? 2 : 1) + names) * kStringEntrySize;
  const uint64_t blocks_size = blocks * kBlockEntrySize;
  if (kHeaderSize + strings_size + blocks_size != text) return;
  if (text > segments || segments > bytes.size()) return;

  strings_ = bytes.substr(kHeaderSize, strings_size);
  blocks_ = bytes.substr(kHeaderSize + strings_size, blocks_size);
  text_ = bytes.substr(text, segments - text);
  segments_ = bytes.substr(segments);
  source_count_ = static_cast<uint32_t>(sources);
  name_count_ = static_cast<uint32_t>(names);
  block_count_ = static_cast<uint32_t>(blocks);
  has_contents_ = has_contents;
}

std::string_view SourceMap::Text(uint32_t index) const {
  const size_t begin = index == 0 ? 0 : ReadU32(strings_, (index - 1) * kStringEntrySize);
  const size_t end = ReadU32(strings_, index * kStringEntrySize);
  if (begin > end || end > text_.size()) return {};
  return text_.substr(begin, end - begin);
}

std::optional<OriginalPosition> SourceMap::Lookup(uint32_t line, uint32_t column) const {
  if (line == 0 || column == 0) return std::nullopt;
  --line;
  --column;

  // The last block that begins at or before the position.
  uint32_t low = 0;
  uint32_t high = block_count_;
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    const size_t entry = middle * kBlockEntrySize;
    const uint32_t block_line = ReadU32(blocks_, entry);
    if (block_line < line || (block_line == line && ReadU32(blocks_, entry + 4) <= column)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == 0) return std::nullopt;
  const size_t entry = (low - 1) * kBlockEntrySize;
  SegmentReader reader(segments_, ReadU32(blocks_, entry + 8), ReadU32(blocks_, entry),
                       ReadU32(blocks_, entry + 4));

  // The last segment of the block at or before the position.
  Segment found;
  bool any = false;
  for (size_t i = 0; i < kSegmentsPerBlock && reader.Next(); ++i) {
    const Segment& segment = reader.segment();
    if (segment.line > line || (segment.line == line && segment.column > column)) break;
    found = segment;
    any = true;
  }
  if (!any || found.line != line || !found.mapped) return std::nullopt;
  if (found.source >= source_count_ || found.original_line == UINT32_MAX ||
      found.original_column == UINT32_MAX) {
    return std::nullopt;
  }

  OriginalPosition position;
  position.source = Text(found.source);
  position.line = found.original_line + 1;
  position.column = found.original_column + 1;
  if (found.named && found.name < name_count_) {
    position.name = Text(source_count_ * (has_contents_ ? 2 : 1) + found.name);
  }
  if (has_contents_) {
    position.line_text = LineOf(Text(source_count_ + found.source), found.original_line);
  }
  return position;
}

std::optional<std::string_view> SourceMap::Content(std::string_view source) const {
  if (!has_contents_) return std::nullopt;
  for (uint32_t index = 0; index < source_count_; ++index) {
    if (Text(index) == source) return Text(source_count_ + index);
  }
  return std::nullopt;
}

std::string MapStack(std::string_view stack, std::string_view script_name, const SourceMap& map) {
  std::string out;
  if (script_name.empty() || map.empty()) return out.append(stack);
  out.reserve(stack.size());
  size_t copied = 0;
  for (size_t at = 0; (at = stack.find(script_name, at)) != std::string_view::npos;) {
    const size_t begin = at;
    size_t end = begin + script_name.size();
    at = end;
    if (begin > 0 && !CanPrecedeName(stack[begin - 1])) continue;
    const uint32_t line = ReadNumber(stack, end);
    const uint32_t column = line == 0 ? 0 : ReadNumber(stack, end);
    if (column == 0) continue;
    at = end;
    const auto position = map.Lookup(line, column);
    if (!position) continue;
    out.append(stack, copied, begin - copied).append(position->source);
    out.append(":").append(std::to_string(position->line));
    out.append(":").append(std::to_string(position->column));
    copied = end;
  }
  return out.append(stack, copied);
}

void DropRuntimeTail(std::string& text) {
  if (text.find(kRuntimeScript) == std::string::npos) return;
  std::string out;
  out.reserve(text.size());
  // Of the trace that is being read: where its last frame of the app ends in `out`, and what
  // follows its last frame on the same line.
  size_t kept = std::string::npos;
  std::string_view suffix;
  const auto end_trace = [&] {
    if (kept != std::string::npos) out.replace(kept, std::string::npos, suffix);
    kept = std::string::npos;
  };
  std::string_view rest = text;
  for (;;) {
    const size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    const bool is_frame = IsFrame(line);
    if (!is_frame) end_trace();
    if (line.data() != text.data()) out += '\n';
    out.append(line);
    if (is_frame) {
      const size_t frame_end = EndOfRuntimeFrame(line);
      if (frame_end == 0) kept = out.size();
      suffix = frame_end == 0 ? std::string_view() : line.substr(frame_end);
    }
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  end_trace();
  text = std::move(out);
}

}  // namespace nano::runtime

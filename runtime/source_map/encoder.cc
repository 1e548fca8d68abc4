// Encoding of a source map's JSON into the binary form. The compiler's alone.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <tuple>
#include <vector>

#include "base/json_fields.h"
#include "runtime/source_map.h"
#include "runtime/source_map/format.h"

namespace nano::runtime {
namespace {

using namespace source_map_format;  // The names of one small header.

Error Malformed(const std::string& what) {
  return {"the source map is malformed: " + what, "",
          "It is written by the bundler: check that the pinned version of esbuild is installed."};
}

int Base64Value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

// Decodes "mappings" (ECMA-426, "Decoding mappings").
class MappingsParser {
 public:
  MappingsParser(std::string_view text, size_t sources, size_t names)
      : text_(text), sources_(static_cast<int64_t>(sources)), names_(static_cast<int64_t>(names)) {}

  Result<std::vector<Segment>> Parse() {
    std::vector<Segment> segments;
    segments.reserve(text_.size() / 5);
    uint32_t line = 0;
    size_t line_start = 0;
    bool sorted = true;
    const auto end_line = [&] {
      if (!sorted) {
        std::stable_sort(segments.begin() + static_cast<ptrdiff_t>(line_start), segments.end(),
                         [](const Segment& a, const Segment& b) { return a.column < b.column; });
      }
      line_start = segments.size();
      sorted = true;
    };
    while (position_ < text_.size()) {
      if (text_[position_] == ';') {
        end_line();
        ++line;
        column_ = 0;
        ++position_;
      } else if (text_[position_] == ',') {
        ++position_;
      } else {
        Segment segment;
        segment.line = line;
        if (!ParseSegment(segment)) {
          return Malformed("bad mapping at offset " + std::to_string(position_));
        }
        sorted =
            sorted && (segments.size() == line_start || segments.back().column <= segment.column);
        segments.push_back(segment);
      }
    }
    end_line();
    return segments;
  }

 private:
  bool ParseSegment(Segment& segment) {
    if (!Add(column_, kMaximum)) return false;
    segment.column = static_cast<uint32_t>(column_);
    if (AtEnd()) return true;
    if (!Add(source_, sources_ - 1) || !Add(original_line_, kMaximum) ||
        !Add(original_column_, kMaximum)) {
      return false;
    }
    segment.mapped = true;
    segment.source = static_cast<uint32_t>(source_);
    segment.original_line = static_cast<uint32_t>(original_line_);
    segment.original_column = static_cast<uint32_t>(original_column_);
    if (AtEnd()) return true;
    if (!Add(name_, names_ - 1)) return false;
    segment.named = true;
    segment.name = static_cast<uint32_t>(name_);
    return AtEnd();
  }

  bool AtEnd() const {
    return position_ == text_.size() || text_[position_] == ',' || text_[position_] == ';';
  }

  // Adds a base64 VLQ to `value`; false if it is malformed or leaves 0 to `maximum`.
  bool Add(int64_t& value, int64_t maximum) {
    uint64_t digits = 0;
    for (int shift = 0;; shift += 5) {
      if (position_ == text_.size() || shift > 30) return false;
      const int digit = Base64Value(text_[position_]);
      if (digit < 0) return false;
      ++position_;
      digits |= static_cast<uint64_t>(digit & 31) << shift;
      if ((digit & 32) == 0) break;
    }
    const auto magnitude = static_cast<int64_t>(digits >> 1);
    value += (digits & 1) != 0 ? -magnitude : magnitude;
    return value >= 0 && value <= maximum;
  }

  static constexpr int64_t kMaximum = std::numeric_limits<int32_t>::max();

  std::string_view text_;
  size_t position_ = 0;
  int64_t sources_;
  int64_t names_;
  int64_t column_ = 0;
  int64_t source_ = 0;
  int64_t original_line_ = 0;
  int64_t original_column_ = 0;
  int64_t name_ = 0;
};

std::vector<std::string_view> Components(std::string_view path) {
  std::vector<std::string_view> components;
  while (!path.empty()) {
    const size_t end = std::min(path.find('/'), path.size());
    const std::string_view component = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (component.empty() || component == ".") continue;
    if (component == ".." && !components.empty() && components.back() != "..") {
      components.pop_back();
    } else {
      components.push_back(component);
    }
  }
  return components;
}

// "nano:entry" and "https://…" name no file.
bool IsUrl(std::string_view source) {
  const size_t colon = source.find_first_of(":/");
  return colon != std::string_view::npos && colon > 1 && source[colon] == ':';
}

// Sources are URLs: esbuild writes "%" and what is not ASCII as %XX.
std::string PercentDecode(std::string_view text) {
  const auto hex = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  };
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
      out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// A source's path, relative to the base directory.
std::string Relocate(const std::string& source, const SourceMapOptions& options) {
  std::string_view path = source;
  if (path.starts_with("file://")) {
    path.remove_prefix(7);
  } else if (IsUrl(path)) {
    return source;
  }
  std::string decoded = PercentDecode(path);
  if (options.map_directory.empty() && options.base_directory.empty()) return decoded;
  const std::string absolute =
      decoded.starts_with('/') ? decoded : options.map_directory + "/" + decoded;
  const auto from = Components(options.base_directory);
  const auto to = Components(absolute);
  const auto [from_rest, to_rest] = std::mismatch(from.begin(), from.end(), to.begin(), to.end());
  std::string out;
  for (auto up = from_rest; up != from.end(); ++up) out += "../";
  for (auto down = to_rest; down != to.end(); ++down) {
    out.append(*down);
    if (down + 1 != to.end()) out += '/';
  }
  return out;
}

void AppendVarint(std::string& out, uint32_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

void AppendChange(std::string& out, uint32_t from, uint32_t to) {
  AppendVarint(out, ZigZag(static_cast<int32_t>(to - from)));
}

void AppendSegment(std::string& out, const Segment& segment, Segment& last) {
  const bool new_line = segment.line != last.line;
  const uint32_t column = segment.column - (new_line ? 0 : last.column);
  // Without an original position, the values stay the last segment's.
  const bool new_source = segment.mapped && segment.source != last.source;
  const bool new_original_line = segment.mapped && segment.original_line != last.original_line;
  const uint32_t tag = (new_line ? kNewLine : 0) | (segment.mapped ? kMapped : 0) |
                       (new_source ? kSource : 0) | (new_original_line ? kOriginalLine : 0) |
                       (segment.named ? kName : 0) | std::min(column, kLongColumn) << kColumnShift;
  out += static_cast<char>(tag);
  if (column >= kLongColumn) AppendVarint(out, column - kLongColumn);
  if (new_line) AppendVarint(out, segment.line - last.line - 1);
  if (new_source) AppendChange(out, last.source, segment.source);
  if (new_original_line) AppendChange(out, last.original_line, segment.original_line);
  if (segment.named) AppendChange(out, last.name, segment.name);
  if (segment.mapped) AppendChange(out, last.original_column, segment.original_column);

  last.line = segment.line;
  last.column = segment.column;
  if (segment.mapped) {
    last.source = segment.source;
    last.original_line = segment.original_line;
    last.original_column = segment.original_column;
  }
  if (segment.named) last.name = segment.name;
}

// An array of strings; entries may be null where `nullable`. False: it is something else.
bool ReadStrings(const Json& map, const char* key, bool nullable, std::vector<std::string>& out) {
  const Json& list = MemberOf(map, key);
  if (list.array() == nullptr) return nullable && list.is_null();
  out.reserve(out.size() + list.array()->size());
  for (const Json& entry : *list.array()) {
    if (entry.text() != nullptr) {
      out.push_back(*entry.text());
    } else if (nullable && entry.is_null()) {
      out.emplace_back();
    } else {
      return false;
    }
  }
  return true;
}

void MoveLines(std::vector<Segment>& segments, const std::vector<uint32_t>& moved) {
  if (moved.empty()) return;
  for (Segment& segment : segments) {
    if (segment.line < moved.size()) segment.line = moved[segment.line];
  }
  // Each line's segments stay in their order.
  std::stable_sort(segments.begin(), segments.end(),
                   [](const Segment& a, const Segment& b) { return a.line < b.line; });
}

Result<std::string> Serialize(const std::vector<std::string>& strings, size_t sources, size_t names,
                              bool has_contents, const std::vector<Segment>& segments) {
  std::string index;
  std::string encoded;
  uint32_t blocks = 0;
  Segment last;
  for (size_t i = 0; i < segments.size(); ++i) {
    if (i % kSegmentsPerBlock == 0) {
      last = Segment{};
      last.line = segments[i].line;
      last.column = segments[i].column;
      AppendU32(index, last.line);
      AppendU32(index, last.column);
      AppendU32(index, static_cast<uint32_t>(encoded.size()));
      ++blocks;
    }
    AppendSegment(encoded, segments[i], last);
  }

  uint64_t text_size = 0;
  for (const std::string& text : strings) text_size += text.size();
  const uint64_t text_start = kHeaderSize + strings.size() * kStringEntrySize + index.size();
  const uint64_t size = text_start + text_size + encoded.size();
  if (size > std::numeric_limits<uint32_t>::max()) {
    return Error{"the source map is too large: " + std::to_string(size) + " bytes, more than 4 GiB",
                 "", "Bundle less."};
  }

  std::string out;
  out.reserve(size);
  out += kMagic;
  AppendU32(out, static_cast<uint32_t>(size));
  AppendU32(out, static_cast<uint32_t>(sources));
  AppendU32(out, static_cast<uint32_t>(names));
  AppendU32(out, blocks);
  AppendU32(out, has_contents ? kHasContents : 0);
  AppendU32(out, static_cast<uint32_t>(text_start));
  AppendU32(out, static_cast<uint32_t>(text_start + text_size));
  uint64_t end = 0;
  for (const std::string& text : strings) AppendU32(out, static_cast<uint32_t>(end += text.size()));
  out += index;
  for (const std::string& text : strings) out += text;
  out += encoded;
  return out;
}

}  // namespace

Result<std::string> EncodeSourceMap(std::string_view json, const SourceMapOptions& options) {
  const Result<Json> parsed = Json::Parse(json, kFileJson);
  if (!parsed.ok()) return Malformed("it is not JSON");
  const Json& map = *parsed;
  if (map.object() == nullptr) return Malformed("it is not an object");
  if (map.Find("sections") != nullptr) {
    return Malformed("index maps (\"sections\") are not supported");
  }
  if (MemberOf(map, "version").number() != 3) return Malformed("\"version\" is not 3");
  const std::string* mappings = MemberOf(map, "mappings").text();
  if (mappings == nullptr) return Malformed("no \"mappings\" string");

  std::vector<std::string> strings;
  if (!ReadStrings(map, "sources", false, strings)) return Malformed("bad \"sources\"");
  const size_t sources = strings.size();
  const std::string root = TextOf(map, "sourceRoot");
  for (std::string& source : strings) {
    if (!root.empty()) source.insert(0, root + "/");
    source = Relocate(source, options);
  }
  if (options.keep_contents) {
    if (!ReadStrings(map, "sourcesContent", true, strings)) {
      return Malformed("bad \"sourcesContent\"");
    }
    strings.resize(sources * 2);  // Contents may be left out.
  }
  const size_t before_names = strings.size();
  if (!ReadStrings(map, "names", true, strings)) return Malformed("bad \"names\"");
  const size_t names = strings.size() - before_names;

  std::vector<Segment> segments = TRY(MappingsParser(*mappings, sources, names).Parse());
  MoveLines(segments, options.moved_lines);
  return Serialize(strings, sources, names, options.keep_contents, segments);
}

}  // namespace nano::runtime

// Blocks of header fields as messages have them (message.h): "name\nvalue\n" repeated. Views of
// what they are given; thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace nano::http {

struct Field {
  std::string_view name, value;
  std::string_view line;  // Both, as they stand in the block.
};

// Takes the first one off the block. None: there is none, or what there is has no end.
inline std::optional<Field> TakeField(std::string_view& block) {
  const size_t name_end = block.find('\n');
  if (name_end == std::string_view::npos) return std::nullopt;
  const size_t value_end = block.find('\n', name_end + 1);
  if (value_end == std::string_view::npos) return std::nullopt;
  const Field field{.name = block.substr(0, name_end),
                    .value = block.substr(name_end + 1, value_end - name_end - 1),
                    .line = block.substr(0, value_end + 1)};
  block.remove_prefix(field.line.size());
  return field;
}

// The value of the first field of a name.
inline std::optional<std::string_view> FieldValue(std::string_view block, std::string_view name) {
  while (const std::optional<Field> field = TakeField(block)) {
    if (field->name == name) return field->value;
  }
  return std::nullopt;
}

// The block of what is in wire format, "name: value\r\n" repeated, without the fields `connection`,
// of which there is none where there are blocks.
inline std::string BlockOf(std::string_view wire) {
  std::string block;
  block.reserve(wire.size());
  while (!wire.empty()) {
    const size_t colon = wire.find(':');
    const size_t end = wire.find("\r\n", colon);
    const std::string_view name = wire.substr(0, colon);
    if (name != "connection") {
      block.append(name).push_back('\n');
      block.append(wire.substr(colon + 2, end - colon - 2)).push_back('\n');
    }
    wire.remove_prefix(end + 2);
  }
  return block;
}

}  // namespace nano::http

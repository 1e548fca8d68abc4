// Typed values of YAML nodes.
#include "config/yaml/reader.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "config/yaml/suggest.h"
#include "config/yaml/units.h"

namespace nano::config {
namespace {

bool OneOf(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

// YAML 1.2, section 10.3.2, and the words of YAML 1.1 that people still take for booleans.
bool LooksBoolean(std::string_view text) {
  return OneOf(text, {"true", "True", "TRUE", "false", "False", "FALSE", "yes", "Yes", "no", "No",
                      "on", "On", "off", "Off"});
}

bool LooksNumeric(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (text.starts_with("0x") || text.starts_with("0o")) {
    return text.size() > 2 &&
           text.find_first_not_of("0123456789abcdefABCDEF", 2) == std::string_view::npos;
  }
  double number;
  const auto [rest, status] = std::from_chars(text.data(), text.data() + text.size(), number);
  return status != std::errc::invalid_argument && rest == text.data() + text.size();
}

std::string Describe(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      return "nothing";
    case Node::Kind::kList:
      return "a list";
    case Node::Kind::kMap:
      return "a map";
    case Node::Kind::kScalar:
      break;
  }
  if (node.plain && LooksBoolean(node.scalar)) return "the boolean " + node.scalar;
  if (node.plain && LooksNumeric(node.scalar)) return "the number " + node.scalar;
  constexpr size_t kExcerpt = 40;
  if (node.scalar.size() > kExcerpt) return "a text";
  return "'" + node.scalar + "'";
}

}  // namespace

// Extends the path of keys for a scope.
class Reader::Step {
 public:
  Step(Reader& reader, std::string_view key) : reader_(reader), length_(reader.path_.size()) {
    if (!reader_.path_.empty()) reader_.path_ += '.';
    reader_.path_ += key;
  }
  Step(Reader& reader, size_t index) : reader_(reader), length_(reader.path_.size()) {
    reader_.path_ += "[" + std::to_string(index) + "]";
  }
  ~Step() { reader_.path_.resize(length_); }
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;

 private:
  Reader& reader_;
  const size_t length_;
};

void Reader::Fail(const Place& place, std::string message, std::string hint) {
  if (!path_.empty()) message = path_ + ": " + message;
  errors_.push_back(ErrorAt(place, std::move(message), std::move(hint)));
}

bool Reader::IsMap(const Node& node) {
  if (node.kind == Node::Kind::kMap || node.kind == Node::Kind::kNull) return true;
  Fail(node.place, "expected keys with values, found " + Describe(node));
  return false;
}

void Reader::Map(const Node& node, const std::vector<std::string_view>& keys,
                 const std::function<void(const Node::Entry&)>& read) {
  if (!IsMap(node)) return;
  for (const Node::Entry& entry : node.entries) {
    if (std::find(keys.begin(), keys.end(), entry.key) == keys.end()) {
      Fail(entry.place, "unknown key '" + entry.key + "'", Suggest(entry.key, keys));
      continue;
    }
    Step step(*this, entry.key);
    read(entry);
  }
}

void Reader::AnyMap(const Node& node, const std::function<void(const Node::Entry&)>& read) {
  if (!IsMap(node)) return;
  for (const Node::Entry& entry : node.entries) {
    Step step(*this, entry.key);
    read(entry);
  }
}

void Reader::List(const Node& node, std::string_view hint,
                  const std::function<void(const Node&)>& read) {
  if (node.kind != Node::Kind::kList) {
    Fail(node.place, "expected a list, found " + Describe(node), std::string(hint));
    return;
  }
  for (size_t i = 0; i < node.items.size(); ++i) {
    Step step(*this, i);
    read(*node.items[i]);
  }
}

void Reader::ListOrItem(const Node& node, const std::function<void(const Node&)>& read) {
  if (node.kind == Node::Kind::kList) {
    List(node, {}, read);
  } else {
    read(node);
  }
}

bool Reader::IsScalar(const Node& node, const char* expected) {
  if (node.kind == Node::Kind::kScalar) return true;
  Fail(node.place, std::string("expected ") + expected + ", found " + Describe(node));
  return false;
}

bool Reader::String(const Node& node, std::string* out) {
  if (!IsScalar(node, "a text")) return false;
  if (node.plain && (LooksBoolean(node.scalar) || LooksNumeric(node.scalar))) {
    Fail(node.place, "expected a text, found " + Describe(node),
         "Put it in quotes: \"" + node.scalar + "\".");
    return false;
  }
  *out = node.scalar;
  return true;
}

bool Reader::Text(const Node& node, std::string* out) {
  if (node.kind == Node::Kind::kNull) {
    Fail(node.place, "no value", "Write \"\" for an empty text.");
    return false;
  }
  if (!IsScalar(node, "a text")) return false;
  *out = node.scalar;
  return true;
}

bool Reader::Boolean(const Node& node, bool* out) {
  if (!IsScalar(node, "true or false")) return false;
  if (node.plain && OneOf(node.scalar, {"true", "True", "TRUE"})) {
    *out = true;
  } else if (node.plain && OneOf(node.scalar, {"false", "False", "FALSE"})) {
    *out = false;
  } else {
    const bool is_meant = node.plain && OneOf(node.scalar, {"yes", "Yes", "YES", "on", "On", "ON"});
    const bool is_denied =
        node.plain && OneOf(node.scalar, {"no", "No", "NO", "off", "Off", "OFF"});
    Fail(node.place, "expected true or false, found " + Describe(node),
         is_meant    ? "Write true."
         : is_denied ? "Write false."
                     : "");
    return false;
  }
  return true;
}

bool Reader::Count(const Node& node, const Bounds& bounds, uint64_t* out) {
  if (!IsScalar(node, "a whole number")) return false;
  const std::string& text = node.scalar;
  uint64_t number = 0;
  const auto [rest, status] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (!node.plain || status == std::errc::invalid_argument || rest != text.data() + text.size()) {
    Fail(node.place, "expected a whole number, found " + Describe(node));
    return false;
  }
  if (status == std::errc::result_out_of_range || !bounds.Hold(number)) {
    Fail(node.place, text + " is out of range",
         "It can be " + std::to_string(bounds.min) + " to " + std::to_string(bounds.max) + ".");
    return false;
  }
  *out = number;
  return true;
}

bool Reader::Quantity(const Node& node, const Result<uint64_t>& parsed, const Bounds& bounds,
                      std::string (*format)(uint64_t), uint64_t* out) {
  if (!parsed.ok()) {
    Fail(node.place, parsed.error());
    return false;
  }
  if (!bounds.Hold(*parsed)) {
    Fail(node.place, node.scalar + (*parsed < bounds.min ? " is too small" : " is too large"),
         "It can be " + format(bounds.min) + " to " + format(bounds.max) + ".");
    return false;
  }
  *out = *parsed;
  return true;
}

bool Reader::Size(const Node& node, const Bounds& bounds, uint64_t* out) {
  return IsScalar(node, "a size") &&
         Quantity(node, ParseSize(node.scalar), bounds, FormatSize, out);
}

bool Reader::Duration(const Node& node, const Bounds& bounds, uint64_t* out) {
  return IsScalar(node, "a duration") &&
         Quantity(node, ParseMilliseconds(node.scalar), bounds, FormatMilliseconds, out);
}

}  // namespace nano::config

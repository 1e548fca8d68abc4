// A parser by recursive descent, and a writer.
#include "base/json.h"

#include <algorithm>
#include <charconv>

#include "base/json_text.h"
#include "base/utf8.h"

namespace nano {

class Json::Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Json> Document() {
    Json value = TRY(Value(0));
    SkipSpace();
    if (at_ < text_.size()) return Fail("something follows the value");
    return value;
  }

 private:
  Error Fail(std::string message) const { return FailAt(at_, std::move(message)); }

  Error FailAt(size_t position, std::string message) const {
    const std::string_view before = text_.substr(0, position);
    const size_t line_begin = before.rfind('\n') + 1;  // 0 if there is none.
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    return {
        "this is not JSON: " + std::move(message),
        "line " + std::to_string(line) + ", column " + std::to_string(1 + position - line_begin),
        ""};
  }

  void SkipSpace() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != text_.npos) ++at_;
  }

  bool Skip(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool SkipWord(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  Result<Json> Value(int depth) {
    SkipSpace();
    if (at_ == text_.size()) return Fail("a value is missing");
    const char c = text_[at_];
    if (c == '{' || c == '[') {
      if (depth == kMaxDepth) return Fail("values lie too deep within each other");
      ++at_;
      return c == '{' ? ObjectRest(depth + 1) : ArrayRest(depth + 1);
    }
    if (c == '"') return Json(TRY(String()));
    if (c == '-' || (c >= '0' && c <= '9')) return NumberText();
    if (SkipWord("null")) return Json();
    if (SkipWord("true")) return Json(true);
    if (SkipWord("false")) return Json(false);
    return Fail("a value was expected");
  }

  Result<Json> ArrayRest(int depth) {
    Array items;
    SkipSpace();
    if (Skip(']')) return Json(std::move(items));
    for (;;) {
      items.push_back(TRY(Value(depth)));
      SkipSpace();
      if (Skip(']')) return Json(std::move(items));
      if (!Skip(',')) return Fail("',' or ']' was expected");
    }
  }

  Result<Json> ObjectRest(int depth) {
    Object members;
    SkipSpace();
    if (Skip('}')) return Json(std::move(members));
    for (;;) {
      SkipSpace();
      const size_t place = at_;
      if (members.size() == kMaxMembers) return Fail("an object has too many members");
      if (at_ == text_.size() || text_[at_] != '"') return Fail("a name in quotes was expected");
      std::string name = TRY(String());
      SkipSpace();
      if (!Skip(':')) return Fail("':' was expected");
      Json value = TRY(Value(depth));
      members.push_back({std::move(name), std::move(value)});
      if (Repeats(members)) {
        return FailAt(place, "the name '" + Printable(members.back().name) + "' repeats");
      }
      SkipSpace();
      if (Skip('}')) return Json(std::move(members));
      if (!Skip(',')) return Fail("',' or '}' was expected");
    }
  }

  // Whether the last member's name is another's. One by one: kMaxMembers bounds what that costs.
  static bool Repeats(const Object& members) {
    return std::any_of(members.begin(), members.end() - 1,
                       [&](const Member& member) { return member.name == members.back().name; });
  }

  bool SkipDigits() {
    const size_t begin = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    return at_ > begin;
  }

  Result<Json> NumberText() {
    const size_t begin = at_;
    Skip('-');
    if (!Skip('0') && !SkipDigits()) return Fail("a digit was expected");
    if (Skip('.') && !SkipDigits()) return Fail("a digit was expected");
    if (Skip('e') || Skip('E')) {
      if (!Skip('+')) Skip('-');
      if (!SkipDigits()) return Fail("a digit was expected");
    }
    Json number;
    number.value_ = Number{std::string(text_.substr(begin, at_ - begin))};
    return number;
  }

  Result<std::string> String() {
    std::string out;
    ++at_;
    while (at_ < text_.size()) {
      const size_t place = at_;
      const auto byte = static_cast<unsigned char>(text_[at_]);
      if (byte == '"') {
        ++at_;
        return out;
      }
      if (byte < 0x20) return Fail("a control character in a text");
      if (byte == '\\') {
        ++at_;
        AppendUtf8(out, TRY(Escape(place)));
      } else if (byte < 0x80) {
        out += text_[at_++];
      } else {
        const char32_t c = NextCodePoint(text_, at_);
        const std::string_view read = text_.substr(place, at_ - place);
        if (c == kReplacementCharacter && read != "\xEF\xBF\xBD") {
          return FailAt(place, "malformed UTF-8");
        }
        out.append(read);
      }
    }
    return Fail("a text does not end");
  }

  // What follows the backslash at `place`.
  Result<char32_t> Escape(size_t place) {
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (at_ == text_.size()) return Fail("a text does not end");
    const char name = text_[at_++];
    if (const size_t known = kNames.find(name); known != kNames.npos) {
      return static_cast<char32_t>(kMeanings[known]);
    }
    if (name != 'u') return FailAt(place, "an unknown escape");
    const char32_t first = TRY(FourDigits());
    if (first < 0xD800 || first > 0xDFFF) return first;
    if (first > 0xDBFF || !SkipWord("\\u")) return FailAt(place, "half of a surrogate pair");
    const char32_t second = TRY(FourDigits());
    if (second < 0xDC00 || second > 0xDFFF) return FailAt(place, "half of a surrogate pair");
    return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
  }

  Result<char32_t> FourDigits() {
    const std::string_view digits = text_.substr(at_, 4);
    uint32_t unit = 0;
    const auto [rest, status] =
        std::from_chars(digits.data(), digits.data() + digits.size(), unit, 16);
    if (digits.size() != 4 || status != std::errc() || rest != digits.data() + 4) {
      return Fail("four hexadecimal digits were expected");
    }
    at_ += 4;
    return static_cast<char32_t>(unit);
  }

  const std::string_view text_;
  size_t at_ = 0;
};

Json::Json(Object members) : value_(std::move(members)) {}

Result<Json> Json::Parse(std::string_view text) { return Parser(text).Document(); }

std::optional<int64_t> Json::integer() const {
  const auto* number = std::get_if<Number>(&value_);
  if (number == nullptr) return std::nullopt;
  const std::string& text = number->text;
  int64_t value = 0;
  const auto [rest, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || rest != text.data() + text.size()) return std::nullopt;
  return value;
}

const Json* Json::Find(std::string_view name) const {
  if (object() == nullptr) return nullptr;
  for (const Member& member : *object()) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

Json* Json::Find(std::string_view name) {
  return const_cast<Json*>(std::as_const(*this).Find(name));
}

Json& Json::Set(std::string_view name, Json value) {
  if (is_null()) value_ = Object();
  if (Json* known = Find(name); known != nullptr) {
    *known = std::move(value);
  } else {
    object()->push_back({std::string(name), std::move(value)});
  }
  return *this;
}

std::optional<Json> Json::Take(std::string_view name) {
  if (object() == nullptr) return std::nullopt;
  for (auto member = object()->begin(); member != object()->end(); ++member) {
    if (member->name != name) continue;
    Json value = std::move(member->value);
    object()->erase(member);
    return value;
  }
  return std::nullopt;
}

std::string Json::ToString() const {
  std::string out;
  AppendTo(out);
  return out;
}

void Json::AppendTo(std::string& out) const {
  const char* separator = "";
  if (is_null()) {
    out += "null";
  } else if (flag() != nullptr) {
    out += *flag() ? "true" : "false";
  } else if (text() != nullptr) {
    AppendJsonString(out, *text());
  } else if (array() != nullptr) {
    out += '[';
    for (const Json& item : *array()) {
      out += std::exchange(separator, ",");
      item.AppendTo(out);
    }
    out += ']';
  } else if (object() != nullptr) {
    out += '{';
    for (const Member& member : *object()) {
      out += std::exchange(separator, ",");
      AppendJsonString(out, member.name);
      out += ':';
      member.value.AppendTo(out);
    }
    out += '}';
  } else {
    out += std::get<Number>(value_).text;
  }
}

bool Json::operator==(const Json& other) const { return value_ == other.value_; }

Json MergePatch(Json target, const Json& patch) {
  if (patch.object() == nullptr) return patch;
  if (target.object() == nullptr) target = Json::Object();
  for (const Json::Member& member : *patch.object()) {
    if (member.value.is_null()) {
      target.Take(member.name);
    } else if (Json* known = target.Find(member.name); known != nullptr) {
      *known = MergePatch(std::move(*known), member.value);
    } else {
      target.Set(member.name, MergePatch({}, member.value));
    }
  }
  return target;
}

}  // namespace nano

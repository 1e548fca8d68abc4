// Values and their text. The parser is in json_parse.cc.
#include "base/json.h"

#include <charconv>
#include <cmath>
#include <iterator>

#include "base/json_text.h"

namespace nano {

Json::Json(std::string text) : value_(std::move(text)) {}
Json::Json(Array items) : value_(std::move(items)) {}
Json::Json(Object members) : value_(std::move(members)) {}
Json::Json(const std::vector<std::string>& texts) : value_(Array(texts.begin(), texts.end())) {}
Json::Json(Number number) : value_(std::move(number)) {}

Json::Json(const Json& other) = default;
Json::Json(Json&& other) noexcept = default;
Json& Json::operator=(const Json& other) = default;
Json& Json::operator=(Json&& other) noexcept = default;
Json::~Json() = default;

namespace {

// All of a text as a number that T has.
template <typename T>
std::optional<T> Parsed(const std::string& text) {
  T value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, status] = std::from_chars(text.data(), end, value);
  if (status != std::errc() || rest != end) return std::nullopt;
  return value;
}

}  // namespace

std::optional<int64_t> Json::integer() const {
  return is_number() ? Parsed<int64_t>(std::get<Number>(value_).text) : std::nullopt;
}

std::optional<uint64_t> Json::count() const {
  return is_number() ? Parsed<uint64_t>(std::get<Number>(value_).text) : std::nullopt;
}

std::optional<double> Json::number() const {
  return is_number() ? Parsed<double>(std::get<Number>(value_).text) : std::nullopt;
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

Json Json::OfDouble(double number) {
  if (!std::isfinite(number)) return {};
  char text[32];  // "-2.2250738585072014e-308" is the longest.
  return Json(Number{{text, std::to_chars(text, std::end(text), number).ptr}});
}

std::string Json::ToString() const {
  std::string out;
  AppendTo(out);
  return out;
}

std::string Json::ToLines() const {
  std::string out;
  AppendLinesTo(out, 0);
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

void Json::AppendLinesTo(std::string& out, size_t indent) const {
  const bool is_array = array() != nullptr;
  if (is_array ? array()->empty() : object() == nullptr || object()->empty()) return AppendTo(out);
  const std::string line(indent + 2, ' ');
  const char* separator = is_array ? "[\n" : "{\n";
  const auto append = [&](const Json& value, const std::string* name) {
    out.append(std::exchange(separator, ",\n")).append(line);
    if (name != nullptr) {
      AppendJsonString(out, *name);
      out += ": ";
    }
    value.AppendLinesTo(out, indent + 2);
  };
  if (is_array) {
    for (const Json& item : *array()) append(item, nullptr);
  } else {
    for (const Member& member : *object()) append(member.value, &member.name);
  }
  out.append("\n").append(indent, ' ').append(is_array ? "]" : "}");
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

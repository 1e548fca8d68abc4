// JSON values (RFC 8259): parsed strictly and within bounds, put together, written.
//
// A number is kept as the text it was written as, so that nothing is lost that passes through. An
// object keeps the order of its members, whose names are unique.
//
// Owns its values. Thread-safe as any value type.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace nano {

// A member of an object. Of a template, so that it may be named before a Json is complete.
template <typename Value>
struct JsonMember {
  std::string name;
  Value value;
  bool operator==(const JsonMember&) const = default;
};

class Json {
 public:
  using Member = JsonMember<Json>;
  using Array = std::vector<Json>;
  using Object = std::vector<Member>;

  // Lists and objects within each other that Parse takes.
  static constexpr int kMaxDepth = 64;
  // Of one object that Parse takes.
  static constexpr size_t kMaxMembers = 4096;

  Json() = default;                                     // null
  Json(std::nullptr_t) {}                               // NOLINT: implicit by design, as all here
  Json(std::same_as<bool> auto flag) : value_(flag) {}  // NOLINT
  Json(std::string text) : value_(std::move(text)) {}   // NOLINT
  Json(std::string_view text) : value_(std::string(text)) {}  // NOLINT
  Json(const char* text) : value_(std::string(text)) {}       // NOLINT
  Json(std::integral auto number)                             // NOLINT
      requires(!std::same_as<decltype(number), bool>)
      : value_(Number{std::to_string(number)}) {}
  Json(Array items) : value_(std::move(items)) {}  // NOLINT
  Json(Object members);                            // NOLINT

  // A text that is one value and nothing else. Errors have "line 1, column 7" as their place:
  // what RFC 8259 does not allow, malformed UTF-8, halves of surrogate pairs, names that repeat in
  // an object (which readers disagree about), more than kMaxDepth and kMaxMembers.
  static Result<Json> Parse(std::string_view text);

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  // The value, if it is of that kind; else null, or none.
  const bool* flag() const { return std::get_if<bool>(&value_); }
  const std::string* text() const { return std::get_if<std::string>(&value_); }
  const Array* array() const { return std::get_if<Array>(&value_); }
  Array* array() { return std::get_if<Array>(&value_); }
  const Object* object() const { return std::get_if<Object>(&value_); }
  Object* object() { return std::get_if<Object>(&value_); }
  bool is_number() const { return std::holds_alternative<Number>(value_); }
  // A number that is written as a whole one and is in the range.
  std::optional<int64_t> integer() const;

  // A member of an object; null: there is none, or this is no object.
  const Json* Find(std::string_view name) const;
  Json* Find(std::string_view name);
  // Gives an object a member, in place of one of that name; null becomes an object. Returns this.
  Json& Set(std::string_view name, Json value);
  // Takes a member out; none: there is none.
  std::optional<Json> Take(std::string_view name);

  // On one line, without spaces.
  std::string ToString() const;
  void AppendTo(std::string& out) const;

  bool operator==(const Json& other) const;

 private:
  struct Number {
    std::string text;
    bool operator==(const Number&) const = default;
  };
  class Parser;

  std::variant<std::monostate, bool, Number, std::string, Array, Object> value_;
};

// `target` as `patch` changes it (RFC 7396): null takes a member away, objects are merged, all else
// replaces.
Json MergePatch(Json target, const Json& patch);

}  // namespace nano

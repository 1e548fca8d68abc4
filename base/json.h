// JSON values (RFC 8259): parsed strictly and within bounds, put together, written.
//
// A number is kept as the text it was written as, so that nothing is lost that passes through. An
// object keeps the order of its members, whose names are unique. They are looked up one by one: who
// looks up many in an object of many goes through it once instead.
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

// What Parse takes, and how it tells of what it does not.
struct JsonRules {
  int depth = 64;         // Of lists and objects within each other.
  size_t members = 4096;  // Of one object.
  // Names may repeat in an object; the last value counts, as for JSON.parse(). Otherwise they are
  // an error, since readers disagree about what they mean.
  bool repeats = false;
  // If it is not empty, errors are at "FILE:1:7" with an excerpt, else at "line 1, column 7".
  std::string_view file{};
};

// For files that programs write for each other.
inline constexpr JsonRules kFileJson{.depth = 512, .members = 1 << 20, .repeats = true};

class Json {
 public:
  using Member = JsonMember<Json>;
  using Array = std::vector<Json>;
  using Object = std::vector<Member>;

  Json() = default;        // null
  Json(std::nullptr_t) {}  // NOLINT: implicit by design, as all here
  Json(std::same_as<bool> auto flag) : value_(std::in_place_type<bool>, flag) {}  // NOLINT
  Json(std::string text);                                                         // NOLINT
  Json(std::string_view text) : Json(std::string(text)) {}                        // NOLINT
  Json(const char* text) : Json(std::string(text)) {}                             // NOLINT
  Json(std::integral auto number)                                                 // NOLINT
      requires(!std::same_as<decltype(number), bool>)
      : Json(Number{std::to_string(number)}) {}
  // The shortest text that gives the same number; null for what is none or infinite.
  Json(std::floating_point auto number) : Json(OfDouble(number)) {}  // NOLINT
  Json(Array items);                                                 // NOLINT
  Json(Object members);                                              // NOLINT
  Json(const std::vector<std::string>& texts);                       // NOLINT: a list

  // Once, in json.cc, and not in whatever has a Json.
  Json(const Json& other);
  Json(Json&& other) noexcept;
  Json& operator=(const Json& other);
  Json& operator=(Json&& other) noexcept;
  ~Json();

  // A text that is one value and nothing else but, maybe, a byte order mark before it. Errors: what
  // RFC 8259 does not allow, malformed UTF-8, halves of surrogate pairs, numbers beyond those of
  // a double, and what the rules say.
  static Result<Json> Parse(std::string_view text, const JsonRules& rules = {});

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
  std::optional<uint64_t> count() const;
  std::optional<double> number() const;

  // A member of an object; null: there is none, or this is no object.
  const Json* Find(std::string_view name) const;
  Json* Find(std::string_view name);
  // Gives an object a member, in place of one of that name; null becomes an object. Returns this.
  Json& Set(std::string_view name, Json value);
  // Takes a member out; none: there is none.
  std::optional<Json> Take(std::string_view name);

  // On one line, without spaces. Malformed UTF-8 becomes U+FFFD.
  std::string ToString() const;
  // A line for each member and item, indented by two spaces for each level.
  std::string ToLines() const;
  void AppendTo(std::string& out) const;

  bool operator==(const Json& other) const;

 private:
  struct Number {
    std::string text;
    bool operator==(const Number&) const = default;
  };
  class Builder;

  explicit Json(Number number);
  static Json OfDouble(double number);
  void AppendLinesTo(std::string& out, size_t indent) const;

  std::variant<std::monostate, bool, Number, std::string, Array, Object> value_;
};

// `target` as `patch` changes it (RFC 7396): null takes a member away, objects are merged, all else
// replaces.
Json MergePatch(Json target, const Json& patch);

}  // namespace nano

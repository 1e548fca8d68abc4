// Parsing by nlohmann's library, whose only place this is: its lexer and grammar call a Builder for
// each value. What the library has no word on (depth, the number of members, names that repeat,
// where a name stands) the Builder sees to.
#include <algorithm>
#include <cstddef>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/code_frame.h"
#include "base/json.h"
#include "base/utf8.h"

namespace nano {
namespace {

using Library = nlohmann::json;

// The text as the lexer reads it: byte by byte, its copies at the same place, which others see.
class Cursor {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  explicit Cursor(const char** at) : at_(at) {}
  reference operator*() const { return **at_; }
  Cursor& operator++() {
    ++*at_;
    return *this;
  }
  bool operator==(const Cursor& other) const { return *at_ == *other.at_; }
  bool operator!=(const Cursor& other) const { return !(*this == other); }

 private:
  const char** at_;
};

// The library's own words, without the number of its exception, the place, and what it has read,
// which may be long or a secret.
std::string Reason(const nlohmann::detail::exception& exception) {
  if (dynamic_cast<const Library::out_of_range*>(&exception) != nullptr) {
    return "a number is too large";
  }
  std::string_view text = exception.what();
  text = text.substr(0, text.find("; last read: "));
  constexpr std::string_view kSyntax = "syntax error";
  const size_t syntax = text.find(kSyntax);
  if (syntax == text.npos) return "malformed text";
  constexpr std::string_view kDash = " - ";
  const size_t dash = text.find(kDash, syntax);
  return std::string(dash == text.npos ? text.substr(syntax) : text.substr(dash + kDash.size()));
}

}  // namespace

// What the library calls: false ends the parsing.
class Json::Builder : public nlohmann::json_sax<Library> {
 public:
  Builder(std::string_view text, const JsonRules& rules)
      : text_(text), rules_(rules), at_(text.data()) {}

  Result<Json> Build() {
    const char* end = text_.data() + text_.size();
    if (Library::sax_parse(Cursor(&at_), Cursor(&end), this)) {
      // Where the library sees one between values, it takes it for the end.
      const size_t nul = text_.find('\0');
      if (nul == text_.npos) return std::move(root_);
      Fail(nul, "something follows the value");
    }
    return *std::move(fault_);
  }

  bool null() override { return Add({}); }
  bool boolean(bool flag) override { return Add(flag); }
  // The only number below 0 that has no sign when it is written again is "-0".
  bool number_integer(int64_t number) override {
    return number == 0 ? Add(Json(Number{"-0"})) : Add(number);
  }
  bool number_unsigned(uint64_t number) override { return Add(number); }
  bool number_float(double, const std::string& text) override { return Add(Json(Number{text})); }
  bool string(std::string& text) override { return Add(std::move(text)); }
  bool binary(Library::binary_t&) override { return false; }  // Not of JSON texts.
  bool start_array(size_t) override { return Open(Array()); }
  bool end_array() override { return Close(); }
  bool start_object(size_t) override { return Open(Object()); }
  bool end_object() override { return Close(); }

  bool key(std::string& name) override {
    Level& level = levels_.back();
    Object& members = *level.value->object();
    const size_t index = IndexOf(name, level);
    if (index < members.size() && !rules_.repeats) {
      return Fail(NamePlace(), "the name '" + Printable(name) + "' repeats");
    }
    if (index == members.size()) {
      if (index == rules_.members) return Fail(NamePlace(), "an object has too many members");
      members.push_back({std::move(name), {}});
    }
    level.member = index;
    end_ = at_;
    return true;
  }

  bool parse_error(size_t position, const std::string&,
                   const nlohmann::detail::exception& exception) override {
    return Fail(position == 0 ? 0 : position - 1, Reason(exception));
  }

 private:
  // A list or an object that has begun and not ended.
  struct Level {
    Json* value;        // Stays where it is: what holds it does not grow before it has ended.
    size_t member = 0;  // Of an object: the one whose value comes next.
    std::unordered_map<std::string, size_t> indices;  // Of its members, once they are many.
  };

  bool Add(Json&& value) {
    Place(std::move(value));
    return true;
  }

  Json* Place(Json&& value) {
    end_ = at_;
    if (levels_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Level& level = levels_.back();
    if (Array* items = level.value->array()) return &items->emplace_back(std::move(value));
    Json& member = (*level.value->object())[level.member].value;
    member = std::move(value);
    return &member;
  }

  bool Open(Json&& value) {
    if (levels_.size() == static_cast<size_t>(rules_.depth)) {
      return Fail(Offset() - 1, "values lie too deep within each other");
    }
    levels_.push_back({.value = Place(std::move(value)), .indices = {}});
    return true;
  }

  bool Close() {
    levels_.pop_back();
    end_ = at_;
    return true;
  }

  // Of the member with a name; their number if there is none.
  static size_t IndexOf(const std::string& name, Level& level) {
    constexpr size_t kFew = 16;
    const Object& members = *level.value->object();
    if (members.size() < kFew) {
      return static_cast<size_t>(
          std::find_if(members.begin(), members.end(),
                       [&](const Member& member) { return member.name == name; }) -
          members.begin());
    }
    if (level.indices.empty()) {
      for (size_t i = 0; i < members.size(); ++i) level.indices.emplace(members[i].name, i);
    }
    return level.indices.emplace(name, members.size()).first->second;
  }

  size_t Offset() const { return static_cast<size_t>(at_ - text_.data()); }

  // Of the name that was just read, which follows what was told last.
  size_t NamePlace() const {
    return text_.find_first_not_of(" \t\r\n,", static_cast<size_t>(end_ - text_.data()));
  }

  bool Fail(size_t offset, const std::string& message) {
    const CodeFramePlace place = PlaceAt(text_, std::min(offset, text_.size()));
    const std::string line = std::to_string(place.line);
    const std::string column = std::to_string(place.column);
    fault_ = Error{.message = "this is not JSON: " + message, .where = "", .hint = ""};
    if (rules_.file.empty()) {
      fault_->where = "line " + line + ", column " + column;
    } else {
      fault_->where = std::string(rules_.file) + ":" + line + ":" + column;
      fault_->excerpt = CodeFrame(text_, place);
    }
    return false;
  }

  const std::string_view text_;
  const JsonRules& rules_;
  const char* at_;         // Behind what the library has read.
  const char* end_ = at_;  // Behind the last value, name or bracket that it told of.
  std::vector<Level> levels_;
  Json root_;
  std::optional<Error> fault_;
};

Result<Json> Json::Parse(std::string_view text, const JsonRules& rules) {
  return Builder(text, rules).Build();
}

}  // namespace nano

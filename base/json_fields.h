// Members of what another program says: read without complaint, where what another version does not
// say is as good as empty; or told to be missing, where all of it has to be there.
//
// Owns nothing; what is returned by reference lives as long as the JSON. Thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace nano {

inline const Json& MemberOf(const Json& json, std::string_view name) {
  static const Json nothing;
  const Json* found = json.Find(name);
  return found == nullptr ? nothing : *found;
}

// Empty if it is no text.
inline std::string TextOf(const Json& json, std::string_view name) {
  const std::string* text = MemberOf(json, name).text();
  return text == nullptr ? std::string() : *text;
}

inline int64_t NumberOf(const Json& json, std::string_view name) {
  return MemberOf(json, name).integer().value_or(0);
}

inline uint64_t CountOf(const Json& json, std::string_view name) {
  return MemberOf(json, name).count().value_or(0);
}

inline bool FlagOf(const Json& json, std::string_view name) {
  const bool* flag = MemberOf(json, name).flag();
  return flag != nullptr && *flag;
}

inline const Json::Array& ListOf(const Json& json, std::string_view name) {
  static const Json::Array nothing;
  const Json::Array* list = MemberOf(json, name).array();
  return list == nullptr ? nothing : *list;
}

inline const Json::Object& MembersOf(const Json& json, std::string_view name) {
  static const Json::Object nothing;
  const Json::Object* members = MemberOf(json, name).object();
  return members == nullptr ? nothing : *members;
}

inline double DecimalOf(const Json& json, std::string_view name) {
  return MemberOf(json, name).number().value_or(0);
}

// Those of a list that are texts.
inline std::vector<std::string> TextsOf(const Json& json, std::string_view name) {
  std::vector<std::string> texts;
  for (const Json& item : ListOf(json, name)) {
    if (item.text() != nullptr) texts.push_back(*item.text());
  }
  return texts;
}

// The texts of a list; none if it is no list, or one of something else as well.
inline std::optional<std::vector<std::string>> AllTexts(const Json& list) {
  if (list.array() == nullptr) return std::nullopt;
  std::vector<std::string> texts;
  for (const Json& item : *list.array()) {
    if (item.text() == nullptr) return std::nullopt;
    texts.push_back(*item.text());
  }
  return texts;
}

// Reads members that all have to be there, and of their kinds: whether they are is asked once, when
// they have been read.
class RequiredFields {
 public:
  explicit RequiredFields(const Json& json) : json_(json) {}

  std::string Text(std::string_view name) {
    const std::string* text = MemberOf(json_, name).text();
    return Check(name, text != nullptr) ? *text : std::string();
  }
  bool Flag(std::string_view name) {
    const bool* flag = MemberOf(json_, name).flag();
    return Check(name, flag != nullptr) && *flag;
  }
  int64_t Number(std::string_view name) {
    const std::optional<int64_t> number = MemberOf(json_, name).integer();
    return Check(name, number.has_value()) ? *number : 0;
  }
  uint64_t Count(std::string_view name) {
    const std::optional<uint64_t> number = MemberOf(json_, name).count();
    return Check(name, number.has_value()) ? *number : 0;
  }
  double Decimal(std::string_view name) {
    const std::optional<double> number = MemberOf(json_, name).number();
    return Check(name, number.has_value()) ? *number : 0;
  }
  const Json::Array& List(std::string_view name) {
    Check(name, MemberOf(json_, name).array() != nullptr);
    return ListOf(json_, name);
  }
  const Json::Object& Members(std::string_view name) {
    Check(name, MemberOf(json_, name).object() != nullptr);
    return MembersOf(json_, name);
  }

  // For what the caller sees to be wrong. Returns `right`.
  bool Check(std::string_view name, bool right) {
    if (!right && missing_.empty()) missing_ = name;
    return right;
  }

  // The first one that was not there, or something else; empty: all is well.
  const std::string& missing() const { return missing_; }

 private:
  const Json& json_;
  std::string missing_;
};

}  // namespace nano

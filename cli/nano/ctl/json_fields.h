// Members of the server's answers, read without complaint: what a server of another version does
// not say is as good as empty.
//
// Owns nothing; what is returned by reference lives as long as the JSON. Thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace nano::cli::ctl {

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
  const int64_t number = NumberOf(json, name);
  return number < 0 ? 0 : static_cast<uint64_t>(number);
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

// Those of a list that are texts.
inline std::vector<std::string> TextsOf(const Json& json, std::string_view name) {
  std::vector<std::string> texts;
  for (const Json& item : ListOf(json, name)) {
    if (item.text() != nullptr) texts.push_back(*item.text());
  }
  return texts;
}

}  // namespace nano::cli::ctl

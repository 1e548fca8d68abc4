// Holds JSON values against the JSON Schemas that the API documents: as much of JSON Schema
// (2020-12) as those use.
#pragma once

#include <string>

#include "base/json.h"
#include "server/admin/schemas.h"

namespace nano::server::admin::testing {

inline bool IsOfType(const Json& value, const std::string& type) {
  if (type == "null") return value.is_null();
  if (type == "boolean") return value.flag() != nullptr;
  if (type == "string") return value.text() != nullptr;
  if (type == "array") return value.array() != nullptr;
  if (type == "object") return value.object() != nullptr;
  if (type == "integer") return value.integer().has_value();
  return false;
}

// What is wrong with a value; empty: nothing.
inline std::string Mismatch(const Json& value, const Json& schema, const std::string& place = "$") {
  constexpr std::string_view kPrefix = "#/components/schemas/";
  if (const Json* reference = schema.Find("$ref")) {
    const std::string& target = *reference->text();
    const Json* named = Schemas().Find(std::string_view(target).substr(kPrefix.size()));
    if (!target.starts_with(kPrefix) || named == nullptr) return place + ": no schema " + target;
    return Mismatch(value, *named, place);
  }
  if (const Json* any = schema.Find("anyOf")) {
    std::string all;
    for (const Json& option : *any->array()) {
      const std::string wrong = Mismatch(value, option, place);
      if (wrong.empty()) return {};
      all += wrong + "; ";
    }
    return all;
  }
  if (const Json* constant = schema.Find("const"); constant != nullptr && !(value == *constant)) {
    return place + ": is not " + constant->ToString();
  }
  if (const Json* type = schema.Find("type")) {
    bool fits = type->text() != nullptr && IsOfType(value, *type->text());
    if (type->array() != nullptr) {
      for (const Json& one : *type->array()) fits = fits || IsOfType(value, *one.text());
    }
    if (!fits) return place + ": " + value.ToString() + " is not " + type->ToString();
  }
  if (const Json* values = schema.Find("enum")) {
    bool found = false;
    for (const Json& one : *values->array()) found = found || one == value;
    if (!found) return place + ": " + value.ToString() + " is not in " + values->ToString();
  }
  if (const Json* items = schema.Find("items"); items != nullptr && value.array() != nullptr) {
    for (const Json& item : *value.array()) {
      if (std::string wrong = Mismatch(item, *items, place + "[]"); !wrong.empty()) return wrong;
    }
  }
  if (value.object() == nullptr) return {};
  if (const Json* required = schema.Find("required")) {
    for (const Json& name : *required->array()) {
      if (value.Find(*name.text()) == nullptr) return place + " has no " + *name.text();
    }
  }
  const Json* properties = schema.Find("properties");
  const Json* others = schema.Find("additionalProperties");
  for (const Json::Member& member : *value.object()) {
    const std::string below = place + "." + member.name;
    const Json* known = properties == nullptr ? nullptr : properties->Find(member.name);
    if (known == nullptr && others != nullptr) {
      if (others->flag() != nullptr && !*others->flag()) return below + " is not documented";
      if (others->object() != nullptr) known = others;
    }
    if (known == nullptr) continue;
    if (std::string wrong = Mismatch(member.value, *known, below); !wrong.empty()) return wrong;
  }
  return {};
}

}  // namespace nano::server::admin::testing

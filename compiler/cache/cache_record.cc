// Two lines of JSON.
#include "compiler/cache/cache_record.h"

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "compiler/cache/field_hash.h"

namespace nano::compiler {
namespace {

using Json = nlohmann::json;

// Paths are bytes; JSON has text. What is no UTF-8 is not kept, so that nothing is taken for
// something else.
std::string Dump(const Json& json) {
  try {
    return json.dump();
  } catch (const Json::exception&) {
    return "null";
  }
}

}  // namespace

std::string EncodeRecord(const CacheRecord& record, const AppResult& result) {
  Json list = Json::array();
  for (const Input& input : record.inputs.list) {
    list.push_back({input.lookup.opened, input.lookup.path, input.state});
  }
  Json names = Json::object();
  for (const auto& [folder, set] : record.inputs.names) {
    // In order: equal builds make equal files.
    names[folder] = std::set<std::string>(set.begin(), set.end());
  }
  const Json first{{"inputs", list},
                   {"names", names},
                   {"all_names", record.inputs.all_names},
                   {"appearance", record.appearance}};
  return Dump(first) + "\n" + SerializeAppResult(result);
}

std::optional<CacheRecord> DecodeRecord(std::string_view text) {
  const Json json = Json::parse(text.substr(0, text.find('\n')), nullptr, false);
  if (!json.is_object()) return std::nullopt;
  try {
    CacheRecord record{.inputs = {.list = {}, .names = {}, .all_names = json.at("all_names")},
                       .appearance = json.at("appearance")};
    for (const auto& [folder, names] : json.at("names").items()) {
      record.inputs.names[folder] = names.get<ModuleNames::Set>();
    }
    for (const Json& item : json.at("inputs")) {
      record.inputs.list.push_back(
          {.lookup = {.path = item.at(1), .opened = item.at(0)}, .state = item.at(2)});
    }
    return record;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

std::optional<AppResult> DecodeRecordedResult(std::string_view text) {
  const size_t line = text.find('\n');
  if (line == std::string_view::npos) return std::nullopt;
  Result<AppResult> result = ParseAppResult(text.substr(line + 1));
  if (!result.ok()) return std::nullopt;
  return std::move(*result);
}

std::string DigestOf(const Inputs& inputs) {
  FieldHash hash;
  for (const Input& input : inputs.list) {
    hash.AddNumber(input.lookup.opened ? 1 : 0);
    hash.Add(input.lookup.path);
    hash.Add(input.state);
  }
  return hash.Hex();
}

}  // namespace nano::compiler

// Two lines of JSON.
#include "compiler/cache/cache_record.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "base/json_fields.h"
#include "base/utf8.h"
#include "compiler/cache/field_hash.h"

namespace nano::compiler {
namespace {

// Paths are bytes; JSON has text. What is no UTF-8 is not kept, so that nothing is taken for
// something else.
bool IsText(const Json& json) {
  if (json.text() != nullptr) return IsUtf8(*json.text());
  if (json.array() != nullptr) {
    return std::all_of(json.array()->begin(), json.array()->end(), IsText);
  }
  return json.object() == nullptr ||
         std::all_of(json.object()->begin(), json.object()->end(), [](const Json::Member& member) {
           return IsUtf8(member.name) && IsText(member.value);
         });
}

std::optional<Input> ReadInput(const Json& json) {
  const Json::Array* parts = json.array();
  if (parts == nullptr || parts->size() != 3) return std::nullopt;
  const bool* opened = (*parts)[0].flag();
  const std::string* path = (*parts)[1].text();
  const std::string* state = (*parts)[2].text();
  if (opened == nullptr || path == nullptr || state == nullptr) return std::nullopt;
  return Input{.lookup = {.path = *path, .opened = *opened}, .state = *state};
}

}  // namespace

std::string EncodeRecord(const CacheRecord& record, const AppResult& result) {
  Json::Array list;
  for (const Input& input : record.inputs.list) {
    list.push_back(Json::Array{input.lookup.opened, input.lookup.path, input.state});
  }
  Json::Object names;
  for (const auto& [folder, set] : record.inputs.names) {
    // In order: equal builds make equal files.
    const std::set<std::string_view> sorted(set.begin(), set.end());
    names.push_back({folder, Json::Array(sorted.begin(), sorted.end())});
  }
  const Json first = Json::Object{{"all_names", record.inputs.all_names},
                                  {"appearance", record.appearance},
                                  {"inputs", std::move(list)},
                                  {"names", std::move(names)}};
  return (IsText(first) ? first.ToString() : "null") + "\n" + SerializeAppResult(result);
}

std::optional<CacheRecord> DecodeRecord(std::string_view text) {
  const Result<Json> json = Json::Parse(text.substr(0, text.find('\n')), kFileJson);
  if (!json.ok()) return std::nullopt;
  RequiredFields fields(*json);
  CacheRecord record{.inputs = {.list = {}, .names = {}, .all_names = fields.Flag("all_names")},
                     .appearance = fields.Text("appearance")};
  for (const auto& [folder, names] : fields.Members("names")) {
    const std::optional<std::vector<std::string>> texts = AllTexts(names);
    if (!fields.Check("names", texts.has_value())) break;
    record.inputs.names[folder] = ModuleNames::Set(texts->begin(), texts->end());
  }
  for (const Json& item : fields.List("inputs")) {
    std::optional<Input> input = ReadInput(item);
    if (!fields.Check("inputs", input.has_value())) break;
    record.inputs.list.push_back(*std::move(input));
  }
  if (!fields.missing().empty()) return std::nullopt;
  return record;
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

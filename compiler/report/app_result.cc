// The record as JSON.
#include "compiler/report/app_result.h"

#include <optional>
#include <utility>

#include "base/json_fields.h"

namespace nano::compiler {
namespace {

Json ToJson(const std::vector<Error>& errors) {
  Json::Array list;
  for (const Error& error : errors) {
    list.push_back(Json::Array{error.message, error.where, error.hint, error.excerpt});
  }
  return list;
}

std::vector<Error> ReadErrors(RequiredFields& fields, std::string_view name) {
  std::vector<Error> errors;
  for (const Json& item : fields.List(name)) {
    std::optional<std::vector<std::string>> texts = AllTexts(item);
    if (!fields.Check(name, texts.has_value() && texts->size() == 4)) break;
    errors.push_back({.message = std::move((*texts)[0]),
                      .where = std::move((*texts)[1]),
                      .hint = std::move((*texts)[2]),
                      .excerpt = std::move((*texts)[3])});
  }
  return errors;
}

std::vector<LogLine> ReadLog(RequiredFields& fields) {
  std::vector<LogLine> log;
  for (const Json& item : fields.List("log")) {
    RequiredFields line(item);
    log.push_back({static_cast<runtime::LogLevel>(line.Number("level")), line.Text("text")});
    if (!fields.Check("log", line.missing().empty())) break;
  }
  return log;
}

}  // namespace

std::string SerializeAppResult(const AppResult& result) {
  Json::Array log;
  for (const LogLine& line : result.log) {
    log.push_back(Json::Object{{"level", static_cast<int>(line.level)}, {"text", line.text}});
  }
  const Json json = Json::Object{{"name", result.name},
                                 {"entry", result.entry},
                                 {"errors", ToJson(result.errors)},
                                 {"warnings", ToJson(result.warnings)},
                                 {"notes", ToJson(result.notes)},
                                 {"log", std::move(log)},
                                 {"container", result.container},
                                 {"digest", result.digest},
                                 {"bundle_bytes", result.bundle_bytes},
                                 {"snapshot_bytes", result.snapshot_bytes},
                                 {"asset_files", result.asset_files},
                                 {"asset_bytes", result.asset_bytes},
                                 {"asset_packed", result.asset_packed},
                                 {"asset_ignored", result.asset_ignored},
                                 {"build_ms", result.build_ms},
                                 {"boot_ms", result.boot_ms},
                                 {"first_request_ms", result.first_request_ms},
                                 {"first_status", result.first_status},
                                 {"first_problem", result.first_problem},
                                 {"cached", result.cached}};
  return json.ToString();
}

Result<AppResult> ParseAppResult(std::string_view line) {
  const Result<Json> json = Json::Parse(line);
  if (!json.ok()) {
    return Error{"malformed record of a build: " + json.error().message, json.error().where, ""};
  }
  RequiredFields fields(*json);
  AppResult result{.name = fields.Text("name"),
                   .entry = fields.Text("entry"),
                   .errors = ReadErrors(fields, "errors"),
                   .warnings = ReadErrors(fields, "warnings"),
                   .notes = ReadErrors(fields, "notes"),
                   .log = ReadLog(fields),
                   .container = fields.Text("container"),
                   .digest = fields.Text("digest"),
                   .bundle_bytes = fields.Count("bundle_bytes"),
                   .snapshot_bytes = fields.Count("snapshot_bytes"),
                   .asset_files = fields.Count("asset_files"),
                   .asset_bytes = fields.Count("asset_bytes"),
                   .asset_packed = fields.Count("asset_packed"),
                   .asset_ignored = fields.Count("asset_ignored"),
                   .build_ms = fields.Decimal("build_ms"),
                   .boot_ms = fields.Decimal("boot_ms"),
                   .first_request_ms = fields.Decimal("first_request_ms"),
                   .first_status = static_cast<int>(fields.Number("first_status")),
                   .first_problem = fields.Text("first_problem"),
                   .cached = fields.Flag("cached")};
  if (!fields.missing().empty()) {
    return Error{"malformed record of a build: no '" + fields.missing() + "', or a wrong one", "",
                 ""};
  }
  return result;
}

}  // namespace nano::compiler

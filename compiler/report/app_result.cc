// The record as JSON.
#include "compiler/report/app_result.h"

#include <nlohmann/json.hpp>

namespace nano::compiler {
namespace {

using Json = nlohmann::json;

Json ToJson(const std::vector<Error>& errors) {
  Json list = Json::array();
  for (const Error& error : errors) {
    list.push_back({error.message, error.where, error.hint, error.excerpt});
  }
  return list;
}

std::vector<Error> ReadErrors(const Json& list) {
  std::vector<Error> errors;
  for (const Json& item : list) {
    errors.push_back({.message = item.at(0).get<std::string>(),
                      .where = item.at(1).get<std::string>(),
                      .hint = item.at(2).get<std::string>(),
                      .excerpt = item.at(3).get<std::string>()});
  }
  return errors;
}

}  // namespace

std::string SerializeAppResult(const AppResult& result) {
  Json log = Json::array();
  for (const LogLine& line : result.log) log.push_back({static_cast<int>(line.level), line.text});
  const Json json{{"name", result.name},
                  {"entry", result.entry},
                  {"errors", ToJson(result.errors)},
                  {"warnings", ToJson(result.warnings)},
                  {"notes", ToJson(result.notes)},
                  {"log", log},
                  {"container", result.container},
                  {"digest", result.digest},
                  {"bundle_bytes", result.bundle_bytes},
                  {"snapshot_bytes", result.snapshot_bytes},
                  {"build_ms", result.build_ms},
                  {"boot_ms", result.boot_ms},
                  {"first_request_ms", result.first_request_ms},
                  {"first_status", result.first_status},
                  {"first_problem", result.first_problem},
                  {"cached", result.cached}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<AppResult> ParseAppResult(std::string_view line) {
  try {
    const Json json = Json::parse(line);
    AppResult result{.name = json.at("name"),
                     .entry = json.at("entry"),
                     .errors = ReadErrors(json.at("errors")),
                     .warnings = ReadErrors(json.at("warnings")),
                     .notes = ReadErrors(json.at("notes")),
                     .log = {},
                     .container = json.at("container"),
                     .digest = json.at("digest"),
                     .bundle_bytes = json.at("bundle_bytes"),
                     .snapshot_bytes = json.at("snapshot_bytes"),
                     .build_ms = json.at("build_ms"),
                     .boot_ms = json.at("boot_ms"),
                     .first_request_ms = json.at("first_request_ms"),
                     .first_status = json.at("first_status"),
                     .first_problem = json.at("first_problem"),
                     .cached = json.at("cached")};
    for (const Json& item : json.at("log")) {
      result.log.push_back(
          {static_cast<runtime::LogLevel>(item.at(0).get<int>()), item.at(1).get<std::string>()});
    }
    return result;
  } catch (const Json::exception& failure) {
    return Error{std::string("malformed record of a build: ") + failure.what(), "", ""};
  }
}

}  // namespace nano::compiler

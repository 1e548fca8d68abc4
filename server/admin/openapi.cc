// The OpenAPI document (3.1), made from the table of routes.
#include <map>
#include <string>
#include <utility>

#include "base/version.h"
#include "server/admin/resources.h"
#include "server/admin/schemas.h"

namespace nano::server::admin {
namespace {

Json Reference(std::string_view schema) {
  return Json().Set("$ref", "#/components/schemas/" + std::string(schema));
}

Json Content(std::string_view type, std::string_view schema) {
  Json media = Json::Object();
  media.Set("schema", schema.empty() ? Json().Set("type", "string") : Reference(schema));
  return Json().Set(type, std::move(media));
}

Json ParameterOf(std::string_view in, std::string_view name, std::string_view meaning,
                 bool required) {
  Json json;
  json.Set("name", name).Set("in", in).Set("description", meaning).Set("required", required);
  return json.Set("schema", Json().Set("type", "string"));
}

Json ParametersOf(const Route& route) {
  Json::Array list;
  if (route.path.find("{name}") != route.path.npos) {
    list.push_back(ParameterOf("path", "name", "The app's name.", true));
  } else if (route.path.find("{id}") != route.path.npos) {
    list.push_back(ParameterOf("path", "id", "From the answer that began it.", true));
  }
  for (const Parameter& parameter : route.query) {
    list.push_back(ParameterOf("query", parameter.name, parameter.meaning, false));
  }
  if (route.match != Match::kNever) {
    list.push_back(ParameterOf("header", "If-Match",
                               "The ETag of the app that the change is based on, or *.",
                               route.match == Match::kNeeded));
  }
  if (route.match == Match::kIfThere) {
    list.push_back(
        ParameterOf("header", "If-None-Match", "*: only if there is no such app.", false));
  }
  if (route.changes()) {
    list.push_back(ParameterOf("header", "Idempotency-Key",
                               "A word of the client's: the same request with the same word is "
                               "done once, and answered again for an hour.",
                               false));
  } else {
    list.push_back(ParameterOf("header", "If-None-Match",
                               "The ETag of what the client has: 304 if it is still so.", false));
  }
  if (std::holds_alternative<Follow>(route.handler)) {
    list.push_back(ParameterOf("header", "Last-Event-ID",
                               "The id of the last event it has: what comes behind it follows.",
                               false));
  }
  return list;
}

Json ResponsesOf(const Route& route) {
  std::map<int, Json> by_status;
  for (const Answer& answer : route.answers) {
    Json& response = by_status[answer.status];
    Json content = Content(answer.type, answer.schema);
    if (Json* known = response.Find("content"); known != nullptr) {
      known->Set(answer.type, *content.Find(answer.type));
      continue;
    }
    response.Set("description", answer.meaning).Set("content", std::move(content));
  }
  if (!route.changes()) by_status[304].Set("description", "What the client has is still so.");
  std::map<int, std::string> titles;
  for (const Wrong wrong : ProblemsOf(route)) {
    const ProblemType& type = TypeOf(wrong);
    std::string& text = titles[type.status];
    text += (text.empty() ? "" : " ") + std::string(type.title) + " (`" + std::string(type.slug) +
            "`).";
  }
  for (const auto& [status, text] : titles) {
    Json& response = by_status[status];
    if (response.is_null()) response.Set("description", text);
    Json content = Content("application/problem+json", "Problem");
    if (Json* known = response.Find("content"); known != nullptr) {
      known->Set("application/problem+json", *content.Find("application/problem+json"));
    } else {
      response.Set("content", std::move(content));
    }
  }
  Json responses = Json::Object();
  for (auto& [status, response] : by_status) {
    responses.Set(std::to_string(status), std::move(response));
  }
  return responses;
}

Json BodyOf(const Route& route) {
  Json content;
  switch (route.body) {
    case Body::kForm:
      content = Content("multipart/form-data", route.request);
      break;
    case Body::kMergePatch:
      content = Content("application/merge-patch+json", route.request);
      content.Set("application/json", *content.Find("application/merge-patch+json"));
      break;
    case Body::kJson:
    case Body::kNone:
      content = Content("application/json", route.request);
      break;
  }
  return Json().Set("required", route.body != Body::kJson).Set("content", std::move(content));
}

Json OperationOf(const Route& route) {
  Json operation;
  operation.Set("operationId", route.id).Set("summary", route.summary);
  std::string needs = "Nobody has to say who they are.";
  if (route.scope != Scope::kPublic) {
    needs = "Scope: `" + ScopeName(route.scope, "{name}") + "`.";
  } else {
    operation.Set("security", Json::Array());
  }
  operation.Set("description", needs).Set("parameters", ParametersOf(route));
  if (route.body != Body::kNone) operation.Set("requestBody", BodyOf(route));
  return operation.Set("responses", ResponsesOf(route));
}

Json Document() {
  Json info;
  info.Set("title", "NANO's admin API").Set("version", Version());
  Json paths = Json::Object();
  for (const Route& route : Routes()) {
    std::string method(route.method);
    for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
    if (paths.Find(route.path) == nullptr) paths.Set(route.path, Json::Object());
    paths.Find(route.path)->Set(method, OperationOf(route));
  }
  Json bearer;
  bearer.Set("type", "http").Set("scheme", "bearer");
  Json components;
  components.Set("schemas", Schemas());
  components.Set("securitySchemes", Json().Set("token", std::move(bearer)));
  Json document;
  document.Set("openapi", "3.1.0").Set("info", std::move(info));
  document.Set("security", Json::Array{Json().Set("token", Json::Array())});
  return document.Set("paths", std::move(paths)).Set("components", std::move(components));
}

}  // namespace

Reply ShowOpenApi(const Request&, Deployments&) {
  static const std::string text = Document().ToString() + "\n";
  return {.body = text};
}

}  // namespace nano::server::admin

// What the admin API can be asked: a table, by which requests are routed, checked and answered, and
// which the OpenAPI document is made from. What is not in it does not exist.
//
// Immutable. Thread: any; handlers run on the loop's own.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "server/admin/access.h"
#include "server/admin/reply.h"
#include "server/admin/request.h"
#include "server/deploy/deployments.h"

namespace nano::server::admin {

enum class Body {
  kNone,
  kJson,        // application/json; may be missing, which is an empty object.
  kMergePatch,  // application/merge-patch+json, or application/json.
  kForm,        // multipart/form-data, with the parts `snapshot` and `config`.
};

// What a request has brought besides its head.
struct Input {
  Json json = Json::Object();              // kJson, kMergePatch: an object.
  std::optional<UploadedFile> snapshot{};  // kForm.
  std::optional<Json> config{};            // kForm: an object.
  Precondition precondition{};
  // May be set by a handler that answers later: what is to be done if the client leaves before.
  std::shared_ptr<std::function<void()>> on_left{};
};

using Respond = std::function<void(Reply)>;

// Answers at once.
using Show = Reply (*)(const Request& request, Deployments& deployments);
// Answers now or later, once.
using Act = void (*)(const Request& request, Input input, Deployments& deployments,
                     Respond respond);
// Answers by news that go on.
struct Follow {
  Feed& (Deployments::*feed)();
  bool events;  // As server-sent events; else as lines.
};

// An answer that is no problem.
struct Answer {
  int status;
  std::string_view schema;  // A name of Schemas(); empty: no body, or text.
  std::string_view meaning;
  std::string_view type = "application/json";
};

struct Parameter {
  std::string_view name;
  std::string_view meaning;
};

// Whether a change has to say what it is based on.
enum class Match {
  kNever,
  kOptional,
  kNeeded,   // By If-Match.
  kIfThere,  // By If-Match, if the app is there.
};

struct Route {
  std::string_view method;
  std::string_view path;  // "/admin/apps/{name}"
  std::string_view id;    // A name for programs: "getApp".
  std::string_view summary;
  Scope scope;
  std::vector<Answer> answers;
  std::vector<Wrong> problems;  // But for those that ProblemsOf adds.
  std::variant<Show, Act, Follow> handler;
  Body body = Body::kNone;
  std::string_view request = {};     // A name of Schemas().
  uint64_t most_json = 1024 * 1024;  // Bytes of a body that is no form.
  Match match = Match::kNever;
  std::vector<Parameter> query = {};
  bool open = false;  // Also where server.health listens, and there for everybody.

  bool changes() const { return method != "GET"; }
};

const std::vector<Route>& Routes();

// All that can be wrong with a request for the route: what its handler finds, and what is checked
// of all requests like it.
std::vector<Wrong> ProblemsOf(const Route& route);

// The route for a method and a path. Of a path that others methods are for, `allowed` has those,
// "GET, HEAD, PUT"; it is empty if there is nothing at the path. HEAD is what GET is. The request
// gets its parameter. `open_only`: as if there were no others.
const Route* FindRoute(Request& request, bool open_only, std::string& allowed);

}  // namespace nano::server::admin

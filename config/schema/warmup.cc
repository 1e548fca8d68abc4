// Sample requests and what can be wrong with them.
#include "config/schema/warmup.h"

#include <algorithm>
#include <string_view>

#include "base/token.h"
#include "config/schema/kinds.h"
#include "config/schema/read_keys.h"
#include "config/values/request_path.h"

namespace nano::config {
namespace {

using enum ReadBy;

// One that is wrong is kept, so that nobody is told that GET, which it is instead, has no body.
void ReadMethod(Reader& reader, const Node& node, std::string& method) {
  if (!reader.String(node, &method)) return;
  // Fetch, section 2.2.1: no Request can have the methods that are excluded.
  if (!IsToken(method) || method == "CONNECT" || method == "TRACE" || method == "TRACK") {
    reader.Fail(node.place, "'" + method + "' is not a method", "Use GET, POST, PUT and so on.");
  }
}

Value<WarmupRequest> Method() {
  Value<WarmupRequest> value = Whole(Type::kText, &WarmupRequest::method, ReadMethod);
  value.show = [](const WarmupRequest& request) { return request.method; };
  return value;
}

void ReadHeaders(Reader& reader, const Node& node,
                 std::vector<std::pair<std::string, std::string>>& headers) {
  reader.AnyMap(node, [&](const Node::Entry& entry) {
    std::string value;
    if (!reader.Text(*entry.value, &value)) return;
    if (!IsToken(entry.key)) return reader.Fail(entry.place, "not the name of a header");
    if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return reader.Fail(entry.value->place, "a line break or zero byte in a header");
    }
    headers.emplace_back(entry.key, std::move(value));
  });
}

void ReadBody(Reader& reader, const Node& node, std::string& body) { reader.Text(node, &body); }

WarmupRequest ReadRequest(Reader& reader, const Node& node) {
  WarmupRequest request;
  request.place = node.place;
  if (node.kind != Node::Kind::kMap) {
    FindKey(WarmupKeys(), "path")->value.read(reader, node, request);
    return request;
  }
  Stated stated;
  ReadKeys(reader, node, WarmupKeys(), request, stated);
  if (!stated.Has("path")) reader.Fail(node.place, "no `path`", "Write `path: /`.");
  if (stated.Has("body") && (request.method == "GET" || request.method == "HEAD")) {
    reader.Fail(stated.PlaceOf("body"), "a " + request.method + " request has no body",
                "Set `method`, as in `method: POST`.");
  }
  return request;
}

}  // namespace

const Table<WarmupRequest>& WarmupKeys() {
  using Request = WarmupRequest;
  static const Table<Request> keys = {
      {"path", Text(&Request::path, CheckRequestPath).Unset("needed"), kBuild,
       "With its query: `/users/1?x=2`."},
      {"method", Method(), kBuild, "The request's method."},
      {"headers", Whole(Type::kMap, &Request::headers, ReadHeaders), kBuild,
       "Names and values of header fields."},
      {"body", Whole(Type::kText, &Request::body, ReadBody), kBuild,
       "The body, as text; not of GET and HEAD."},
  };
  return keys;
}

void ReadWarmup(Reader& reader, const Node& node, std::vector<WarmupRequest>& warmup) {
  reader.List(node, "Write it as [\"/\", \"/users/1\"].",
              [&](const Node& item) { warmup.push_back(ReadRequest(reader, item)); });
}

}  // namespace nano::config

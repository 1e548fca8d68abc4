// A request to the admin API, in values of its own: it outlives the call that brought it.
//
// Thread: as any value type.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/handler.h"

namespace nano::server::admin {

struct Request {
  // An Error is what is wrong with the target, for the client.
  static Result<Request> Of(http::ServerExchange& exchange, const http::RequestHead& head);

  // The value of a header field, by its name in lower case; of several, all with commas between
  // them. None: there is no such field.
  std::optional<std::string> Field(std::string_view name) const;
  // The value of a query's parameter, the first of that name.
  std::optional<std::string> Query(std::string_view name) const;
  // What stands in the place of {name} or {id} of the route's path; empty if it has none.
  const std::string& parameter() const { return parameter_; }
  void set_parameter(std::string value) { parameter_ = std::move(value); }

  std::string method;
  std::string target;                 // As sent.
  std::vector<std::string> segments;  // Of the path, decoded: "/a/b" is "a", "b".
  std::string authority;              // "localhost:9000"
  std::string peer;                   // See http::ServerExchange::peer.
  bool has_body = false;
  std::optional<uint64_t> body_length;

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
  std::vector<std::pair<std::string, std::string>> query_;
  std::string parameter_;
};

}  // namespace nano::server::admin

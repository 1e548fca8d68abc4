// Asks the admin API over HTTP/1.1: one connection for each request, which may stream a body up and
// an answer down. Blocks.
//
// Owns nothing but its settings. Thread: the process's only one.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/nano/ctl/endpoint.h"

namespace nano::cli::ctl {

struct HttpRequest {
  std::string method = "GET";
  std::string target;
  std::string headers{};  // "name: value\r\n" repeated.
  // The body, in parts that are sent one behind the other.
  std::vector<std::string_view> body{};
  bool has_body = false;
  // Called for each second in which the server says nothing, if there is one.
  std::function<void()> while_silent{};
  // Instead of the client's, if it is not 0.
  std::chrono::milliseconds timeout{0};
};

struct HttpAnswer {
  int status = 0;
  std::string headers;  // "name\nvalue\n" pairs; names in lower case.
  std::string body;     // Empty if it went to a sink.

  // The first field of that name; empty: there is none.
  std::string Field(std::string_view name) const;
  bool ok() const { return status >= 200 && status < 300; }
};

class HttpClient {
 public:
  struct Options {
    Endpoint endpoint;
    std::string token{};  // Empty: none.
    Place place{};        // Of which the files for TLS count.
    // Without a byte in either direction.
    std::chrono::milliseconds timeout{120'000};
  };
  // Gets the body of a successful answer as it comes. False: enough.
  using Sink = std::function<bool(std::string_view part)>;

  explicit HttpClient(Options options) : options_(std::move(options)) {}

  // Errors: nobody is there, the connection broke, or what is there does not speak HTTP. `sent`,
  // called now and then, gets how much of the body has gone. With a `sink` there is no time limit
  // once the answer has begun. `reached`, if not null, gets whether there was a connection: then
  // the request may have been heard, whatever came of it.
  Result<HttpAnswer> Ask(const HttpRequest& request, const Sink& sink = nullptr,
                         const std::function<void(size_t)>& sent = nullptr,
                         bool* reached = nullptr) const;

  std::chrono::milliseconds timeout() const { return options_.timeout; }

  const Endpoint& endpoint() const { return options_.endpoint; }

 private:
  class Exchange;

  std::string HeadOf(const HttpRequest& request) const;

  const Options options_;
};

}  // namespace nano::cli::ctl

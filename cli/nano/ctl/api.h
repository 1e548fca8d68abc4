// The admin API as the commands ask it: JSON in, JSON out. What goes wrong is told here, to
// standard error, so that a command only has to end with `status()`.
//
// Owns the client. Thread: the process's only one.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "cli/nano/ctl/http_client.h"
#include "cli/nano/ctl/problem.h"

namespace nano::cli::ctl {

struct Answer {
  int status = 0;
  std::string etag;  // With its quotes; empty: none.
  Json json;
  std::string text;  // The same, as it came.
};

// The path of an app, or of what is below it: AppPath("shop", "/rollback").
std::string AppPath(std::string_view app, std::string_view below = {});
// RFC 3986, section 2.1.
std::string PercentEncoded(std::string_view text);

class Api {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  // `color`: of standard error. `json`: problems go to standard output as well, as they came.
  Api(HttpClient client, bool color, bool json)
      : client_(std::move(client)), color_(color), json_(json) {}

  // None: it did not go well, and that was told.
  std::optional<Answer> Get(const std::string& path);
  std::optional<Answer> Change(const std::string& method, const std::string& path,
                               const Json* body = nullptr, const Fields& fields = {});
  // A change with a body of other types, as `request` has it. Asked again if the connection breaks
  // before the answer is there: with the same Idempotency-Key, so that nothing is done twice.
  std::optional<Answer> Send(const HttpRequest& request,
                             const std::function<void(size_t)>& sent = nullptr);
  // An answer that goes on. False: it did not go well, and that was told.
  bool Follow(const HttpRequest& request, const HttpClient::Sink& sink);
  // The same without a word, for who may try again; `Told` says what went wrong, if anything did.
  Result<HttpAnswer> TryFollow(const HttpRequest& request, const HttpClient::Sink& sink) {
    return client_.Ask(request, sink);
  }
  bool Told(const Result<HttpAnswer>& answer);
  // None without a word: there is nothing at the path (any more). Else as Get. A server that is not
  // reached, or stops, may have another one in its place within `patience`.
  std::optional<Answer> Find(const std::string& path, std::chrono::milliseconds patience = {});

  // The exit status for what went wrong last.
  int status() const { return status_; }
  // Ends with an error of this side's.
  int Fail(const Error& error, int status = kFailed);

  bool color() const { return color_; }
  const Endpoint& endpoint() const { return client_.endpoint(); }

 private:
  std::optional<Answer> Take(Result<HttpAnswer> answer);
  void Tell(const HttpAnswer& answer);
  std::string WhatIsUnderWay() const;

  const HttpClient client_;
  const bool color_;
  const bool json_;
  int status_ = kDone;
};

}  // namespace nano::cli::ctl

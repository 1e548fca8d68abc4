// Requests put together, answers taken apart.
#include "cli/nano/ctl/api.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <thread>

#include "base/json_fields.h"
#include "cli/nano/ctl/waiting.h"

namespace nano::cli::ctl {
namespace {

Error NoNano(const Endpoint& endpoint) {
  return {
      "what answers at " + endpoint.ToString() + " is not the admin API of a NANO", "",
      "It may be where the apps are served. `server.admin` of the server's nano.yaml says where "
      "the API is."};
}

// That nobody else's request has.
std::string RandomWord() {
  constexpr char kDigits[] = "0123456789abcdef";
  std::random_device random;
  std::string word;
  for (int i = 0; i < 32; ++i) word += kDigits[random() % 16];
  return word;
}

// What an attempt before this one began.
bool IsUnderWay(const HttpAnswer& answer) {
  if (answer.status != 409) return false;
  const Result<Json> problem = Json::Parse(answer.body);
  return problem.ok() && TextOf(*problem, "type") == "urn:nano:problem:in-progress";
}

}  // namespace

std::string PercentEncoded(std::string_view text) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string out;
  for (const char c : text) {
    if (kPlain.find(c) != kPlain.npos) {
      out += c;
      continue;
    }
    char digits[4];
    std::snprintf(digits, sizeof digits, "%%%02X", static_cast<unsigned char>(c));
    out += digits;
  }
  return out;
}

std::string AppPath(std::string_view app, std::string_view below) {
  return "/admin/apps/" + PercentEncoded(app) + std::string(below);
}

int Api::Fail(const Error& error, int status) {
  std::fputs(FormatError(error, color_).c_str(), stderr);
  status_ = status;
  return status;
}

void Api::Tell(const HttpAnswer& answer) {
  const Result<Json> problem = Json::Parse(answer.body);
  const bool known = problem.ok() && TextOf(*problem, "type").starts_with("urn:nano:problem:");
  if (!known) {
    Fail(NoNano(client_.endpoint()), kNotReached);
    return;
  }
  status_ = ExitStatusOf(answer.status, *problem);
  if (json_) std::printf("%s\n", problem->ToString().c_str());
  std::fputs(FormatProblem(*problem, answer.status, color_).c_str(), stderr);
}

std::optional<Answer> Api::Take(Result<HttpAnswer> answer) {
  if (!answer.ok()) {
    Fail(answer.error(), kNotReached);
    return std::nullopt;
  }
  if (!answer->ok()) {
    Tell(*answer);
    return std::nullopt;
  }
  Result<Json> json = Json::Parse(answer->body);
  if (!json.ok() || json->object() == nullptr) {
    Fail(NoNano(client_.endpoint()), kNotReached);
    return std::nullopt;
  }
  return Answer{answer->status, answer->Field("etag"), std::move(json).value(),
                std::move(answer->body)};
}

std::optional<Answer> Api::Get(const std::string& path) {
  return Take(client_.Ask({.target = path}));
}

std::optional<Answer> Api::Find(const std::string& path, std::chrono::milliseconds patience) {
  constexpr std::chrono::milliseconds kPause{100};
  const auto is_gone = [](const Result<HttpAnswer>& answer) {
    return !answer.ok() || answer->status == 503;
  };
  const auto give_up = std::chrono::steady_clock::now() + std::min(patience, client_.timeout());
  Result<HttpAnswer> answer = client_.Ask({.target = path});
  while (is_gone(answer) && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::sleep_for(kPause);
    answer = client_.Ask({.target = path});
  }
  if (answer.ok() && answer->status == 404) {
    const Result<Json> problem = Json::Parse(answer->body);
    if (problem.ok() && TextOf(*problem, "type").starts_with("urn:nano:problem:no-such-")) {
      status_ = kDone;
      return std::nullopt;
    }
  }
  return Take(std::move(answer));
}

std::optional<Answer> Api::Change(const std::string& method, const std::string& path,
                                  const Json* body, const Fields& fields) {
  HttpRequest request{.method = method, .target = path};
  for (const auto& [name, value] : fields) request.headers += name + ": " + value + "\r\n";
  std::string text;
  if (body != nullptr) {
    text = body->ToString();
    request.headers += "content-type: application/json\r\n";
    request.body = {text};
    request.has_body = true;
  }
  return Send(request);
}

std::optional<Answer> Api::Send(const HttpRequest& request,
                                const std::function<void(size_t)>& sent) {
  constexpr std::chrono::milliseconds kPause{200};
  constexpr int kMostAttempts = 10;
  HttpRequest keyed = request;
  WaitingLine line(stderr);
  keyed.while_silent = [&] { line.Update(WhatIsUnderWay()); };
  keyed.headers += "idempotency-key: " + RandomWord() + "\r\n";
  const auto give_up = std::chrono::steady_clock::now() + client_.timeout();
  bool was_reached = false;
  for (int broken = 0;;) {
    bool reached = false;
    Result<HttpAnswer> answer = client_.Ask(keyed, nullptr, sent, &reached);
    was_reached = was_reached || reached;
    line.Clear();
    if (answer.ok() && !IsUnderWay(*answer)) return Take(std::move(answer));
    if (!answer.ok() && (!was_reached || ++broken == kMostAttempts)) return Take(std::move(answer));
    if (std::chrono::steady_clock::now() >= give_up) return Take(std::move(answer));
    std::this_thread::sleep_for(kPause);
  }
}

// While the server makes a change. Who may not ask for its status is told less.
std::string Api::WhatIsUnderWay() const {
  // Workers that do not answer are waited for by the server for as long as a second.
  constexpr std::chrono::milliseconds kPatience{1'500};
  const std::string text = "the server makes the change";
  const Result<HttpAnswer> answer = client_.Ask({.target = "/admin/status", .timeout = kPatience});
  const Result<Json> status = answer.ok() ? Json::Parse(answer->body) : answer.error();
  const std::string busy = status.ok() ? BusyWorkers(*status) : "";
  return busy.empty() ? text : text + ": " + busy;
}

bool Api::Follow(const HttpRequest& request, const HttpClient::Sink& sink) {
  return Told(client_.Ask(request, sink));
}

bool Api::Told(const Result<HttpAnswer>& answer) {
  if (!answer.ok()) {
    Fail(answer.error(), kNotReached);
    return false;
  }
  if (answer->ok()) return true;
  Tell(*answer);
  return false;
}

}  // namespace nano::cli::ctl

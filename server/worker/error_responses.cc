// Texts and header fields of the server's own answers.
#include "server/worker/error_responses.h"

#include <string>

#include "base/json.h"
#include "server/log/request_id.h"

namespace nano::server {
namespace {

struct Problem {
  std::string name;  // As nano-error has it.
  std::string title;
  int status;
};

// As refusals (server/limits/refusal.h), so that clients read one kind of answer.
void Respond(http::ServerExchange& exchange, const Problem& problem, Json body,
             std::string_view more_headers) {
  body.Set("type", "urn:nano:problem:" + problem.name).Set("title", problem.title);
  body.Set("status", problem.status).Set("request_id", RequestIdOf(exchange));
  // The others first: "connection: close" counts at the beginning only (http/message.h).
  std::string headers(more_headers);
  headers += "content-type: application/problem+json\r\ncache-control: no-store\r\nnano-error: " +
             problem.name + "\r\n";
  exchange.Respond({.status = problem.status, .headers = headers}, body.ToString() + "\n");
}

}  // namespace

// It is no limit's doing, and strangers ask for what they like: the access log's sample has it.
void RespondUnknownHost(http::ServerExchange& exchange, std::string_view authority) {
  Json body;
  body.Set("detail", "No app answers for the host \"" + std::string(authority) +
                         "\". Add it to an app's `hosts` in nano.yaml, and have the server read it "
                         "again (SIGHUP).");
  Respond(exchange, {"unknown-host", "No app answers for this host", 404}, std::move(body), {});
}

// Whoever sent the request may find the app elsewhere, or this server knowing it no more: on
// another connection, after a moment.
void RespondLeaving(http::ServerExchange& exchange, std::string_view app) {
  exchange.refusal = "app-removed";
  Json body;
  body.Set("app", app);
  Respond(exchange, {exchange.refusal, "The app has been removed from the server", 503},
          std::move(body), "connection: close\r\nretry-after: 1\r\n");
}

}  // namespace nano::server

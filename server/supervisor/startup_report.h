// What the server says once it listens: where, and how to reach each app.
//
// Owns nothing. Thread: the supervisor's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/values/address.h"
#include "server/log/log.h"
#include "server/release/release.h"

namespace nano::server {

// "http://127.0.0.1:8080/": an URL for a client on this machine.
std::string UrlOf(const config::Address& address);

struct AppAccess {
  std::string url;   // "http://hello.localhost:8080/"
  std::string curl;  // A command that gets an answer of the app; works without DNS.
};

// How a client on this machine reaches an app by one of its hosts (a pattern), or, with an empty
// host, as the default app.
AppAccess AccessOf(const config::Address& address, std::string_view host);

struct StartupFacts {
  std::string dist;
  size_t workers = 0;
  std::vector<config::Address> addresses;  // Actual ports.
};

// On a terminal a table for people, written to the log's descriptor; otherwise a log entry
// "listening" for each address and "serving" for each app.
void ReportStartup(Log& log, const StartupFacts& facts, const Release& release);

}  // namespace nano::server

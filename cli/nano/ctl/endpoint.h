// Where a running server's admin API is, and what it wants to see of whoever asks.
//
// Plain data, with a secret (the token). Thread: the process's only one.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace nano::cli::ctl {

struct Endpoint {
  std::string socket;  // Of the AF_UNIX family: its path; empty: TCP.
  std::string host;    // A name, or an address without brackets.
  uint16_t port = 0;
  bool secure = false;  // TLS.
  std::string hint{};   // What else to say when nobody is there.

  // As it is written: "unix:/run/nano.sock", "https://admin.example.com:9000".
  std::string ToString() const;
  // The value of Host.
  std::string Authority() const;
};

// "unix:PATH", a path (with a slash in it, or ending in ".sock"), HOST:PORT, :PORT, or a URL of
// http or https. The Error has no `where`.
Result<Endpoint> ParseEndpoint(std::string_view text);

// What was said about the server, on the command line.
struct Place {
  std::optional<std::string> admin;       // --admin
  std::optional<std::string> config;      // --config
  std::optional<std::string> token;       // --token
  std::optional<std::string> token_file;  // --token-file; "-" is the standard input.
  // For TLS, PEM files; empty: none.
  std::string authorities{};  // --ca: who may vouch for the server, besides the system's.
  std::string certificate{};  // --cert: to be shown to a server that asks for one …
  std::string key{};          // --key: … and its key.
};

using Lookup = std::function<std::optional<std::string>(const std::string& name)>;

// As `place` says, else the variable NANO_ADMIN, else nano.yaml's server.admin, which may be the
// socket beside its dist/. Mistakes in nano.yaml are the server's to tell, who may serve what it
// said before: they only become part of the hint.
Result<Endpoint> FindEndpoint(const Place& place, const Lookup& variables);

// As `place` says, else the variable NANO_TOKEN; empty: none.
Result<std::string> FindToken(const Place& place, const Lookup& variables);

}  // namespace nano::cli::ctl

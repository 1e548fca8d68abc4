// Addresses as people write them, and the places that they are said in.
#include "cli/nano/ctl/endpoint.h"

#include <charconv>
#include <utility>

#include "base/file.h"
#include "cli/nano/ctl/secret_input.h"
#include "config/config.h"
#include "config/load.h"
#include "http/authority.h"
#include "server/admin/settings.h"

namespace nano::cli::ctl {
namespace {

constexpr char kHowToWrite[] =
    "Write unix:PATH, HOST:PORT, or a URL such as https://admin.example.com:9000.";
constexpr char kLoopback[] = "127.0.0.1";
constexpr uint16_t kHttpPort = 80;
constexpr uint16_t kHttpsPort = 443;
// RFC 6750, section 2.1, is narrower; what a header field cannot hold is what matters here.
constexpr std::string_view kNotInTokens(" ,\t\r\n\0", 6);

Error Malformed(std::string_view text, std::string_view what) {
  return {"'" + std::string(text) + "' " + std::string(what), "", kHowToWrite};
}

Result<Endpoint> ParseAuthority(std::string_view text, std::string_view authority, bool secure,
                                std::optional<uint16_t> usual_port) {
  std::string whole(authority);
  if (whole.starts_with(':')) whole = kLoopback + whole;
  if (!http::IsValidAuthority(whole)) return Malformed(text, "is not an address");
  Endpoint endpoint{.socket = "", .host = "", .secure = secure};
  const size_t bracket = whole.rfind(']');
  const size_t colon = whole.find(':', bracket == whole.npos ? 0 : bracket);
  endpoint.host = whole.substr(0, colon);
  if (endpoint.host.starts_with('[')) {
    endpoint.host = endpoint.host.substr(1, endpoint.host.size() - 2);
  }
  if (colon == whole.npos) {
    if (!usual_port.has_value()) return Malformed(text, "has no port");
    endpoint.port = *usual_port;
    return endpoint;
  }
  const std::string_view digits = std::string_view(whole).substr(colon + 1);
  std::from_chars(digits.data(), digits.data() + digits.size(), endpoint.port);
  if (endpoint.port == 0) return Malformed(text, "has no port that can be connected to");
  return endpoint;
}

Result<Endpoint> ParseUrl(std::string_view text, std::string_view scheme, uint16_t port) {
  std::string_view authority = text.substr(scheme.size());
  if (authority.ends_with('/')) authority.remove_suffix(1);
  if (authority.find_first_of("/?#") != authority.npos) {
    return Malformed(text, "has a path, and the API is at none");
  }
  return ParseAuthority(text, authority, scheme == "https://", port);
}

Result<config::Config> LoadFiles(const Place& place) {
  if (place.config.has_value()) return config::LoadConfig(*place.config);
  const std::optional<std::string> file = TRY(config::FindConfig("."));
  return file.has_value() ? config::LoadConfig(*file) : config::Config();
}

Result<Endpoint> EndpointOf(const config::Config& config) {
  using Admin = config::AdminAddress;
  const config::AdminSettings& admin = config.server.admin;
  const std::string file = config.path.empty() ? "nano.yaml" : config.path;
  if (std::holds_alternative<Admin::Off>(admin.listen.place)) {
    return Error{"the admin API is off: `server.admin` says so", file,
                 "Start the server with `--admin unix:PATH`, and name it here: --admin unix:PATH."};
  }
  Endpoint endpoint;
  if (const auto* socket = std::get_if<Admin::Unix>(&admin.listen.place)) {
    endpoint.socket = socket->path;
  } else if (const auto* address = std::get_if<config::Address>(&admin.listen.place)) {
    endpoint.secure = !admin.certificate.text.empty();
    endpoint.port = address->port;
    // Every interface is no place to connect to.
    const bool any = address->host.empty() || address->host == "0.0.0.0" || address->host == "::";
    endpoint.host = any ? kLoopback : address->host;
  } else {
    endpoint.socket = server::admin::SocketBeside(config.build.out);
  }
  return endpoint;
}

Result<std::string> ReadToken(const std::string& file) {
  constexpr size_t kMost = 64 * 1024;
  std::string token = TRY(file == "-" ? ReadInput("the token", kMost) : ReadFile(file, kMost));
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) token.pop_back();
  return token;
}

Result<std::string> CheckToken(std::string token, const std::string& where) {
  if (token.find_first_of(kNotInTokens) != token.npos) {
    return Error{"the token has white space or a comma in it", where,
                 "No server takes such a one."};
  }
  return token;
}

}  // namespace

std::string Endpoint::ToString() const {
  if (!socket.empty()) return "unix:" + socket;
  return (secure ? "https://" : "http://") + Authority();
}

std::string Endpoint::Authority() const {
  if (!socket.empty()) return "localhost";
  const bool v6 = host.find(':') != host.npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Endpoint> ParseEndpoint(std::string_view text) {
  constexpr std::string_view kUnix = "unix:";
  constexpr std::string_view kHttp = "http://";
  constexpr std::string_view kHttps = "https://";
  if (text.starts_with(kHttp)) return ParseUrl(text, kHttp, kHttpPort);
  if (text.starts_with(kHttps)) return ParseUrl(text, kHttps, kHttpsPort);
  if (text.find("://") != text.npos) return Malformed(text, "is neither http:// nor https://");
  const bool is_path = text.find('/') != text.npos || text.ends_with(".sock");
  if (text.starts_with(kUnix) || is_path) {
    if (text.starts_with(kUnix)) text.remove_prefix(kUnix.size());
    if (text.empty() || text.find('\0') != text.npos) return Malformed("unix:", "has no path");
    return Endpoint{.socket = std::string(text)};
  }
  if (text == "off") return Malformed(text, "is no place to ask");
  return ParseAuthority(text, text, false, std::nullopt);
}

Result<Endpoint> FindEndpoint(const Place& place, const Lookup& variables) {
  std::optional<std::string> said = place.admin;
  std::string where = "--admin";
  if (!said.has_value()) {
    said = variables("NANO_ADMIN");
    where = "NANO_ADMIN";
  }
  if (said.has_value() && !said->empty()) {
    Result<Endpoint> endpoint = ParseEndpoint(*said);
    if (endpoint.ok()) return endpoint;
    Error error = std::move(endpoint).error();
    error.where = where;
    return error;
  }
  Result<config::Config> config = LoadFiles(place);
  if (config.ok()) return EndpointOf(*config);
  // A file that was asked for by name has to be there.
  if (place.config.has_value()) return std::move(config).error();
  Result<Endpoint> endpoint = EndpointOf(config::Config());
  if (endpoint.ok()) {
    endpoint->hint =
        "nano.yaml, which may name another place, cannot be used: " + config.error().message + ".";
  }
  return endpoint;
}

Result<std::string> FindToken(const Place& place, const Lookup& variables) {
  if (place.token.has_value()) return CheckToken(*place.token, "--token");
  if (place.token_file.has_value()) {
    return CheckToken(TRY(ReadToken(*place.token_file)), *place.token_file);
  }
  return CheckToken(variables("NANO_TOKEN").value_or(""), "NANO_TOKEN");
}

}  // namespace nano::cli::ctl

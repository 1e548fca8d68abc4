// What may listen where, and for whom.
#include "server/admin/settings.h"

#include <filesystem>
#include <utility>

namespace nano::server::admin {
namespace {

namespace fs = std::filesystem;

// What nobody tries out; `openssl rand -hex 16` has 32.
constexpr size_t kLeastToken = 16;

std::string Absolute(const std::string& path) {
  std::error_code status;
  return fs::absolute(path, status).lexically_normal().string();
}

Result<std::string> ExpandToken(const config::PlacedText& token,
                                const config::EnvironmentLookup& lookup) {
  Result<std::string> value = config::ExpandEnvironment(token.text, lookup);
  if (!value.ok()) {
    return config::ErrorAt(token.place, "a token of server.admin: " + value.error().message,
                           value.error().hint);
  }
  if (value->size() < kLeastToken) {
    return config::ErrorAt(token.place, "a token of server.admin has fewer than 16 characters",
                           "Make one that nobody guesses: `openssl rand -hex 16`.");
  }
  // RFC 6750, section 2.1, and what else gets through a header field as it is.
  if (value->find_first_of(std::string(" ,\t\r\n\0", 6)) != value->npos) {
    return config::ErrorAt(token.place, "a token of server.admin has white space or a comma in it",
                           "Make one without: `openssl rand -hex 16`.");
  }
  return value;
}

bool IsLoopback(const config::Address& address) {
  return address.host.starts_with("127.") || address.host == "::1";
}

Result<void> CheckProtected(const Settings& settings, const config::AdminSettings& admin) {
  const std::string where = settings.address->ToString();
  if (settings.tokens.empty() && settings.client_ca.empty()) {
    return config::ErrorAt(
        admin.place, "the admin API at " + where + " would be open to whoever reaches it",
        "Set `token: ${NANO_TOKEN}` under server.admin of nano.yaml, or `client_ca`, or use a Unix "
        "socket: unix:PATH.");
  }
  if (settings.certificate.empty() && !IsLoopback(*settings.address) && !admin.plain) {
    return config::ErrorAt(
        admin.place, "the admin API at " + where + " would send its tokens readable for others",
        "Set `certificate` and `key` under server.admin of nano.yaml; or, if a proxy with TLS is "
        "before it, `plain: true`; or listen on 127.0.0.1.");
  }
  return {};
}

}  // namespace

std::string SocketBeside(const std::string& dist) {
  fs::path folder = Absolute(dist);
  if (!folder.has_filename()) folder = folder.parent_path();
  return (folder.parent_path() / "nano.sock").string();
}

Result<Settings> ResolveSettings(const std::optional<config::AdminAddress>& flag,
                                 const config::ServerSettings& server, const std::string& dist,
                                 const config::EnvironmentLookup& lookup) {
  using Place = config::AdminAddress;
  const config::AdminSettings& admin = server.admin;
  Settings settings;
  settings.max_upload = admin.max_upload;
  settings.health = server.health;
  const auto& place = flag.has_value() ? flag->place : admin.listen.place;
  if (std::holds_alternative<Place::Off>(place)) return settings;
  if (std::holds_alternative<Place::BesideDist>(place)) {
    settings.socket = SocketBeside(dist);
    return settings;
  }
  if (const auto* socket = std::get_if<Place::Unix>(&place)) {
    settings.socket = Absolute(socket->path);
    return settings;
  }
  settings.address = std::get<config::Address>(place);
  settings.hosts = admin.hosts;
  const auto path = [](const config::PlacedText& text) {
    return text.text.empty() ? std::string() : config::PathOf(text);
  };
  settings.certificate = path(admin.certificate);
  settings.key = path(admin.key);
  settings.client_ca = path(admin.client_ca);
  if (!admin.token.text.empty()) {
    std::string value = TRY(ExpandToken(admin.token, lookup));
    settings.tokens.push_back({std::move(value), {"admin"}});
  }
  for (const config::AdminToken& token : admin.tokens) {
    std::string value = TRY(ExpandToken(token.token, lookup));
    settings.tokens.push_back({std::move(value), token.scopes});
  }
  TRY(CheckProtected(settings, admin));
  return settings;
}

}  // namespace nano::server::admin

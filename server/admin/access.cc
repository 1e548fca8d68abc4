// Credentials, names and origins, checked.
#include "server/admin/access.h"

#include <strings.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/ip_address.h"

namespace nano::server::admin {
namespace {

// Takes as long whatever differs.
bool AreSame(const snapshot::Digest& a, const snapshot::Digest& b) {
  volatile unsigned char difference = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<unsigned char>(difference | (a[i] ^ b[i]));
  }
  return difference == 0;
}

// The token of "Bearer TOKEN" (RFC 6750, section 2.1); empty: none.
std::string_view BearerToken(std::string_view field) {
  constexpr std::string_view kScheme = "bearer ";
  if (field.size() < kScheme.size() ||
      strncasecmp(field.data(), kScheme.data(), kScheme.size()) != 0) {
    return {};
  }
  field.remove_prefix(kScheme.size());
  while (field.starts_with(' ')) field.remove_prefix(1);
  return field;
}

Reply Unauthorized(std::string_view detail, std::string_view error) {
  Reply reply = Problem(Wrong::kUnauthorized, detail);
  std::string challenge = "Bearer realm=\"nano\"";
  if (!error.empty()) challenge.append(", error=\"").append(error).append("\"");
  reply.fields.emplace_back("www-authenticate", std::move(challenge));
  return reply;
}

// Without port and trailing dot, in lower case.
std::string HostOf(std::string_view authority) {
  if (authority.starts_with('[')) {
    return std::string(authority.substr(1, authority.find(']') - 1));
  }
  std::string host(authority.substr(0, authority.find(':')));
  if (host.ends_with('.')) host.pop_back();
  std::transform(host.begin(), host.end(), host.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return host;
}

}  // namespace

std::string ScopeName(Scope scope, std::string_view app) {
  switch (scope) {
    case Scope::kPublic:
      return "none";
    case Scope::kRead:
      return "read";
    case Scope::kDeploy:
      return "deploy:" + std::string(app);
    case Scope::kAdmin:
      break;
  }
  return "admin";
}

bool Identity::Allows(Scope scope, std::string_view app) const {
  if (scope == Scope::kPublic) return true;
  return std::any_of(scopes_.begin(), scopes_.end(), [&](const std::string& held) {
    if (held == "admin") return true;
    if (scope == Scope::kAdmin) return false;
    // Who may change an app may see it.
    if (!app.empty() && held == ScopeName(Scope::kDeploy, app)) return true;
    return scope == Scope::kRead && held == "read";
  });
}

Access Access::ForUser(uid_t user) {
  Access access(Kind::kUnix);
  access.user_ = user;
  return access;
}

Access Access::ForTokens(const std::vector<Token>& tokens, bool certified,
                         std::vector<std::string> hosts) {
  Access access(Kind::kTcp);
  access.certified_ = certified;
  access.hosts_ = std::move(hosts);
  for (const Token& token : tokens) {
    const std::string name = "token " + std::to_string(access.tokens_.size() + 1);
    access.tokens_.push_back({snapshot::Sha256Of(token.token), Identity(name, token.scopes)});
  }
  return access;
}

Access Access::ForAll() { return Access(Kind::kPublic); }

// Addresses are nobody's to give to others, and localhost is resolved by no server (RFC 6761).
bool Access::IsOwnName(std::string_view authority) const {
  const std::string host = HostOf(authority);
  return host == "localhost" || host.ends_with(".localhost") || IpAddress::Parse(host) ||
         std::find(hosts_.begin(), hosts_.end(), host) != hosts_.end();
}

std::optional<Reply> Access::CheckCaller(const Request& request) const {
  if (kind_ == Kind::kPublic) return std::nullopt;
  // No browser's user is meant to be here: a page could make use of what its browser reaches.
  if (request.Field("origin").has_value() ||
      request.Field("sec-fetch-site").value_or("none") != "none") {
    return Problem(Wrong::kCrossOrigin, "The request says that a web page has made it.");
  }
  if (kind_ == Kind::kTcp && !IsOwnName(request.authority)) {
    return Problem(Wrong::kWrongHost,
                   "Call it by its address or by localhost, or list the name in "
                   "server.admin.hosts of nano.yaml.");
  }
  return std::nullopt;
}

std::variant<Identity, Reply> Access::Identify(const Request& request) const {
  if (kind_ == Kind::kPublic) return Identity("anybody", {});
  if (kind_ == Kind::kUnix) {
    const std::string own = "unix:" + std::to_string(user_);
    if (request.peer != own && request.peer != "unix:0") {
      return Problem(Wrong::kForbidden,
                     "Only the user that the server runs as, and root, may use this socket.");
    }
    return Identity("user " + request.peer.substr(request.peer.find(':') + 1), {"admin"});
  }
  if (tokens_.empty() && certified_) return Identity("certificate", {"admin"});
  const std::optional<std::string> field = request.Field("authorization");
  if (!field.has_value()) {
    return Unauthorized("Send a token: Authorization: Bearer TOKEN.", "");
  }
  const std::string_view token = BearerToken(*field);
  if (token.empty()) {
    return Unauthorized("Authorization has to be Bearer TOKEN.", "invalid_request");
  }
  const snapshot::Digest digest = snapshot::Sha256Of(token);
  const KnownToken* found = nullptr;
  for (const KnownToken& known : tokens_) {
    if (AreSame(known.digest, digest)) found = &known;
  }
  if (found == nullptr) {
    return Unauthorized("The server knows no such token.", "invalid_token");
  }
  return found->identity;
}

}  // namespace nano::server::admin

// The keys of `server.admin`, and what they ask of each other.
#include "config/schema/admin.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "config/schema/app.h"
#include "config/schema/kinds.h"
#include "config/schema/read_keys.h"

namespace nano::config {
namespace {

using enum ReadBy;

constexpr std::string_view kDeploy = "deploy:";

void ReadAddress(Reader& reader, const Node& node, AdminAddress& listen) {
  std::string text;
  // `off` is a boolean to some readers of YAML, and no text that has to be in quotes.
  if (!reader.Text(node, &text)) return;
  Result<AdminAddress> address = ParseAdminAddress(text);
  if (!address.ok()) return reader.Fail(node.place, address.error());
  listen = std::move(address).value();
}

Value<AdminSettings> Listen() {
  Value<AdminSettings> value = Whole(Type::kText, &AdminSettings::listen, ReadAddress);
  value.show = [](const AdminSettings& admin) { return admin.listen.ToString(); };
  value.unset = "`nano.sock` beside `dist/`";
  return value;
}

// A text, shown as it is written, and a file, by its whole path: what is the same text in another
// folder is another file.
Value<AdminSettings> Written(PlacedText AdminSettings::*member,
                             void (*read)(Reader&, const Node&, PlacedText&)) {
  Value<AdminSettings> value = Whole(Type::kText, member, read);
  value.show = [member](const AdminSettings& admin) { return (admin.*member).text; };
  return value;
}

Value<AdminSettings> File(PlacedText AdminSettings::*member) {
  Value<AdminSettings> value = Whole(Type::kText, member, ReadPath);
  value.show = [member](const AdminSettings& admin) { return ShowPath(admin.*member); };
  return value;
}

void ReadToken(Reader& reader, const Node& node, PlacedText& token) {
  ReadTemplate(reader, node, token);
}

bool IsScope(const std::string& scope) {
  if (scope == "read" || scope == "admin") return true;
  return scope.starts_with(kDeploy) && IsAppName(std::string_view(scope).substr(kDeploy.size()));
}

void ReadScopes(Reader& reader, const Node& node, std::vector<std::string>& scopes) {
  reader.ListOrItem(node, [&](const Node& item) {
    std::string scope;
    if (!reader.Text(item, &scope)) return;
    if (!IsScope(scope)) {
      return reader.Fail(item.place, "'" + scope + "' is no scope",
                         "It can be `read`, `\"deploy:APP\"` with an app's name, or `admin`.");
    }
    scopes.push_back(std::move(scope));
  });
}

void ReadTokens(Reader& reader, const Node& node, std::vector<AdminToken>& tokens) {
  reader.List(node, "Write it as [{ token: \"${DEPLOY_TOKEN}\", scopes: [\"deploy:shop\"] }].",
              [&](const Node& item) {
                AdminToken& token = tokens.emplace_back();
                token.place = item.place;
                Stated stated;
                const size_t before = reader.errors().size();
                ReadKeys(reader, item, AdminTokenKeys(), token, stated);
                if (reader.errors().size() > before) return;
                if (!stated.Has("token")) {
                  reader.Fail(item.place, "no `token`", "Write `token: ${DEPLOY_TOKEN}`.");
                }
                if (token.scopes.empty()) {
                  reader.Fail(item.place, "no `scopes`: the token would be good for nothing",
                              "Write `scopes: [read]`, `[\"deploy:APP\"]` or `[admin]`.");
                }
              });
}

void ReadNames(Reader& reader, const Node& node, std::vector<std::string>& hosts) {
  reader.ListOrItem(node, [&](const Node& item) {
    std::string host;
    if (!reader.Text(item, &host)) return;
    if (host.empty() || host.find_first_of("/:*@ ") != host.npos) {
      return reader.Fail(item.place, "'" + host + "' is not a host's name",
                         "Write it without scheme and port: `admin.example.com`.");
    }
    std::transform(host.begin(), host.end(), host.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    hosts.push_back(std::move(host));
  });
}

Value<AdminSettings> Tokens() {
  Value<AdminSettings> value = Whole(Type::kList, &AdminSettings::tokens, ReadTokens);
  value.show = [](const AdminSettings& admin) {
    std::string text;
    for (const AdminToken& token : admin.tokens) {
      text += (text.empty() ? "" : ", ") + token.token.text + ":";
      for (const std::string& scope : token.scopes) text += " " + scope;
    }
    return text;
  };
  return value;
}

Value<AdminSettings> Hosts() {
  Value<AdminSettings> value = Whole(Type::kList, &AdminSettings::hosts, ReadNames);
  value.show = [](const AdminSettings& admin) {
    std::string text;
    for (const std::string& host : admin.hosts) text += (text.empty() ? "" : ", ") + host;
    return text;
  };
  return value;
}

// What makes no sense together; what needs the environment is checked when the server starts.
void CheckTogether(Reader& reader, const AdminSettings& admin, const Stated& stated) {
  if (stated.Has("certificate") != stated.Has("key")) {
    const std::string there = stated.Has("key") ? "key" : "certificate";
    reader.Fail(stated.PlaceOf(there), "`" + there + "` alone",
                "TLS needs both: `certificate: FILE` and `key: FILE`.");
  }
  if (stated.Has("client_ca") && !stated.Has("certificate")) {
    reader.Fail(stated.PlaceOf("client_ca"), "client certificates need TLS",
                "Set `certificate` and `key`, the server's own, as well.");
  }
  // The command line may say another place.
  if (!stated.Has("listen") || std::holds_alternative<Address>(admin.listen.place)) return;
  for (const char* key : {"token", "tokens", "certificate", "client_ca", "plain"}) {
    if (!stated.Has(key) || (key == std::string_view("plain") && !admin.plain)) continue;
    reader.Fail(stated.PlaceOf(key), std::string("`") + key + "` is for an address of TCP",
                "A Unix socket is its owner's alone, without: leave the key out, or set `listen` "
                "to an address.");
  }
}

}  // namespace

const Table<AdminToken>& AdminTokenKeys() {
  static const Table<AdminToken> keys = {
      {"token", Whole(Type::kText, &AdminToken::token, ReadToken).Unset("needed"), kServe,
       "At least 16 characters: `${NAME}`, so that it is in the server's environment and in no "
       "file."},
      {"scopes", Whole(Type::kList, &AdminToken::scopes, ReadScopes).Unset("needed"), kServe,
       "What it is good for: `read` (all that can be asked), `deploy:APP` (to change that app, "
       "and to see it), `admin` (everything)."},
  };
  return keys;
}

const Table<AdminSettings>& AdminKeys() {
  using Admin = AdminSettings;
  static const Table<Admin> keys = {
      {"listen", Listen(), kServe,
       "`unix:PATH`, relative to the file, which only the server's user and root can use; an "
       "address of TCP, which needs `token`, `tokens` or `client_ca`; or `off`."},
      {"token", Written(&Admin::token, ReadToken), kServe,
       "A token that is good for everything: `${NAME}`, of at least 16 characters."},
      {"tokens", Tokens(), kServe, "Tokens that are good for some: maps of the keys below."},
      {"certificate", File(&Admin::certificate), kServe,
       "A PEM file with the server's certificate and those between it and its authority: the API "
       "is then spoken by TLS."},
      {"key", File(&Admin::key), kServe, "A PEM file with the certificate's private key."},
      {"client_ca", File(&Admin::client_ca), kServe,
       "A PEM file of authorities: clients need a certificate of theirs, which without any token "
       "is good for everything."},
      {"hosts", Hosts(), kServe,
       "Names that clients may call it by, besides addresses and `localhost`."},
      {"plain", Flag(&Admin::plain), kServe,
       "Allows an address that is not loopback without TLS: tokens are readable on the way."},
      {"max_upload", Size(&Admin::max_upload, 1024), kServe, "A snapshot that is uploaded."},
  };
  return keys;
}

void ReadAdmin(Reader& reader, const Node& node, AdminSettings& admin) {
  admin.place = node.place;
  if (node.kind == Node::Kind::kScalar) return ReadAddress(reader, node, admin.listen);
  Stated stated;
  const size_t before = reader.errors().size();
  ReadKeys(reader, node, AdminKeys(), admin, stated);
  if (reader.errors().size() == before) CheckTogether(reader, admin, stated);
}

std::string ShowAdmin(const AdminSettings& admin) {
  std::string text;
  for (const Key<AdminSettings>& key : AdminKeys()) {
    text += (text.empty() ? "" : ", ") + key.path + ": " + key.value.show(admin);
  }
  return "{ " + text + " }";
}

}  // namespace nano::config

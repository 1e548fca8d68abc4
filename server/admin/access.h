// Who may do what with the admin API.
//
// Over a Unix socket, whoever is the server's own user or root may do everything: the kernel says
// who that is. Over TCP it needs a token, or a certificate of a client that the TLS layer has
// checked. Web pages may do nothing, and neither may a name that somebody else's DNS gives to this
// address.
//
// Of tokens only digests are kept. Immutable. Thread: any.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "server/admin/reply.h"
#include "server/admin/request.h"
#include "snapshot/digest.h"

namespace nano::server::admin {

// What a route asks of whom.
enum class Scope {
  kPublic,  // Nothing.
  kRead,
  kDeploy,  // Of the app that it is about.
  kAdmin,
};

// Who has asked.
class Identity {
 public:
  Identity(std::string name, std::vector<std::string> scopes)
      : name_(std::move(name)), scopes_(std::move(scopes)) {}

  // `app`: whom the request is about; empty: nobody, or all.
  bool Allows(Scope scope, std::string_view app) const;
  // For the log, and to keep what is one client's from others: "user 1000", "token 2".
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  std::vector<std::string> scopes_;  // "read", "deploy:shop", "admin".
};

class Access {
 public:
  struct Token {
    std::string token;
    std::vector<std::string> scopes;
  };

  // Over a Unix socket of this user's.
  static Access ForUser(uid_t user);
  // Over TCP. `certified`: connections without a client's certificate do not get here; without
  // tokens it is enough for everything. `hosts`: names in lower case.
  static Access ForTokens(const std::vector<Token>& tokens, bool certified,
                          std::vector<std::string> hosts);
  // For everybody, by any name, but not for more than public routes.
  static Access ForAll();

  // What is to be answered if the API is not called as it may be, by whomever.
  std::optional<Reply> CheckCaller(const Request& request) const;
  // Who asks, or the answer that says that this is not known.
  std::variant<Identity, Reply> Identify(const Request& request) const;

 private:
  struct KnownToken {
    snapshot::Digest digest;
    Identity identity;
  };
  enum class Kind { kUnix, kTcp, kPublic };

  explicit Access(Kind kind) : kind_(kind) {}

  bool IsOwnName(std::string_view authority) const;

  Kind kind_;
  uid_t user_ = 0;
  std::vector<KnownToken> tokens_;
  bool certified_ = false;
  std::vector<std::string> hosts_;
};

// The words of a scope in a message: "deploy:shop".
std::string ScopeName(Scope scope, std::string_view app);

}  // namespace nano::server::admin

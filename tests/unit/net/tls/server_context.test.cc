// Incoming TLS: the server's certificate, whose certificates clients need, and what is refused when
// it is set up. Without sockets.
#include "net/tls/server_context.h"

#include <catch2/catch.hpp>
#include <string>

#include "authority.h"
#include "net/tls/client_context.h"
#include "tests/unit/temporary_directory.h"

namespace nano::net {
namespace {

using testing::Authority;
using testing::Identity;

std::string CertificatePem(const Identity& identity) {
  BIO* out = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(out, identity.certificate.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(out, &data);
  std::string pem(data, static_cast<size_t>(size));
  BIO_free(out);
  return pem;
}

std::string KeyPem(const Identity& identity) {
  BIO* out = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(out, identity.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out, &data);
  std::string pem(data, static_cast<size_t>(size));
  BIO_free(out);
  return pem;
}

// The client's side, with a certificate or without, and with that of an authority between.
SslPointer ClientOf(const Identity* identity, const X509* between = nullptr) {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  if (identity != nullptr) {
    REQUIRE(SSL_CTX_use_certificate(context, identity->certificate.get()) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey(context, identity->key.get()) == 1);
  }
  if (between != nullptr) {
    REQUIRE(SSL_CTX_add1_chain_cert(context, const_cast<X509*>(between)) == 1);
  }
  SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>("\x02h2\x08http/1.1"),
                          12);
  SslPointer ssl(SSL_new(context));
  SSL_CTX_free(context);
  SSL_set_connect_state(ssl.get());
  return ssl;
}

// Carries everything over until neither side has more to say.
void Shake(SecureLayer& client, SecureLayer& server) {
  std::string out[2];
  client.Start(out[0]);
  server.Start(out[1]);
  std::vector<char> plain(64 * 1024);
  while (!out[0].empty() || !out[1].empty()) {
    std::string to_server = std::exchange(out[0], {});
    std::string to_client = std::exchange(out[1], {});
    if (!to_server.empty()) server.Open(to_server, plain.data(), out[1]);
    if (!to_client.empty()) client.Open(to_client, plain.data(), out[0]);
  }
}

struct Files {
  explicit Files(Authority& authority) : server(authority.Issue({})) {
    certificate = folder.Write("server.pem", CertificatePem(server));
    key = folder.Write("server.key", KeyPem(server));
  }
  const test::TemporaryDirectory folder;
  const Identity server;
  std::string certificate, key;
};

TEST_CASE("a server shows its certificate, and speaks HTTP/1.1", "[tls]") {
  Authority authority;
  const Files files(authority);
  const auto context = TlsServerContext::Make(files.certificate, files.key, "");
  REQUIRE(context.ok());
  const auto server = (*context)->Accept();
  TlsLayer client(ClientOf(nullptr));
  Shake(client, *server);
  CHECK(server->state() == SecureLayer::State::kOpen);
  CHECK(client.protocol() == "http/1.1");
  std::string sealed;
  std::string none;
  client.Seal("hello", sealed);
  std::vector<char> plain(64 * 1024);
  const size_t size = server->Open(sealed, plain.data(), none);
  CHECK(std::string(plain.data(), size) == "hello");
}

TEST_CASE("clients need a certificate of the authority that is named, and of no other", "[tls]") {
  Authority authority;
  Authority clients("Clients");
  const Files files(authority);
  const std::string client_ca = files.folder.Write("clients.pem", clients.Pem());
  const auto context = TlsServerContext::Make(files.certificate, files.key, client_ca);
  REQUIRE(context.ok());
  const auto state = [&](const Identity* identity) {
    const auto server = (*context)->Accept();
    TlsLayer client(ClientOf(identity));
    Shake(client, *server);
    return server->state();
  };
  const Identity known = clients.Issue({});
  const Identity strange = authority.Issue({});
  const Identity expired = clients.Issue({.begins = -7200, .ends = -3600});
  const Identity own = clients.IssueSelfSigned({});
  CHECK(state(&known) == SecureLayer::State::kOpen);
  for (const Identity* identity :
       {static_cast<const Identity*>(nullptr), &strange, &expired, &own}) {
    CHECK(state(identity) == SecureLayer::State::kFailed);
  }
}

TEST_CASE("clients' certificates are looked up in the lists of all who have signed them", "[tls]") {
  Authority authority;
  Authority clients("Clients");
  Authority between("Between", clients);
  const Files files(authority);
  const Identity direct = clients.Issue({});
  const Identity known = between.Issue({});
  const auto opens = [&](const std::string& lists, const Identity& identity,
                         const X509* chain = nullptr) {
    const std::string file = files.folder.Write("clients.pem", clients.Pem() + lists);
    const auto context = TlsServerContext::Make(files.certificate, files.key, file);
    REQUIRE(context.ok());
    const auto server = (*context)->Accept();
    TlsLayer client(ClientOf(&identity, chain));
    Shake(client, *server);
    return server->state() == SecureLayer::State::kOpen;
  };
  CHECK(opens("", direct));
  CHECK(opens(clients.RevocationList({}), direct));
  CHECK_FALSE(opens(clients.RevocationList({direct.certificate.get()}), direct));
  CHECK(opens("", known, between.certificate()));
  // There is a list by one of the two alone.
  CHECK(opens(clients.RevocationList({}), known, between.certificate()));
  CHECK_FALSE(opens(clients.RevocationList({between.certificate()}), known, between.certificate()));
  CHECK(opens(between.RevocationList({}), known, between.certificate()));
  CHECK_FALSE(opens(between.RevocationList({}) + clients.RevocationList({between.certificate()}),
                    known, between.certificate()));
  CHECK_FALSE(
      opens(between.RevocationList({known.certificate.get()}), known, between.certificate()));
}

TEST_CASE("files that are no certificates and keys are refused by name", "[tls]") {
  Authority authority;
  const Files files(authority);
  const Files others(authority);
  const auto where = [&](const std::string& certificate, const std::string& key,
                         const std::string& clients) {
    const auto context = TlsServerContext::Make(certificate, key, clients);
    return context.ok() ? "none" : context.error().where;
  };
  const std::string none = files.folder / "none.pem";
  const std::string text = files.folder.Write("text.pem", "text");
  CHECK(where(none, files.key, "") == none);
  CHECK(where(text, files.key, "") == text);
  // Lists alone are no authorities: no client could have a certificate of theirs.
  const std::string lists = files.folder.Write("lists.pem", authority.RevocationList({}));
  CHECK(where(files.certificate, files.key, lists) == lists);
  CHECK(where(files.certificate, text, "") == text);
  CHECK(where(files.certificate, others.key, "") == others.key);
  CHECK(where(files.certificate, files.key, text) == text);
}

}  // namespace
}  // namespace nano::net

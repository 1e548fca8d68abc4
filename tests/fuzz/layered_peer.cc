// Going by scripts, through sockets and layers of TLS.
#include "tests/fuzz/layered_peer.h"

#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.h"

namespace nano::fuzz {
namespace {

constexpr int kPatience = 12;  // In turns, for what a client has to do first.

bool IsStep(char c) {
  return static_cast<unsigned char>(c) >= 0x81 && static_cast<unsigned char>(c) <= 0x8c;
}

bool CanSeal(const std::unique_ptr<net::TlsLayer>& layer) {
  return layer->state() == net::TlsLayer::State::kOpen ||
         layer->state() == net::TlsLayer::State::kEnded;
}

// A certificate for 127.0.0.1 that is its own authority, for a day.
X509* MakeCertificate(EVP_PKEY* key) {
  X509* certificate = X509_new();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 86'400);
  X509_set_pubkey(certificate, key);
  const auto* name = reinterpret_cast<const unsigned char*>("fuzzed");
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC, name, -1, -1,
                             0);
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* names =
      X509V3_EXT_conf_nid(nullptr, &context, NID_subject_alt_name, "IP:127.0.0.1");
  NANO_CHECK(names != nullptr && X509_add_ext(certificate, names, -1) == 1);
  X509_EXTENSION_free(names);
  NANO_CHECK(X509_sign(certificate, key, EVP_sha256()) > 0);
  return certificate;
}

std::string PemOf(X509* certificate) {
  BIO* memory = BIO_new(BIO_s_mem());
  NANO_CHECK(PEM_write_bio_X509(memory, certificate) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  std::string pem(data, static_cast<size_t>(size));
  BIO_free(memory);
  return pem;
}

}  // namespace

struct LayeredPeer::Line {
  int fd = -1;
  std::string script;                                  // Still to be done.
  std::vector<std::unique_ptr<net::TlsLayer>> layers;  // The outermost first.
  std::string input;                                   // Plain, and not taken.
  size_t heads = 0;                                    // That were taken.
  int waited = 0;                                      // For the step at hand, in turns.
  std::string output;                                  // What the system did not take.
  char damage = 0;                                     // To what is sent next: a step …
  unsigned char place = 0;                             // … and where.
  bool input_ended = false;                            // The client's.
  bool output_ended = false;
};

LayeredPeer::LayeredPeer()
    : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)),
      context_(SSL_CTX_new(TLS_server_method())) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  NANO_CHECK(bind(listener_, generic, size) == 0 && listen(listener_, 128) == 0);
  NANO_CHECK(getsockname(listener_, generic, &size) == 0);
  port_ = ntohs(address.sin_port);

  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
  X509* certificate = MakeCertificate(key);
  authority_ = PemOf(certificate);
  NANO_CHECK(SSL_CTX_use_certificate(context_, certificate) == 1);
  NANO_CHECK(SSL_CTX_use_PrivateKey(context_, key) == 1);
  const auto* id = reinterpret_cast<const unsigned char*>("fuzzed");
  SSL_CTX_set_session_id_context(context_, id, 6);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

LayeredPeer::~LayeredPeer() {
  for (Line& line : lines_) Close(line);
  lines_.clear();
  SSL_CTX_free(context_);
  close(listener_);
}

void LayeredPeer::Begin(const Way& way, std::vector<std::string> scripts) {
  NANO_CHECK(lines_.empty());
  way_ = way;
  scripts_ = std::move(scripts);
  next_script_ = 0;
  ending_ = false;
}

void LayeredPeer::Turn() {
  Accept();
  for (Line& line : lines_) {
    if (line.fd >= 0) Receive(line);
    if (line.fd >= 0) GoOn(line);
  }
}

void LayeredPeer::EndAll() {
  ending_ = true;
  for (Line& line : lines_) Close(line);
}

bool LayeredPeer::AllClosed() {
  Accept();
  for (Line& line : lines_) {
    if (line.fd >= 0) Receive(line);
    if (line.fd >= 0 && !line.input_ended) return false;
  }
  EndAll();
  lines_.clear();
  return true;
}

void LayeredPeer::Accept() {
  for (;;) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return;
    Line& line = lines_.emplace_back();
    line.fd = fd;
    line.script = next_script_ < scripts_.size() ? scripts_[next_script_++] : way_.good;
    if (ending_) Close(line);
  }
}

// By a reset, so that the system need not remember the connection.
void LayeredPeer::Close(Line& line) {
  if (line.fd < 0) return;
  const linger at_once{1, 0};
  setsockopt(line.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(std::exchange(line.fd, -1));
}

void LayeredPeer::Receive(Line& line) {
  char part[16384];
  ssize_t size;
  while ((size = recv(line.fd, part, sizeof part, 0)) > 0) {
    std::string bytes(part, static_cast<size_t>(size));
    for (size_t i = 0; i < line.layers.size() && !bytes.empty(); ++i) {
      std::string plain(net::TlsLayer::kMostKept + bytes.size(), '\0');
      std::string outgoing;
      plain.resize(line.layers[i]->Open(bytes, plain.data(), outgoing));
      Put(line, i, std::move(outgoing));
      bytes = std::move(plain);
    }
    line.input += bytes;
    if (line.fd < 0) return;
  }
  if (size == 0) line.input_ended = true;
  if (size < 0 && errno != EAGAIN) Close(line);
}

// Until there is nothing left to do in this turn.
void LayeredPeer::GoOn(Line& line) {
  Flush(line);
  while (line.fd >= 0 && line.output.empty() && !line.script.empty()) {
    const auto step = std::find_if(line.script.begin(), line.script.end(), IsStep);
    if (step != line.script.begin()) {
      std::string text(line.script.begin(), step);
      line.script.erase(line.script.begin(), step);
      Say(line, std::move(text), false);
      continue;
    }
    const char what = line.script.front();
    // These two are done when the client has done its part, or does not.
    if (what == kHead || what == kSecure) {
      const bool done =
          what == kSecure ? Secure(line) : line.input.find("\r\n\r\n") != line.input.npos;
      if (!done && ++line.waited < kPatience) return;
      line.waited = 0;
      if (done && what == kHead) {
        ++line.heads;
        line.input.clear();
      }
      line.script.erase(0, 1);
      continue;
    }
    line.script.erase(0, 1);
    switch (what) {
      case kTurnOver:
        return;
      case kShut:
        shutdown(line.fd, SHUT_WR);
        line.output_ended = true;
        break;
      case kBreak:
        Close(line);
        break;
      case kRaw: {
        const auto end = std::find_if(line.script.begin(), line.script.end(), IsStep);
        std::string text(line.script.begin(), end);
        line.script.erase(line.script.begin(), end);
        Say(line, std::move(text), true);
        break;
      }
      case kNotify:
        if (!line.layers.empty()) {
          std::string outgoing;
          line.layers.back()->End(outgoing);
          Put(line, line.layers.size() - 1, std::move(outgoing));
        }
        break;
      default:
        line.damage = what;
        line.place = line.script.empty() ? 0 : static_cast<unsigned char>(line.script.front());
        if (what != kTwice) line.script.erase(0, 1);
    }
  }
}

// True when the handshake is over, either way.
bool LayeredPeer::Secure(Line& line) {
  if (line.waited == 0) {
    SSL* ssl = SSL_new(context_);
    SSL_set_accept_state(ssl);
    line.layers.push_back(std::make_unique<net::TlsLayer>(net::SslPointer(ssl)));
    std::string outgoing;
    line.layers.back()->Start(outgoing);
    const std::string early = std::exchange(line.input, {});
    std::string plain(net::TlsLayer::kMostKept + early.size(), '\0');
    plain.resize(line.layers.back()->Open(early, plain.data(), outgoing));
    line.input = plain;
    Put(line, line.layers.size() - 1, std::move(outgoing));
  }
  return line.layers.back()->state() != net::TlsLayer::State::kHandshake;
}

bool LayeredPeer::IsOrigin(const Line& line) const {
  if (line.layers.size() < way_.layers || line.heads < way_.tunnels) return false;
  const auto end = line.layers.begin() + static_cast<std::ptrdiff_t>(way_.layers);
  return std::all_of(line.layers.begin(), end, CanSeal);
}

void LayeredPeer::Say(Line& line, std::string text, bool raw) {
  const bool forged = !IsOrigin(line) || (raw && way_.layers > 0);
  std::replace(text.begin(), text.end(), forged ? '@' : '^', forged ? '^' : '@');
  Put(line, raw ? 0 : line.layers.size(), std::move(text));
}

// Out through the layers below a number of them.
void LayeredPeer::Put(Line& line, size_t layers, std::string bytes) {
  while (layers-- > 0 && !bytes.empty()) {
    std::string sealed;
    if (CanSeal(line.layers[layers])) line.layers[layers]->Seal(bytes, sealed);
    bytes = std::move(sealed);
  }
  if (bytes.empty()) return;
  const size_t place = line.place % bytes.size();
  switch (std::exchange(line.damage, 0)) {
    case kFlip:
      bytes[place] = static_cast<char>(bytes[place] ^ (1 << line.place % 8));
      break;
    case kCut:
      bytes.resize(place);
      break;
    case kSwap:
      bytes = bytes.substr(place) + bytes.substr(0, place);
      break;
    case kTwice:
      bytes += std::string(bytes);
      break;
    default:
      break;
  }
  line.output += bytes;
  Flush(line);
}

void LayeredPeer::Flush(Line& line) {
  if (line.output.empty() || line.fd < 0) return;
  if (line.output_ended) return line.output.clear();
  const ssize_t size = send(line.fd, line.output.data(), line.output.size(), MSG_NOSIGNAL);
  if (size < 0 && errno != EAGAIN) return Close(line);
  if (size > 0) line.output.erase(0, static_cast<size_t>(size));
}

}  // namespace nano::fuzz

// Sockets that are polled, and the secure layer over them.
#include "cli/nano/ctl/wire.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

namespace nano::cli::ctl {
namespace {

constexpr size_t kChunk = 64 * 1024;
constexpr char kNameIt[] =
    "Is `nano serve` running? Say where its admin API is with --admin or NANO_ADMIN "
    "(unix:PATH, HOST:PORT); `server.admin` of its nano.yaml says so, and the server when it "
    "starts.";

std::string Sentences(const std::string& first, const std::string& second) {
  if (first.empty() || second.empty()) return first + second;
  return first + " " + second;
}

Error NotThere(const Endpoint& endpoint, int error) {
  const std::string name = endpoint.ToString();
  switch (error) {
    case ENOENT:
      return {"no server is listening at " + name + ": there is no such socket", "",
              Sentences(kNameIt, endpoint.hint)};
    case ECONNREFUSED:
      return {"no server is listening at " + name, "", Sentences(kNameIt, endpoint.hint)};
    case EACCES:
    case EPERM:
      return {"you may not use " + name, "",
              "Only the user that the server runs as may, and root: `sudo -u USER nano ctl …`."};
    default:
      return {"cannot connect to " + name + ": " + std::strerror(error), "", endpoint.hint};
  }
}

Result<Descriptor> ConnectTo(const sockaddr* address, socklen_t size, const Endpoint& endpoint,
                             std::chrono::milliseconds timeout) {
  Descriptor fd(socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (fd.get() < 0) return NotThere(endpoint, errno);
  if (connect(fd.get(), address, size) == 0) return fd;
  // A Unix socket whose queue is full says so at once; of TCP it is the way that takes a while.
  if (errno != EINPROGRESS && errno != EAGAIN) return NotThere(endpoint, errno);
  pollfd waiting{.fd = fd.get(), .events = POLLOUT, .revents = 0};
  const int ready = errno == EAGAIN ? 0 : poll(&waiting, 1, static_cast<int>(timeout.count()));
  if (ready <= 0) return NotThere(endpoint, ETIMEDOUT);
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) return NotThere(endpoint, error);
  return fd;
}

Result<Descriptor> ConnectToSocket(const Endpoint& endpoint, std::chrono::milliseconds timeout) {
  sockaddr_un address{};
  if (endpoint.socket.size() >= sizeof address.sun_path) {
    return Error{"the path of the socket is too long for the system: " + endpoint.socket, "",
                 "Name it by a shorter one, from its folder: --admin unix:nano.sock."};
  }
  address.sun_family = AF_UNIX;
  endpoint.socket.copy(address.sun_path, sizeof address.sun_path - 1);
  return ConnectTo(reinterpret_cast<const sockaddr*>(&address), sizeof address, endpoint, timeout);
}

Result<Descriptor> ConnectToHost(const Endpoint& endpoint, std::chrono::milliseconds timeout) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int status =
      getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &hints, &found);
  if (status != 0) {
    return Error{"cannot find " + endpoint.host + ": " + gai_strerror(status), "",
                 "Look at the name after --admin or in NANO_ADMIN."};
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(found, freeaddrinfo);
  Result<Descriptor> connected = NotThere(endpoint, ECONNREFUSED);
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    connected = ConnectTo(address->ai_addr, address->ai_addrlen, endpoint, timeout);
    if (connected.ok()) break;
  }
  return connected;
}

}  // namespace

Wire::Wire(Endpoint endpoint, Descriptor socket)
    : endpoint_(std::move(endpoint)), socket_(std::move(socket)) {}

Error Wire::Broken(std::string_view what) const {
  return {"the connection to " + endpoint_.ToString() + " " + std::string(what), "", ""};
}

Result<Wire> Wire::Connect(const Endpoint& endpoint, const Place& place,
                           std::chrono::milliseconds timeout) {
  Wire wire(endpoint, TRY(endpoint.socket.empty() ? ConnectToHost(endpoint, timeout)
                                                  : ConnectToSocket(endpoint, timeout)));
  if (endpoint.secure) TRY(wire.Secure(place, timeout));
  return wire;
}

Result<void> Wire::Secure(const Place& place, std::chrono::milliseconds timeout) {
  const net::OwnCertificate own{place.certificate, place.key};
  context_ = TRY(net::TlsClientContext::Make(place.authorities, own));
  layer_ = context_->Connect(endpoint_.host, endpoint_.port, "http/1.1");
  layer_->Start(outgoing_);
  std::string_view nothing;
  std::string received;
  while (layer_->state() == net::SecureLayer::State::kHandshake) {
    TRY(Turn(nothing, received, timeout));
    if (ended_) return Broken("was closed before it was secure; does the server speak TLS there?");
  }
  return {};
}

Result<void> Wire::Turn(std::string_view& unsent, std::string& received,
                        std::chrono::milliseconds timeout,
                        const std::function<void()>& while_silent) {
  const bool sealing = layer_ == nullptr || layer_->state() == net::SecureLayer::State::kOpen;
  if (outgoing_.empty() && sealing && !deaf_) {
    const std::string_view next = unsent.substr(0, kChunk);
    unsent.remove_prefix(next.size());
    if (layer_ == nullptr) {
      outgoing_ = next;
    } else if (!next.empty()) {
      layer_->Seal(next, outgoing_);
    }
  }
  TRY(Wait(!outgoing_.empty(), timeout, while_silent));
  TRY(Send());
  return Receive(received);
}

Result<void> Wire::Wait(bool to_send, std::chrono::milliseconds timeout,
                        const std::function<void()>& while_silent) {
  constexpr int kSilence = 1'000;
  pollfd waiting{.fd = socket_.get(), .events = POLLIN, .revents = 0};
  if (to_send) waiting.events |= POLLOUT;
  const auto began = std::chrono::steady_clock::now();
  int ready = 0;
  for (;;) {
    // Whoever is called has a part of the time.
    const auto gone = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - began);
    const auto left = std::max(timeout - gone, std::chrono::milliseconds(0));
    const int most = timeout.count() == 0 ? -1 : static_cast<int>(left.count());
    const bool pauses = while_silent != nullptr && (most < 0 || most > kSilence);
    ready = poll(&waiting, 1, pauses ? kSilence : most);
    if (ready < 0 && errno == EINTR) continue;
    if (ready != 0 || !pauses) break;
    while_silent();
  }
  if (ready < 0) return Broken(std::string("cannot be waited for: ") + std::strerror(errno));
  if (ready == 0) {
    return Error{endpoint_.ToString() + " does not answer", "",
                 "It may be busy, or no NANO. --timeout gives it more time than " +
                     std::to_string(timeout.count() / 1000) + " s."};
  }
  return {};
}

Result<void> Wire::Send() {
  while (!outgoing_.empty()) {
    const ssize_t sent = send(socket_.get(), outgoing_.data(), outgoing_.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      outgoing_.erase(0, static_cast<size_t>(sent));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN) return {};
    // It may have answered before it closed: that is still to be read.
    if (errno == EPIPE || errno == ECONNRESET) {
      deaf_ = true;
      outgoing_.clear();
      return {};
    }
    return Broken(std::string("broke: ") + std::strerror(errno));
  }
  return {};
}

Result<void> Wire::Receive(std::string& received) {
  char buffer[kChunk];
  const ssize_t size = recv(socket_.get(), buffer, sizeof buffer, 0);
  if (size < 0) {
    if (errno == EAGAIN || errno == EINTR) return {};
    return Broken(std::string("broke: ") + std::strerror(errno));
  }
  if (size == 0) {
    ended_ = true;
    return {};
  }
  const std::string_view bytes(buffer, static_cast<size_t>(size));
  if (layer_ == nullptr) {
    received += bytes;
    return {};
  }
  std::vector<char> plain(bytes.size() + net::SecureLayer::kMostKept);
  received.append(plain.data(), layer_->Open(bytes, plain.data(), outgoing_));
  if (layer_->state() == net::SecureLayer::State::kFailed) {
    return Error{
        "the connection to " + endpoint_.ToString() + " cannot be secured: " + layer_->failure(),
        "",
        "A server with an authority of its own needs that named (--ca FILE), one that wants "
        "certificates of its clients a certificate (--cert and --key). One without TLS is "
        "named with http://."};
  }
  ended_ = layer_->state() == net::SecureLayer::State::kEnded;
  return {};
}

}  // namespace nano::cli::ctl

// The race: which address is next, and what the attempts come to.
#include "net/connector.h"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace nano::net {
namespace {

ConnectError ErrorOf(int error) {
  switch (error) {
    case ECONNREFUSED:
      return ConnectError::kRefused;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
      return ConnectError::kUnreachable;
    case ETIMEDOUT:
      return ConnectError::kTimeout;
    default:
      return ConnectError::kFailed;
  }
}

// How much an error tells beside others of the same race: a machine without IPv6 finds every IPv6
// address unreachable, which explains nothing when IPv4's were refused.
int Weight(ConnectError error) {
  switch (error) {
    case ConnectError::kUnreachable:
      return 0;
    case ConnectError::kDenied:
      return 1;
    case ConnectError::kTimeout:
      return 2;
    case ConnectError::kFailed:
      return 3;
    default:
      return 4;
  }
}

}  // namespace

// One connection being made. Owns its descriptor until Release.
class Connector::Attempt {
 public:
  Attempt(Connector& connector, int fd, const IpAddress& to)
      : address(to),
        connector_(connector),
        fd_(fd),
        poll_(connector.loop_, fd, [this] { OnReady(); }) {}
  ~Attempt() {
    if (fd_ >= 0) close(fd_);
  }
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

  int Release() { return std::exchange(fd_, -1); }

  const IpAddress address;
  std::list<Attempt>::iterator self;

 private:
  // Calls once when the descriptor is ready to be written, which is when it is connected or has
  // failed.
  class WritePoll : public LoopHandle<uv_poll_t> {
   public:
    WritePoll(uv_loop_t* loop, int fd, Callback callback) : LoopHandle(std::move(callback)) {
      NANO_CHECK(uv_poll_init_socket(loop, get(), fd) == 0);
      uv_poll_start(get(), UV_WRITABLE, [](uv_poll_t* handle, int, int) {
        uv_poll_stop(handle);
        Call(handle);
      });
    }
  };

  void OnReady() {
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    connector_.OnAttemptEnded(self, error);  // Destroys this.
  }

  Connector& connector_;
  int fd_;
  WritePoll poll_;
};

Connector::Connector(uv_loop_t* loop, Resolver& resolver, Events events)
    : loop_(loop), resolver_(resolver), events_(std::move(events)), timer_(loop, [this] {
        waits_for_v6_ = false;
        Proceed();
      }) {}

Connector::~Connector() = default;

void Connector::Start(std::string_view host, uint16_t port) {
  port_ = port;
  if (const auto address = IpAddress::Parse(host)) {
    names_known_[0] = names_known_[1] = true;
    addresses_[address->is_v4() ? 0 : 1].push_back(*address);
    timer_.Start(0);
    return;
  }
  lookup_ = resolver_.Resolve(
      host, [this](Family family, const NameAnswer& answer) { OnAnswer(family, answer); });
}

void Connector::OnAnswer(Family family, const NameAnswer& answer) {
  names_known_[static_cast<size_t>(family)] = true;
  std::vector<IpAddress>& addresses = addresses_[static_cast<size_t>(family)];
  addresses.assign(answer.addresses.rbegin(), answer.addresses.rend());
  if (answer.error != NameError::kNone && (!no_names_ || answer.error != NameError::kNotFound)) {
    no_names_ = answer;
  }
  if (attempts_.empty() && family == Family::kV4 && !Names(Family::kV6) && !addresses.empty()) {
    waits_for_v6_ = true;
    timer_.Start(kResolutionDelay);
    return;
  }
  // While an attempt runs, the next one's time comes by itself.
  if (attempts_.empty() || !timer_.active()) {
    waits_for_v6_ = false;
    Proceed();
  }
}

// Starts the attempt that is due, if there is an address for it.
void Connector::Proceed() {
  if (waits_for_v6_) return;
  while (const std::optional<IpAddress> address = NextAddress()) {
    if (Try(*address)) {
      timer_.Start(kAttemptDelay);
      return;
    }
  }
  const bool all_known = Names(Family::kV4) && Names(Family::kV6);
  if (attempts_.empty() && all_known) Fail();
}

std::optional<IpAddress> Connector::NextAddress() {
  const Family other = last_family_ == Family::kV4 ? Family::kV6 : Family::kV4;
  for (const Family family : {other, last_family_}) {
    std::vector<IpAddress>& addresses = addresses_[static_cast<size_t>(family)];
    if (addresses.empty()) continue;
    last_family_ = family;
    const IpAddress address = addresses.back();
    addresses.pop_back();
    return address;
  }
  return std::nullopt;
}

// False if it has failed already.
bool Connector::Try(const IpAddress& address) {
  if (auto refusal = events_.refuse(address)) {
    Note(address, ConnectError::kDenied, *refusal);
    return false;
  }
  sockaddr_storage target;
  const socklen_t size = address.ToSockaddr(port_, target);
  const int fd = socket(target.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    Note(address, ErrorOf(errno), std::strerror(errno));
    return false;
  }
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(fd, reinterpret_cast<sockaddr*>(&target), size) != 0 && errno != EINPROGRESS) {
    const int error = errno;
    close(fd);
    Note(address, ErrorOf(error), std::strerror(error));
    return false;
  }
  // A connection that is there already is told in the loop's turn, too.
  attempts_.emplace_front(*this, fd, address);
  attempts_.front().self = attempts_.begin();
  return true;
}

void Connector::OnAttemptEnded(std::list<Attempt>::iterator attempt, int error) {
  if (error == 0) {
    const IpAddress address = attempt->address;
    const int fd = attempt->Release();
    attempts_.clear();
    timer_.Stop();
    lookup_.Cancel();
    const auto connected = events_.connected;
    connected(fd, address);
    return;
  }
  Note(attempt->address, ErrorOf(error), std::strerror(error));
  attempts_.erase(attempt);
  timer_.Stop();
  Proceed();
}

void Connector::Note(const IpAddress& address, ConnectError error, const std::string& reason) {
  reasons_.push_back(address.ToString() + ": " + reason);
  if (!error_ || Weight(error) > Weight(*error_)) error_ = error;
}

void Connector::Fail() {
  ConnectFailure failure;
  if (!error_) {
    NANO_CHECK(no_names_.has_value());
    failure = NameFailure(*no_names_);
  } else {
    failure.error = *error_;
    for (const std::string& reason : reasons_) {
      if (!failure.reason.empty()) failure.reason += "; ";
      failure.reason += reason;
    }
  }
  const auto failed = events_.failed;
  failed(failure);
}

}  // namespace nano::net

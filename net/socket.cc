// System calls of a plain socket, and what a secured one's stream needs of the loop.
#include "net/socket.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/ip_address.h"
#include "net/handles.h"
#include "net/secure_stream.h"
#include "net/system_calls.h"

namespace nano::net {

// What a secured socket has besides.
struct Socket::Secured {
  std::unique_ptr<SecureStream> stream;
  Timer again;     // Tells of input that the descriptor will not tell of.
  int wanted = 0;  // UV_READABLE, UV_WRITABLE: what the owner waits for.
};

Socket::Socket(const Events& events, void* owner) : events_(events), owner_(owner) {
  poll_.data = this;
}

Socket::~Socket() = default;

void Socket::Open(uv_loop_t* loop, int fd) {
  fd_ = fd;
  NANO_CHECK(uv_poll_init(loop, &poll_, fd) == 0);
}

void Socket::Secure(std::unique_ptr<SecureLayer> layer, BufferPool& pool) {
  NANO_CHECK(fd_ >= 0);
  if (secured_ == nullptr) {
    secured_.reset(
        new Secured{.stream = std::make_unique<SecureStream>(fd_, std::move(layer), pool),
                    .again{poll_.loop, [this] { OnHeldInput(); }},
                    .wanted = polled_});
  } else {
    secured_->stream =
        std::make_unique<SecureStream>(std::move(secured_->stream), std::move(layer), pool);
  }
  UpdateSecured();
}

void Socket::Watch(bool readable, bool writable) {
  const int wanted = (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0);
  if (secured_ != nullptr) [[unlikely]] {
    return WatchSecured(wanted);
  }
  Poll(wanted);
}

void Socket::Poll(int events) {
  if (events == polled_) return;
  polled_ = events;
  if (events == 0) {
    uv_poll_stop(&poll_);
    return;
  }
  uv_poll_start(&poll_, events, [](uv_poll_t* poll, int status, int ready) {
    static_cast<Socket*>(poll->data)->OnPoll(status, ready);
  });
}

void Socket::OnPoll(int status, int events) {
  if (status < 0) {
    // An error waits on the socket, which the next read or write tells; libuv watches no more.
    events = polled_;
    polled_ = 0;
  }
  if (secured_ != nullptr) [[unlikely]] {
    return OnSecuredPoll(events);
  }
  events_.ready(owner_, events & UV_READABLE, events & UV_WRITABLE);
}

void Socket::OnSecuredPoll(int events) {
  SecureStream& stream = *secured_->stream;
  if (events & UV_WRITABLE) stream.Flush();
  if (stream.handshaking()) {
    if (events & UV_READABLE) stream.ContinueHandshake();
    if (stream.handshaking()) return UpdateSecured();
    // Well or not: whoever waited gets somewhere now.
    events = UV_WRITABLE | (stream.holds_input() ? UV_READABLE : 0);
  }
  events &= secured_->wanted;
  if (events != 0) events_.ready(owner_, events & UV_READABLE, events & UV_WRITABLE);
  if (fd_ >= 0) UpdateSecured();
}

void Socket::OnHeldInput() {
  if (fd_ < 0 || !(secured_->wanted & UV_READABLE) || !secured_->stream->holds_input()) return;
  events_.ready(owner_, true, false);
  if (fd_ >= 0) UpdateSecured();
}

// Brings what is watched up to date with what the owner and the stream wait for.
void Socket::UpdateSecured() {
  const SecureStream& stream = *secured_->stream;
  int events = secured_->wanted;
  if (stream.handshaking() && events != 0) events = UV_READABLE;
  if (stream.sending()) events |= UV_WRITABLE;
  Poll(events);
  if ((secured_->wanted & UV_READABLE) && stream.holds_input() && !secured_->again.active()) {
    secured_->again.Start(0);
  }
}

void Socket::WatchSecured(int wanted) {
  secured_->wanted = wanted;
  UpdateSecured();
}

ssize_t Socket::ReadSecured(std::span<char> into) {
  const ssize_t result = secured_->stream->Read(into);
  UpdateSecured();
  return result;
}

ssize_t Socket::WriteSecured(std::string_view first, std::string_view second) {
  const ssize_t result = secured_->stream->Write(first, second);
  UpdateSecured();
  return result;
}

ssize_t Socket::Read(std::span<char> into) {
  if (secured_ != nullptr) [[unlikely]] {
    return ReadSecured(into);
  }
  return Receive(fd_, into.data(), into.size());
}

ssize_t Socket::Discard() {
  return secured_ == nullptr ? net::Discard(fd_) : secured_->stream->Discard();
}

ssize_t Socket::Write(std::string_view first, std::string_view second) {
  if (secured_ != nullptr) [[unlikely]] {
    return WriteSecured(first, second);
  }
  const ssize_t result = Send(fd_, first, second);
  if (result > 0) sent_ += static_cast<uint64_t>(result);
  return result;
}

ssize_t Socket::ReadInto(Pipe& pipe, size_t most) {
  NANO_CHECK(plain());
  return pipe.FillFrom(fd_, most);
}

ssize_t Socket::WriteFrom(Pipe& pipe) {
  NANO_CHECK(plain());
  const ssize_t result = pipe.EmptyInto(fd_);
  if (result > 0) sent_ += static_cast<uint64_t>(result);
  return result;
}

ssize_t Socket::WriteFile(const FilePart& part, size_t most) {
  const std::string_view bytes = part.bytes.substr(0, most);
  if (secured_ != nullptr) return WriteSecured(bytes, {});
  off_t offset = static_cast<off_t>(part.offset);
  ssize_t result = Retry([&] { return sendfile(fd_, part.descriptor, &offset, bytes.size()); });
  // Of a file system that does not know of it.
  if (result == -EINVAL || result == -ENOSYS) result = Send(fd_, bytes);
  if (result > 0) sent_ += static_cast<uint64_t>(result);
  return result;
}

bool Socket::EndWriting() {
  if (secured_ == nullptr) return shutdown(fd_, SHUT_WR) == 0;
  const bool told = secured_->stream->EndWriting();
  UpdateSecured();
  return told;
}

void Socket::Close(bool reset) {
  if (reset) {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  } else if (secured_ != nullptr) {
    secured_->stream->SayGoodbye();
  }
  if (secured_ != nullptr) secured_->again.Stop();
  close(Release().Release());
}

// libuv has the system forget the descriptor at once, which others may go on to use.
Descriptor Socket::Release() {
  uv_close(reinterpret_cast<uv_handle_t*>(&poll_), [](uv_handle_t* handle) {
    auto* self = static_cast<Socket*>(handle->data);
    self->events_.closed(self->owner_);
  });
  return Descriptor(std::exchange(fd_, -1));
}

std::string Socket::PeerAddress() const {
  sockaddr_storage address;
  socklen_t size = sizeof address;
  if (getpeername(fd_, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
  if (address.ss_family == AF_UNIX) {
    ucred user{};
    socklen_t user_size = sizeof user;
    if (getsockopt(fd_, SOL_SOCKET, SO_PEERCRED, &user, &user_size) != 0) return {};
    return "unix:" + std::to_string(user.uid);
  }
  return IpAddress::Of(reinterpret_cast<const sockaddr&>(address)).ToString();
}

void Socket::ProbePeer(unsigned seconds) {
  const int on = 1;
  const int delay = static_cast<int>(seconds);
  const int interval = 1;
  const int count = 10;
  setsockopt(fd_, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  setsockopt(fd_, IPPROTO_TCP, TCP_KEEPIDLE, &delay, sizeof delay);
  setsockopt(fd_, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
  setsockopt(fd_, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
}

// Bytes that wait here or are under way.
uint64_t Socket::unconfirmed() const {
  int waiting = 0;
  return ioctl(fd_, SIOCOUTQ, &waiting) == 0 ? static_cast<uint64_t>(waiting) : 0;
}

bool Socket::PeerSilent(uint64_t milliseconds) const {
  tcp_info info{};
  socklen_t size = sizeof info;
  return unconfirmed() > 0 && getsockopt(fd_, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
         info.tcpi_last_ack_recv >= milliseconds;
}

uint64_t Socket::delivered() const {
  const uint64_t sent = secured_ == nullptr ? sent_ : secured_->stream->sent();
  return sent - std::min(sent, unconfirmed());
}

std::string_view Socket::failure() const {
  return secured_ == nullptr ? std::string_view() : secured_->stream->failure();
}

Socket::Peer Socket::peer() const {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (getsockopt(fd_, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) {
    // Of the AF_UNIX family, where nothing can be under way between the two: a hang-up is both
    // ends.
    pollfd ends{.fd = fd_, .events = POLLRDHUP, .revents = 0};
    if (poll(&ends, 1, 0) <= 0) return Peer::kOpen;
    if ((ends.revents & (POLLHUP | POLLERR)) != 0) return Peer::kReset;
    return (ends.revents & POLLRDHUP) != 0 ? Peer::kEndedInput : Peer::kOpen;
  }
  if (info.tcpi_state == TCP_CLOSE) return Peer::kReset;
  return info.tcpi_state == TCP_CLOSE_WAIT ? Peer::kEndedInput : Peer::kOpen;
}

}  // namespace nano::net

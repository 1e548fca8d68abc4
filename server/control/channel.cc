// A queue before a socket. See channel.h for ownership and threads.
#include "server/control/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <memory>
#include <variant>

#include "base/system_error.h"

namespace nano::server {
namespace {

constexpr int kPacketsAtOnce = 64;  // Then the loop's other work gets its turn.

Error Failed(const char* what) { return SystemError("the control channel", what, errno); }

}  // namespace

Result<std::pair<Descriptor, Descriptor>> Channel::MakeEnds() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) {
    return Failed("make");
  }
  return std::pair(Descriptor(ends[0]), Descriptor(ends[1]));
}

Result<std::unique_ptr<Channel>> Channel::Open(uv_loop_t* loop, Descriptor end, Peer& peer) {
  std::unique_ptr<Channel> channel(new Channel(std::move(end), peer));
  channel->poll_ = TRY(net::Poll::Of(loop, channel->end_.get(),
                                     [self = channel.get()](int ready) { self->OnReady(ready); }));
  channel->poll_->Start(UV_READABLE);
  return channel;
}

Channel::Channel(Descriptor end, Peer& peer) : end_(std::move(end)), peer_(peer) {}

Result<void> Channel::Send(uint8_t kind, std::string_view body, int descriptor) {
  if (ended_) return {};
  Descriptor copy;
  if (descriptor >= 0) {
    copy = Descriptor(fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
    if (copy.get() < 0) return Failed("copy a descriptor for");
  }
  auto packet = TRY(OutgoingPacket::Make(kind, body, descriptor >= 0));
  queue_.push_back({std::move(packet), std::move(copy), body.size()});
  waiting_bytes_ += body.size();
  Flush();
  return {};
}

void Channel::Flush() {
  while (!queue_.empty() && Deliver(queue_.front())) {
    waiting_bytes_ -= queue_.front().bytes;
    queue_.pop_front();
  }
  if (!ended_) poll_->Start(queue_.empty() ? UV_READABLE : UV_READABLE | UV_WRITABLE);
}

// False: later. What cannot be sent because the other side is gone is done with; the end comes by
// reading. So it does, on both sides, if a packet cannot be sent for another reason: nobody misses
// one and goes on.
bool Channel::Deliver(const Outgoing& outgoing) {
  const OutgoingPacket::Sent sent = outgoing.packet.Send(end_.get(), outgoing.descriptor.get());
  if (sent == OutgoingPacket::Sent::kGone) shutdown(end_.get(), SHUT_RDWR);
  return sent != OutgoingPacket::Sent::kLater;
}

void Channel::OnReady(int events) {
  if ((events & UV_WRITABLE) != 0) Flush();
  if ((events & UV_READABLE) != 0 || events == 0) Receive();
}

bool Channel::ReceiveWithin(int milliseconds) {
  pollfd ready{.fd = end_.get(), .events = POLLIN, .revents = 0};
  if (ended_ || poll(&ready, 1, milliseconds) <= 0) return false;
  const std::weak_ptr<int> alive = alive_;
  Receive();
  return !alive.expired() && !ended_;
}

void Channel::Receive() {
  const std::weak_ptr<int> alive = alive_;
  for (int i = 0; i < kPacketsAtOnce; ++i) {
    ReceivedPacket received = ReceivePacket(end_.get());
    if (std::holds_alternative<NoPacket>(received)) return;
    if (const auto* end = std::get_if<NoMorePackets>(&received)) return End(end->error);
    peer_.OnPacket(std::get<Packet>(std::move(received)));
    if (alive.expired() || ended_) return;
  }
}

void Channel::End(std::string_view error) {
  ended_ = true;
  poll_->Stop();
  queue_.clear();
  waiting_bytes_ = 0;
  peer_.OnChannelEnd(error);
}

}  // namespace nano::server

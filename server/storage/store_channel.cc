// Frames to and from a socket. See store_channel.h for ownership and threads.
#include "server/storage/store_channel.h"

#include <errno.h>
#include <sys/socket.h>

#include <array>
#include <string>

#include "base/system_error.h"

namespace nano::server {
namespace {

constexpr size_t kReadAtOnce = size_t{256} << 10;
// Then the loop's other work gets its turn.
constexpr int kReadsAtOnce = 8;

}  // namespace

Result<std::pair<Descriptor, Descriptor>> StoreChannel::MakeEnds() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) {
    return SystemError("a channel to the store", "make", errno);
  }
  return std::pair(Descriptor(ends[0]), Descriptor(ends[1]));
}

Result<std::unique_ptr<StoreChannel>> StoreChannel::Open(uv_loop_t* loop, Descriptor end,
                                                         Peer& peer) {
  std::unique_ptr<StoreChannel> channel(new StoreChannel(loop, std::move(end), peer));
  channel->poll_ = TRY(net::Poll::Of(loop, channel->end_.get(),
                                     [self = channel.get()](int ready) { self->OnReady(ready); }));
  // Nobody waits for what comes by itself: calls that are under way keep the loop.
  channel->poll_->Unref();
  channel->Watch();
  return channel;
}

StoreChannel::StoreChannel(uv_loop_t* loop, Descriptor end, Peer& peer)
    : end_(std::move(end)), peer_(peer), flush_(loop, [this] { Flush(); }) {
  flush_.Unref();
}

void StoreChannel::Send(StoreMessage message) {
  if (ended_) return;
  writer_.Add(std::move(message));
  if (flushes_ || blocked_) return;
  flushes_ = true;
  flush_.Start();
}

void StoreChannel::SetReading(bool reads) {
  reads_ = reads;
  Watch();
}

void StoreChannel::Watch() {
  if (ended_) return;
  const int events = (reads_ ? UV_READABLE : 0) | (blocked_ ? UV_WRITABLE : 0);
  if (events == watched_) return;
  watched_ = events;
  if (events == 0) return poll_->Stop();
  poll_->Start(events);
}

void StoreChannel::Flush() {
  if (std::exchange(flushes_, false)) flush_.Stop();
  blocked_ = false;
  while (!ended_ && !blocked_ && !writer_.empty()) {
    const std::string_view bytes = writer_.Next();
    const ssize_t sent = send(end_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      writer_.Sent(static_cast<size_t>(sent));
    } else if (errno == EAGAIN) {
      blocked_ = true;
    } else if (errno != EINTR) {
      return End({});
    }
  }
  Watch();
  if (!blocked_ && !ended_) peer_.OnStoreDrained();
}

void StoreChannel::OnReady(int events) {
  const std::weak_ptr<int> alive = alive_;
  if ((events & UV_WRITABLE) != 0) Flush();
  if (alive.expired() || ended_) return;
  if ((events & UV_READABLE) != 0 || events == 0) Receive();
}

void StoreChannel::Receive() {
  static std::array<char, kReadAtOnce> buffer;  // One loop for a process.
  const std::weak_ptr<int> alive = alive_;
  for (int i = 0; i < kReadsAtOnce && reads_; ++i) {
    const ssize_t size = recv(end_.get(), buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) return End({});
    const std::string_view bytes(buffer.data(), static_cast<size_t>(size));
    const Result<void> read = reader_.Feed(bytes, [&](StoreMessage message) {
      peer_.OnStoreMessage(std::move(message));
      return !alive.expired() && !ended_;
    });
    if (alive.expired() || ended_) return;
    if (!read.ok()) return End(read.error().message);
    if (bytes.size() < buffer.size()) return;
  }
}

void StoreChannel::End(std::string_view error) {
  ended_ = true;
  poll_->Stop();
  if (std::exchange(flushes_, false)) flush_.Stop();
  peer_.OnStoreEnd(std::string(error));
}

}  // namespace nano::server

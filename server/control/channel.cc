// Packets on a socket pair. See channel.h for ownership and threads.
#include "server/control/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <memory>

#include "base/byte_stream.h"
#include "base/file.h"
#include "base/system_error.h"

namespace nano::server {
namespace {

// Bytes of a body that go in the packet itself: well below what a socket takes at once.
constexpr size_t kInline = 32 * 1024;
constexpr size_t kHeader = 1 + 1 + 4;
constexpr size_t kMaxDescriptors = 2;
constexpr int kPacketsAtOnce = 64;  // Then the loop's other work gets its turn.

enum Flags : uint8_t { kBodyInFile = 1, kHasDescriptor = 2 };

Error Failed(const char* what) { return SystemError("the control channel", what, errno); }

// A file in memory with these bytes.
Result<Descriptor> FileOf(std::string_view bytes) {
  Descriptor file(memfd_create("nano-message", MFD_CLOEXEC));
  if (file.get() < 0) return Failed("make a file in memory for");
  if (!WriteAll(file.get(), bytes)) return Failed("write a file in memory for");
  return file;
}

// Whoever made the file may still write to it or cut it off: it is read once, into a copy. Files of
// other kinds than FileOf makes, terminals and those that another process serves among them, could
// keep who reads them waiting; only files in memory have seals.
Result<std::string> ReadAll(int file, size_t size) {
  if (fcntl(file, F_GET_SEALS) < 0) return Error{"a message is in no file in memory", {}, {}};
  std::string bytes(size, '\0');
  size_t read = 0;
  while (read < size) {
    const ssize_t got = pread(file, bytes.data() + read, size - read, static_cast<off_t>(read));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Error{"a message is shorter than it says", {}, {}};
    read += static_cast<size_t>(got);
  }
  return bytes;
}

// The descriptors that came with a message; how many there are.
size_t TakeDescriptors(msghdr& message, std::array<Descriptor, kMaxDescriptors>& descriptors) {
  const cmsghdr* rights = CMSG_FIRSTHDR(&message);
  if (rights == nullptr || rights->cmsg_level != SOL_SOCKET || rights->cmsg_type != SCM_RIGHTS) {
    return 0;
  }
  const size_t count = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  for (size_t i = 0; i < count; ++i) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(rights) + i * sizeof fd, sizeof fd);
    descriptors[i] = Descriptor(fd);
  }
  return count;
}

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
  if (body.size() > kMaxBody) {
    return Error{"a message of " + std::to_string(body.size()) + " bytes is too large", {}, {}};
  }
  Outgoing packet;
  if (descriptor >= 0) {
    packet.descriptor = Descriptor(fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
    if (packet.descriptor.get() < 0) return Failed("copy a descriptor for");
  }
  const bool in_file = body.size() > kInline;
  ByteWriter header;
  header.Number(kind);
  header.Number(
      static_cast<uint8_t>((in_file ? kBodyInFile : 0) | (descriptor >= 0 ? kHasDescriptor : 0)));
  header.Number(static_cast<uint32_t>(body.size()));
  packet.bytes = header.Take();
  if (in_file) {
    packet.file = TRY(FileOf(body));
  } else {
    packet.bytes += body;
  }
  queue_.push_back(std::move(packet));
  Flush();
  return {};
}

void Channel::Flush() {
  while (!queue_.empty() && Deliver(queue_.front())) queue_.pop_front();
  if (!ended_) poll_->Start(queue_.empty() ? UV_READABLE : UV_READABLE | UV_WRITABLE);
}

// False: later. What cannot be sent because the other side is gone is done with; the end comes by
// reading. So it does, on both sides, if a packet cannot be sent for another reason: nobody misses
// one and goes on.
bool Channel::Deliver(Outgoing& packet) {
  iovec data{.iov_base = packet.bytes.data(), .iov_len = packet.bytes.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMaxDescriptors)] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  std::array<int, kMaxDescriptors> descriptors{};
  size_t count = 0;
  for (const Descriptor* descriptor : {&packet.file, &packet.descriptor}) {
    if (descriptor->get() >= 0) descriptors[count++] = descriptor->get();
  }
  if (count > 0) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * count);
    std::memcpy(CMSG_DATA(rights), descriptors.data(), sizeof(int) * count);
  }
  ssize_t sent;
  do {
    sent = sendmsg(end_.get(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) return true;
  if (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM || errno == ETOOMANYREFS) return false;
  shutdown(end_.get(), SHUT_RDWR);
  return true;
}

void Channel::OnReady(int events) {
  if ((events & UV_WRITABLE) != 0) Flush();
  if ((events & UV_READABLE) != 0 || events == 0) Receive();
}

void Channel::Receive() {
  const std::weak_ptr<int> alive = alive_;
  for (int i = 0; i < kPacketsAtOnce; ++i) {
    std::optional<Packet> packet = ReceiveOne();
    if (!packet) return;
    peer_.OnPacket(*std::move(packet));
    if (alive.expired() || ended_) return;
  }
}

// None: there is none yet, or the channel has ended; then nothing of it may be touched.
std::optional<Packet> Channel::ReceiveOne() {
  std::array<char, kHeader + kInline> buffer;
  iovec data{.iov_base = buffer.data(), .iov_len = buffer.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMaxDescriptors)] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t received;
  do {
    received = recvmsg(end_.get(), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  } while (received < 0 && errno == EINTR);
  if (received < 0 && errno == EAGAIN) return std::nullopt;
  const auto end = [this](std::string_view error) {
    End(error);
    return std::optional<Packet>();
  };
  if (received <= 0) return end({});
  const auto size = static_cast<size_t>(received);

  std::array<Descriptor, kMaxDescriptors> descriptors;
  const size_t count = TakeDescriptors(message, descriptors);
  if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
    // Of descriptors that this process has no room for the kernel sends none.
    return end(
        "a message came without all that belongs to it; is the limit of open files reached?");
  }
  ByteReader in(std::string_view(buffer.data(), size));
  Packet packet;
  packet.kind = in.Number<uint8_t>();
  const auto flags = in.Number<uint8_t>();
  const auto length = in.Number<uint32_t>();
  const bool in_file = (flags & kBodyInFile) != 0;
  const bool has_descriptor = (flags & kHasDescriptor) != 0;
  if (in.failed() || length > kMaxBody || size - kHeader != (in_file ? 0 : length) ||
      count != size_t{in_file} + size_t{has_descriptor}) {
    return end("a message is malformed");
  }
  if (in_file) {
    Result<std::string> body = ReadAll(descriptors[0].get(), length);
    if (!body.ok()) return end(body.error().message);
    packet.body = std::move(body).value();
  } else {
    packet.body.assign(buffer.data() + kHeader, length);
  }
  if (has_descriptor) packet.descriptor = std::move(descriptors[count - 1]);
  return packet;
}

void Channel::End(std::string_view error) {
  ended_ = true;
  poll_->Stop();
  queue_.clear();
  peer_.OnChannelEnd(error);
}

}  // namespace nano::server

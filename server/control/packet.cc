// Messages with descriptors. See packet.h for ownership and threads.
#include "server/control/packet.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <utility>

#include "base/byte_stream.h"
#include "base/file.h"
#include "base/system_error.h"

namespace nano::server {
namespace {

// Bytes of a body that go in the message itself: well below what a socket takes at once.
constexpr size_t kInline = 32 * 1024;
constexpr size_t kHeader = 1 + 1 + 4;
constexpr size_t kMaxDescriptors = 2;

enum Flags : uint8_t { kBodyInFile = 1, kHasDescriptor = 2 };

// A file in memory with these bytes.
Result<Descriptor> FileOf(std::string_view bytes) {
  const auto failed = [](const char* what) { return SystemError("a message", what, errno); };
  Descriptor file(memfd_create("nano-message", MFD_CLOEXEC));
  if (file.get() < 0) return failed("make a file in memory for");
  if (!WriteAll(file.get(), bytes)) return failed("write a file in memory for");
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

// `count` descriptors came with the bytes of a message.
Result<Packet> Understand(std::string_view bytes,
                          std::array<Descriptor, kMaxDescriptors>& descriptors, size_t count) {
  const Error malformed{"a message is malformed", {}, {}};
  ByteReader in(bytes);
  Packet packet;
  packet.kind = in.Number<uint8_t>();
  if (bytes.size() == 1 && count == 1) {
    packet.descriptor = std::move(descriptors[0]);
    return packet;
  }
  const auto flags = in.Number<uint8_t>();
  const auto length = in.Number<uint32_t>();
  const bool in_file = (flags & kBodyInFile) != 0;
  const bool has_descriptor = (flags & kHasDescriptor) != 0;
  if (in.failed() || length > kMaxPacketBody || bytes.size() - kHeader != (in_file ? 0 : length) ||
      count != size_t{in_file} + size_t{has_descriptor}) {
    return malformed;
  }
  packet.body = in_file ? TRY(ReadAll(descriptors[0].get(), length))
                        : std::string(bytes.substr(kHeader, length));
  if (has_descriptor) packet.descriptor = std::move(descriptors[count - 1]);
  return packet;
}

}  // namespace

Result<OutgoingPacket> OutgoingPacket::Make(uint8_t kind, std::string_view body,
                                            bool has_descriptor) {
  if (body.size() > kMaxPacketBody) {
    return Error{"a message of " + std::to_string(body.size()) + " bytes is too large", {}, {}};
  }
  OutgoingPacket packet;
  packet.has_descriptor_ = has_descriptor;
  const bool in_file = body.size() > kInline;
  ByteWriter header;
  header.Number(kind);
  header.Number(
      static_cast<uint8_t>((in_file ? kBodyInFile : 0) | (has_descriptor ? kHasDescriptor : 0)));
  header.Number(static_cast<uint32_t>(body.size()));
  packet.bytes_ = header.Take();
  if (in_file) {
    packet.file_ = TRY(FileOf(body));
  } else {
    packet.bytes_ += body;
  }
  return packet;
}

OutgoingPacket::Sent OutgoingPacket::Send(int socket, int descriptor) const {
  iovec data{.iov_base = const_cast<char*>(bytes_.data()), .iov_len = bytes_.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMaxDescriptors)] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  std::array<int, kMaxDescriptors> descriptors{};
  size_t count = 0;
  if (file_.get() >= 0) descriptors[count++] = file_.get();
  if (has_descriptor_) descriptors[count++] = descriptor;
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
    sent = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) return Sent::kSent;
  if (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM || errno == ETOOMANYREFS) {
    return Sent::kLater;
  }
  return Sent::kGone;
}

ReceivedPacket ReceivePacket(int socket) {
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
    received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  } while (received < 0 && errno == EINTR);
  if (received < 0 && (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM)) return NoPacket();
  if (received <= 0) return NoMorePackets();
  std::array<Descriptor, kMaxDescriptors> descriptors;
  const size_t count = TakeDescriptors(message, descriptors);
  if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
    // Of descriptors that this process has no room for the kernel sends none.
    return NoMorePackets{
        "a message came without all that belongs to it; is the limit of open files reached?"};
  }
  Result<Packet> packet =
      Understand({buffer.data(), static_cast<size_t>(received)}, descriptors, count);
  if (!packet.ok()) return NoMorePackets{packet.error().message};
  return std::move(packet).value();
}

}  // namespace nano::server

// Control messages with descriptors.
#include "base/descriptor_passing.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>

namespace nano {
namespace {

// A message of one byte with room for some descriptors.
template <size_t kRoom>
struct Message {
  Message() {
    header.msg_iov = &data;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
  }

  bool Send(int socket, const int* fds, size_t count, int flags) {
    header.msg_controllen = CMSG_SPACE(count * sizeof(int));
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(count * sizeof(int));
    std::memcpy(CMSG_DATA(rights), fds, count * sizeof(int));
    ssize_t sent;
    do {
      sent = sendmsg(socket, &header, flags | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent == 1;
  }

  // How many came, into `fds`; none with errno.
  size_t Receive(int socket, int* fds, int flags) {
    ssize_t received;
    do {
      received = recvmsg(socket, &header, flags | MSG_CMSG_CLOEXEC);
    } while (received < 0 && errno == EINTR);
    if (received <= 0) {
      if (received == 0) errno = 0;
      return 0;
    }
    const cmsghdr* rights = CMSG_FIRSTHDR(&header);
    if (rights == nullptr || rights->cmsg_type != SCM_RIGHTS) {
      errno = EMFILE;  // The kernel has closed them.
      return 0;
    }
    const size_t bytes = rights->cmsg_len - CMSG_LEN(0);
    std::memcpy(fds, CMSG_DATA(rights), bytes);
    return bytes / sizeof(int);
  }

  char byte = 0;
  iovec data{.iov_base = &byte, .iov_len = 1};
  alignas(cmsghdr) char control[CMSG_SPACE(kRoom * sizeof(int))] = {};
  msghdr header{};
};

}  // namespace

bool SendDescriptor(int socket, int fd, int flags) {
  return Message<1>().Send(socket, &fd, 1, flags);
}

int ReceiveDescriptor(int socket, int flags) {
  int fd = -1;
  return Message<1>().Receive(socket, &fd, flags) == 1 ? fd : -1;
}

bool SendDescriptors(int socket, std::span<const int> fds, int flags) {
  return Message<kDescriptorsAtOnce>().Send(socket, fds.data(), fds.size(), flags);
}

std::vector<Descriptor> ReceiveDescriptors(int socket, int flags) {
  int fds[kDescriptorsAtOnce];
  const size_t count = Message<kDescriptorsAtOnce>().Receive(socket, fds, flags);
  std::vector<Descriptor> descriptors;
  for (size_t i = 0; i < count; ++i) descriptors.emplace_back(fds[i]);
  return descriptors;
}

}  // namespace nano

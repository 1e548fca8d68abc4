// Binding, and whose a socket is that is there already.
#include "server/admin/listening.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

namespace nano::server::admin {
namespace {

Error CannotListen(const std::string& name, int error, std::string hint) {
  return {"cannot listen on " + name + " for the admin API: " + std::strerror(error), "",
          std::move(hint)};
}

constexpr char kElsewhere[] = "Choose another place with --admin, or off.";

// The length is checked before.
sockaddr_un AddressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

// A socket that is bound to a path, or a negative errno.
int BindTo(const sockaddr_un& address) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -errno;
  // The file gets the mode that its socket has before (and loses what the umask takes): there is no
  // moment in which others could connect.
  if (fchmod(fd, S_IRUSR | S_IWUSR) == 0 &&
      bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    return fd;
  }
  const int error = errno;
  close(fd);
  return -error;
}

enum class Found { kNobody, kServer, kOther };

// Who is at a path that is taken; `error` is why that cannot be told (kOther).
Found WhoIsAt(const std::string& path, const sockaddr_un& address, int& error) {
  struct stat entry {};
  const bool is_there = lstat(path.c_str(), &entry) == 0;
  if (!is_there && errno == ENOENT) return Found::kNobody;
  if (!is_there || !S_ISSOCK(entry.st_mode)) {
    error = EEXIST;
    return Found::kOther;
  }
  const Descriptor probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    return Found::kServer;
  }
  error = errno;
  if (error == ECONNREFUSED) return Found::kNobody;
  // One that does not keep up with its connections.
  return error == EAGAIN ? Found::kServer : Found::kOther;
}

// Removes the socket of a server that is no more; fails if it is anything else.
Result<void> RemoveStale(const std::string& path, const sockaddr_un& address) {
  const std::string name = "unix:" + path;
  int error = 0;
  switch (WhoIsAt(path, address, error)) {
    case Found::kServer:
      return Error{"cannot listen on " + name + " for the admin API: another server does", "",
                   "Stop it, or choose another place with --admin: unix:PATH, an address, or off."};
    case Found::kOther:
      return CannotListen(name, error,
                          error == EEXIST
                              ? "There is something of that name that is no socket: move it away, "
                                "or choose another place with --admin."
                              : kElsewhere);
    case Found::kNobody:
      break;
  }
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return CannotListen(name, errno, kElsewhere);
  return {};
}

// Binds and listens, in place of a server that is no more. Two servers that start at the same time
// must not replace each other's socket before it is listened on, so one goes after the other.
Result<int> Listen(const std::string& path, const sockaddr_un& address) {
  const std::string name = "unix:" + path;
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const Descriptor lock = OpenAt(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY);
  if (lock.get() < 0 || flock(lock.get(), LOCK_EX) != 0) {
    return CannotListen(name, errno, kElsewhere);
  }
  int fd = BindTo(address);
  if (fd == -EADDRINUSE) {
    TRY(RemoveStale(path, address));
    fd = BindTo(address);
  }
  if (fd < 0) return CannotListen(name, -fd, kElsewhere);
  if (listen(fd, SOMAXCONN) == 0) return fd;
  const int error = errno;
  close(fd);
  unlink(path.c_str());
  return CannotListen(name, error, kElsewhere);
}

// None of a socket that has no ports.
std::optional<uint16_t> PortOf(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return std::nullopt;
  if (storage.ss_family == AF_INET) {
    return ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
  }
  if (storage.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port);
  }
  return std::nullopt;
}

}  // namespace

Listening::Listening(Descriptor fd, std::string name, std::string asked, const std::string& path)
    : fd_(std::move(fd)), name_(std::move(name)), asked_(std::move(asked)), owner_(getpid()) {
  OwnFile(path);
}

void Listening::OwnFile(const std::string& path) {
  path_ = path;
  owner_ = getpid();
  struct stat entry {};
  if (path_.empty() || lstat(path_.c_str(), &entry) != 0) return;
  device_ = entry.st_dev;
  inode_ = entry.st_ino;
}

Listening::Listening(Listening&& other) noexcept
    : fd_(std::move(other.fd_)),
      name_(std::move(other.name_)),
      asked_(std::move(other.asked_)),
      path_(std::exchange(other.path_, {})),
      owner_(other.owner_),
      device_(other.device_),
      inode_(other.inode_) {}

Listening& Listening::operator=(Listening&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(name_, other.name_);
  std::swap(asked_, other.asked_);
  std::swap(path_, other.path_);
  std::swap(owner_, other.owner_);
  std::swap(device_, other.device_);
  std::swap(inode_, other.inode_);
  return *this;
}

Listening::~Listening() {
  if (path_.empty() || getpid() != owner_) return;
  struct stat entry {};
  const bool own =
      lstat(path_.c_str(), &entry) == 0 && entry.st_dev == device_ && entry.st_ino == inode_;
  if (own) unlink(path_.c_str());
}

int Listening::Copy() const { return fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0); }

Listening Listening::Inherited(int fd, std::string asked, const std::string& path) {
  std::string name = asked;
  if (const std::optional<uint16_t> port = PortOf(fd)) {
    // "127.0.0.1:0" as it was bound.
    name = name.substr(0, name.rfind(':') + 1) + std::to_string(*port);
  }
  return {Descriptor(fd), std::move(name), std::move(asked), path};
}

Result<Listening> Listening::OnSocket(const std::string& path) {
  const std::string name = "unix:" + path;
  constexpr size_t kMost = sizeof(sockaddr_un::sun_path) - 1;
  if (path.size() > kMost) {
    return Error{"the path of the admin API's socket has " + std::to_string(path.size()) +
                     " bytes, and the system takes " + std::to_string(kMost),
                 path, "Choose a shorter one: --admin unix:/run/user/1000/nano.sock, say."};
  }
  const int fd = TRY(Listen(path, AddressOf(path)));
  return Listening(Descriptor(fd), name, name, path);
}

Result<Listening> Listening::OnAddress(const config::Address& address) {
  sockaddr_storage storage{};
  auto* in = reinterpret_cast<sockaddr_in*>(&storage);
  auto* in6 = reinterpret_cast<sockaddr_in6*>(&storage);
  const std::string host = address.host.empty() ? "::" : address.host;
  const bool v4 = inet_pton(AF_INET, host.c_str(), &in->sin_addr) == 1;
  socklen_t size = v4 ? sizeof *in : sizeof *in6;
  if (v4) {
    in->sin_family = AF_INET;
    in->sin_port = htons(address.port);
  } else {
    inet_pton(AF_INET6, host.c_str(), &in6->sin6_addr);
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(address.port);
  }
  Descriptor fd(socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  const int v6_only = address.host.empty() ? 0 : 1;
  if (fd.get() < 0 || setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      (!v4 && setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only) != 0) ||
      bind(fd.get(), reinterpret_cast<sockaddr*>(&storage), size) != 0 ||
      listen(fd.get(), SOMAXCONN) != 0) {
    return CannotListen(address.ToString(), errno,
                        errno == EADDRINUSE ? "Another program listens there (see `ss -ltnp`): "
                                              "stop it, or choose another port."
                                            : kElsewhere);
  }
  const config::Address bound{address.host, PortOf(fd.get()).value_or(address.port)};
  return Listening(std::move(fd), bound.ToString(), address.ToString(), "");
}

}  // namespace nano::server::admin

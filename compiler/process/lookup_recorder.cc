// The filter, its listener's way to the recording child, and that child's loop.
#include "compiler/process/lookup_recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <set>
#include <string_view>
#include <utility>

#include "base/audit_architecture.h"
#include "base/descriptor_passing.h"
#include "base/file.h"

namespace nano::compiler {
namespace {

// The system calls that are shown: all have a folder's descriptor and a path in front.
constexpr std::array<uint32_t, 5> kCalls{SYS_openat, SYS_newfstatat, SYS_readlinkat, SYS_statx,
                                         SYS_faccessat};

constexpr uint32_t At(size_t offset) { return static_cast<uint32_t>(offset); }

// Allows all calls but those of kCalls, which wait for the listener, and opening for writing.
std::vector<sock_filter> Filter() {
  constexpr uint32_t kNumber = At(offsetof(seccomp_data, nr));
  constexpr uint32_t kArch = At(offsetof(seccomp_data, arch));
  // Both architectures are little-endian: the lower half comes first.
  constexpr uint32_t kOpenFlags = At(offsetof(seccomp_data, args) + 2 * sizeof(uint64_t));
  std::vector<sock_filter> filter{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kArch),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kAuditArchitecture, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kNumber),
  };
  // Each falls through to the next if it is not the one.
  for (const uint32_t call : kCalls) {
    if (call == SYS_openat) continue;
    filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1));
    filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF));
  }
  filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 1, 0));
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  filter.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kOpenFlags));
  filter.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_ACCMODE, 0, 1));
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF));
  return filter;
}

// The text at an address of another process; none if it cannot be read.
std::optional<std::string> ReadText(pid_t process, uint64_t address) {
  const auto page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  std::string text;
  while (text.size() <= PATH_MAX) {
    // Up to the end of the page: the next one may not be there.
    std::array<char, PATH_MAX> part;
    const size_t wanted = std::min<uint64_t>(part.size(), page - (address + text.size()) % page);
    const iovec here{.iov_base = part.data(), .iov_len = wanted};
    const iovec there{.iov_base = reinterpret_cast<void*>(address + text.size()),
                      .iov_len = wanted};
    const ssize_t count = process_vm_readv(process, &here, 1, &there, 1, 0);
    if (count <= 0) return std::nullopt;
    const std::string_view read(part.data(), static_cast<size_t>(count));
    const size_t end = read.find('\0');
    text.append(read.substr(0, end));
    if (end != std::string_view::npos) return text;
  }
  return std::nullopt;
}

std::string LinkTarget(const std::string& link) {
  std::array<char, PATH_MAX> target;
  const ssize_t size = readlink(link.c_str(), target.data(), target.size());
  return size < 0 ? std::string() : std::string(target.data(), static_cast<size_t>(size));
}

// What a call looks up; the path is empty if it is none of a file's. None: it cannot be known.
std::optional<FileLookup> LookupOf(const seccomp_notif& call) {
  const auto process = static_cast<pid_t>(call.pid);
  std::optional<std::string> path = ReadText(process, call.data.args[1]);
  if (!path) return std::nullopt;
  // Of a descriptor (AT_EMPTY_PATH): its path was looked up before.
  if (path->empty()) return FileLookup{};
  if (path->front() != '/') {
    const int folder = static_cast<int>(call.data.args[0]);
    const std::string proc = "/proc/" + std::to_string(process);
    const std::string base =
        LinkTarget(folder == AT_FDCWD ? proc + "/cwd" : proc + "/fd/" + std::to_string(folder));
    if (!base.starts_with('/')) return std::nullopt;
    path->insert(0, base + "/");
  }
  return FileLookup{.path = std::move(*path), .opened = call.data.nr == SYS_openat};
}

// Notes what is shown until nobody is left who could show more. False: something was missed.
bool Listen(int listener, std::set<FileLookup>& lookups) {
  for (;;) {
    pollfd waiting{.fd = listener, .events = POLLIN, .revents = 0};
    if (poll(&waiting, 1, -1) < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    if ((waiting.revents & POLLIN) == 0) return true;
    seccomp_notif call{};
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) {
      if (errno == EINTR || errno == ENOENT) continue;  // It ended meanwhile.
      return false;
    }
    std::optional<FileLookup> lookup = LookupOf(call);
    // What was read is the caller's if it still waits.
    const bool waits = ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &call.id) == 0;
    seccomp_notif_resp answer{};
    answer.id = call.id;
    answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
    if (!waits) continue;
    if (!lookup) return false;
    if (!lookup->path.empty()) lookups.insert(std::move(*lookup));
  }
}

constexpr char kOpened = 'o';
constexpr char kAsked = 'a';
// At the end: nothing was missed.
constexpr std::string_view kComplete("\0", 1);

int Record(int socket, int output) {
  const Descriptor listener(ReceiveDescriptor(socket));
  if (listener.get() < 0) return 1;
  std::set<FileLookup> lookups;
  if (!Listen(listener.get(), lookups)) return 1;
  std::string text;
  for (const FileLookup& lookup : lookups) {
    text += lookup.opened ? kOpened : kAsked;
    text.append(lookup.path).push_back('\0');
  }
  return WriteAll(output, text.append(kComplete)) ? 0 : 1;
}

}  // namespace

std::unique_ptr<LookupRecorder> LookupRecorder::Start() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return nullptr;
  Descriptor receiver(ends[0]);
  Descriptor sender(ends[1]);
  auto recorder = Child::Fork([&](int output) {
    sender = Descriptor();  // Nobody sends if all others have closed it.
    return Record(receiver.get(), output);
  });
  if (!recorder.ok()) return nullptr;
  return std::unique_ptr<LookupRecorder>(
      new LookupRecorder(std::move(recorder).value(), std::move(sender)));
}

void LookupRecorder::Enter() const {
  // A security module may let nobody read this process's memory but those whom it names.
  prctl(PR_SET_PTRACER, recorder_->pid());
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  std::vector<sock_filter> filter = Filter();
  const sock_fprog program{.len = static_cast<unsigned short>(filter.size()),
                           .filter = filter.data()};
  const Descriptor listener(static_cast<int>(
      syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program)));
  if (listener.get() >= 0) SendDescriptor(sender_.get(), listener.get());
}

std::optional<std::vector<FileLookup>> LookupRecorder::Finish(Clock::time_point until) {
  OnStarted();
  recorder_->Finish(until);
  std::string_view text = recorder_->output();
  if (!recorder_->ok() || !text.ends_with(kComplete)) return std::nullopt;
  text.remove_suffix(kComplete.size());
  std::vector<FileLookup> lookups;
  while (!text.empty()) {
    const size_t end = text.find('\0');
    lookups.push_back(
        {.path = std::string(text.substr(1, end - 1)), .opened = text.front() == kOpened});
    text.remove_prefix(end + 1);
  }
  return lookups;
}

}  // namespace nano::compiler

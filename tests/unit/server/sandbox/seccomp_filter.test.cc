// What the filter lets through, tried by making the calls in a process under it.
#include "server/sandbox/seccomp_filter.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

#include "tests/unit/server/sandbox/in_child.h"

namespace nano::server {
namespace {

using test::InChild;
using test::OutcomeOf;

constexpr int kNoFilter = 200;

template <typename Call>
int Filtered(Call&& call) {
  return InChild([&] {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return kNoFilter;
    if (!FilterSystemCalls(getpid(), Filter::kReads).ok()) return kNoFilter;
    return call();
  });
}

struct Call {
  const char* name;
  long (*make)();
};

int Socket(int family, int type, int protocol = 0) { return socket(family, type, protocol); }

// What somebody would do who has taken over a worker.
const Call kRefused[] = {
    // Programs and processes.
    {"execve", [] { return syscall(SYS_execve, "/bin/true", nullptr, nullptr); }},
    {"execveat", [] { return syscall(SYS_execveat, AT_FDCWD, "/bin/true", nullptr, nullptr, 0); }},
    {"fork", [] { return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); }},
    {"vfork", [] { return syscall(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0, 0, 0); }},
    {"clone of a user namespace", [] { return syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0); }},
    {"unshare", [] { return syscall(SYS_unshare, CLONE_NEWUSER); }},
    {"setns", [] { return syscall(SYS_setns, 0, 0); }},
    // Other processes.
    {"ptrace", [] { return syscall(SYS_ptrace, PTRACE_ATTACH, getppid(), 0, 0); }},
    {"ptrace of itself", [] { return syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0); }},
    {"process_vm_readv", [] { return syscall(SYS_process_vm_readv, getppid(), 0, 0, 0, 0, 0); }},
    {"process_vm_writev", [] { return syscall(SYS_process_vm_writev, getppid(), 0, 0, 0, 0, 0); }},
    {"kill of the parent", [] { return syscall(SYS_kill, getppid(), 0); }},
    {"kill of the group", [] { return syscall(SYS_kill, 0, 0); }},
    {"kill of all", [] { return syscall(SYS_kill, -1, 0); }},
    {"tgkill of the parent", [] { return syscall(SYS_tgkill, getppid(), getppid(), 0); }},
    {"tkill", [] { return syscall(SYS_tkill, getppid(), 0); }},
    {"pidfd_open", [] { return syscall(SYS_pidfd_open, getppid(), 0); }},
    {"kcmp", [] { return syscall(SYS_kcmp, getpid(), getppid(), 0, 0, 0); }},
    {"setpriority", [] { return syscall(SYS_setpriority, PRIO_PROCESS, getppid(), 0); }},
    // Sockets.
    {"raw socket", [] { return long{Socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)}; }},
    {"raw socket of IPv6", [] { return long{Socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6)}; }},
    {"ping socket", [] { return long{Socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP)}; }},
    {"raw socket of TCP", [] { return long{Socket(AF_INET, SOCK_RAW, IPPROTO_TCP)}; }},
    {"packet socket", [] { return long{Socket(AF_PACKET, SOCK_RAW)}; }},
    {"netlink socket", [] { return long{Socket(AF_NETLINK, SOCK_RAW)}; }},
    {"Unix socket", [] { return long{Socket(AF_UNIX, SOCK_STREAM)}; }},
    {"vsock", [] { return long{Socket(AF_VSOCK, SOCK_STREAM)}; }},
    {"cryptographic socket", [] { return long{Socket(AF_ALG, SOCK_SEQPACKET)}; }},
    {"socketpair of datagrams",
     [] {
       int ends[2];
       return long{socketpair(AF_UNIX, SOCK_DGRAM, 0, ends)};
     }},
    {"socketpair of packets",
     [] {
       int ends[2];
       return long{socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends)};
     }},
    {"bind",
     [] {
       sockaddr_in any{};
       any.sin_family = AF_INET;
       const int fd = Socket(AF_INET, SOCK_STREAM);
       return long{bind(fd, reinterpret_cast<const sockaddr*>(&any), sizeof any)};
     }},
    // Files.
    {"open to write", [] { return long{open("/dev/null", O_WRONLY)}; }},
    {"open to read and write", [] { return long{open("/dev/null", O_RDWR)}; }},
    {"open to make", [] { return long{open("/tmp/nano-made", O_RDONLY | O_CREAT, 0600)}; }},
    {"open to empty", [] { return long{open("/dev/null", O_RDONLY | O_TRUNC)}; }},
    {"file without a name", [] { return long{open("/tmp", O_TMPFILE | O_RDWR, 0600)}; }},
    {"openat2", [] { return syscall(SYS_openat2, AT_FDCWD, "/dev/null", nullptr, 0); }},
    {"open_by_handle_at", [] { return syscall(SYS_open_by_handle_at, AT_FDCWD, nullptr, 0); }},
    {"truncate", [] { return long{truncate("/tmp/nano-none", 0)}; }},
    {"ftruncate", [] { return long{ftruncate(STDOUT_FILENO, 0)}; }},
    {"unlink", [] { return long{unlink("/tmp/nano-none")}; }},
    {"rename", [] { return long{rename("/tmp/nano-none", "/tmp/nano-other")}; }},
    {"mkdir", [] { return long{mkdir("/tmp/nano-none/nano", 0700)}; }},
    {"symlink", [] { return long{symlink("/", "/tmp/nano-none/nano")}; }},
    {"link", [] { return long{link("/tmp/nano-none", "/tmp/nano-other")}; }},
    {"chmod", [] { return long{chmod("/tmp/nano-none", 0777)}; }},
    {"fchmod", [] { return long{fchmod(-1, 0777)}; }},
    {"chown", [] { return long{chown("/tmp/nano-none", 0, 0)}; }},
    {"mknod", [] { return long{mknod("/tmp/nano-none/nano", S_IFIFO, 0)}; }},
    {"chdir", [] { return long{chdir("/")}; }},
    {"chroot", [] { return long{chroot("/tmp/nano-none")}; }},
    {"inotify", [] { return syscall(SYS_inotify_init1, 0); }},
    // Rights and limits.
    {"setuid", [] { return syscall(SYS_setuid, getuid()); }},
    {"setgroups", [] { return syscall(SYS_setgroups, 0, nullptr); }},
    {"capset", [] { return syscall(SYS_capset, nullptr, nullptr); }},
    {"prlimit64",
     [] {
       rlimit limit{};
       getrlimit(RLIMIT_CORE, &limit);
       return syscall(SYS_prlimit64, 0, RLIMIT_CORE, &limit, nullptr);
     }},
    {"prlimit64 of the parent",
     [] {
       rlimit limit;
       return syscall(SYS_prlimit64, getppid(), RLIMIT_CORE, nullptr, &limit);
     }},
    {"setrlimit",
     [] {
       const rlimit limit{0, 0};
       return syscall(SYS_setrlimit, RLIMIT_CORE, &limit);
     }},
    {"prctl of dumps", [] { return long{prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)}; }},
    {"prctl of tracers", [] { return long{prctl(PR_SET_PTRACER, -1, 0, 0, 0)}; }},
    {"another filter", [] { return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, nullptr); }},
    {"personality", [] { return syscall(SYS_personality, 0xffffffff); }},
    // The kernel's other doors.
    {"io_uring", [] { return syscall(SYS_io_uring_setup, 1, nullptr); }},
    {"bpf", [] { return syscall(SYS_bpf, 0, nullptr, 0); }},
    {"perf_event_open", [] { return syscall(SYS_perf_event_open, nullptr, 0, -1, -1, 0); }},
    {"userfaultfd", [] { return syscall(SYS_userfaultfd, 0); }},
    {"keyctl", [] { return syscall(SYS_keyctl, 0, 0, 0, 0, 0); }},
    {"add_key", [] { return syscall(SYS_add_key, nullptr, nullptr, nullptr, 0, 0); }},
    {"mount", [] { return syscall(SYS_mount, nullptr, "/nowhere", nullptr, 0, nullptr); }},
    {"umount", [] { return syscall(SYS_umount2, "/nowhere", 0); }},
    {"fsopen", [] { return syscall(SYS_fsopen, "none", 0); }},
    {"init_module", [] { return syscall(SYS_init_module, nullptr, 0, ""); }},
    {"kexec_load", [] { return syscall(SYS_kexec_load, 0, 0, nullptr, 0); }},
    {"reboot", [] { return syscall(SYS_reboot, 0, 0, 0, nullptr); }},
    {"clock_settime", [] { return syscall(SYS_clock_settime, CLOCK_REALTIME, nullptr); }},
    {"acct", [] { return syscall(SYS_acct, "/nowhere"); }},
    {"typing for others", [] { return long{ioctl(STDIN_FILENO, TIOCSTI, "x")}; }},
    {"signals by a descriptor", [] { return long{fcntl(STDIN_FILENO, F_SETOWN, getppid())}; }},
    {"shmget", [] { return syscall(SYS_shmget, 0, 4096, 0600); }},
#ifdef __x86_64__
    {"modify_ldt", [] { return syscall(SYS_modify_ldt, 0, nullptr, 0); }},
    {"iopl", [] { return syscall(SYS_iopl, 3); }},
    {"creat", [] { return syscall(SYS_creat, "/tmp/nano-made", 0600); }},
    {"open of old to write", [] { return syscall(SYS_open, "/dev/null", O_WRONLY); }},
#endif
};

// What the C library does without when the kernel is too old for it.
const Call kUnknown[] = {
    {"clone3", [] { return syscall(SYS_clone3, nullptr, 0); }},
    {"a call of the future", [] { return syscall(463 + 40); }},
#ifdef __x86_64__
    {"a 32-bit call", [] { return syscall(0x40000000 + SYS_getpid); }},
#endif
};

// A step of what the kernel's own interpreter does; enough for these filters.
uint32_t Verdict(const std::vector<sock_filter>& program, const seccomp_data& data) {
  uint32_t accumulator = 0;
  for (size_t at = 0; at < program.size(); ++at) {
    const sock_filter& step = program[at];
    switch (step.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        std::memcpy(&accumulator, reinterpret_cast<const char*>(&data) + step.k, 4);
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        accumulator &= step.k;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        at += accumulator == step.k ? step.jt : step.jf;
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        at += accumulator >= step.k ? step.jt : step.jf;
        break;
      case BPF_RET | BPF_K:
        return step.k;
      default:
        FAIL("step of an unknown kind");
    }
  }
  FAIL("the program has no end");
  return 0;
}

}  // namespace

// Apps call each other over pairs. Others than streams could be connected to something else.
TEST_CASE("seccomp: a pair of sockets leads nowhere but to its other end") {
  char folder[] = "/tmp/nano-pair-XXXXXX";
  REQUIRE(mkdtemp(folder) != nullptr);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", folder);
  const int listener = Socket(AF_UNIX, SOCK_STREAM);
  REQUIRE(bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(listen(listener, 1) == 0);
  CHECK(Filtered([&] {
          int ends[2];
          if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return errno;
          return OutcomeOf(
              connect(ends[0], reinterpret_cast<const sockaddr*>(&address), sizeof address));
        }) == EISCONN);
  close(listener);
  unlink(address.sun_path);
  rmdir(folder);
}

TEST_CASE("seccomp: what a worker has no need for fails, and ends nothing") {
  for (const Call& call : kRefused) {
    CAPTURE(call.name);
    CHECK(Filtered([&] { return OutcomeOf(call.make()); }) == EPERM);
  }
}

TEST_CASE("seccomp: calls that the filter does not know do not exist") {
  for (const Call& call : kUnknown) {
    CAPTURE(call.name);
    CHECK(Filtered([&] { return OutcomeOf(call.make()); }) == ENOSYS);
  }
}

TEST_CASE("seccomp: threads, memory for code, signals to itself") {
  const int outcome = Filtered([] {
    int ran = 0;
    std::thread([&ran] { ran = 1; }).join();
    if (ran != 1) return 1;
    void* const code =
        mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (code == MAP_FAILED || mprotect(code, 4096, PROT_READ | PROT_EXEC) != 0) return 2;
    static volatile sig_atomic_t signals = 0;
    signal(SIGUSR1, [](int) { signals = signals + 1; });
    raise(SIGUSR1);
    if (kill(getpid(), SIGUSR1) != 0 || signals != 2) return 3;
    timer_t timer;
    if (timer_create(CLOCK_THREAD_CPUTIME_ID, nullptr, &timer) != 0) return 4;
    rlimit limit;
    if (getrlimit(RLIMIT_STACK, &limit) != 0) return 5;
    if (prctl(PR_SET_NAME, "nano") != 0) return 6;
    return 0;
  });
  CHECK(outcome == 0);
}

TEST_CASE("seccomp: what a worker opens, and moves bytes by") {
  const int outcome = Filtered([] {
    const int file = open("/dev/null", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0 || fcntl(file, F_GETFL) < 0) return 1;
    for (const int family : {AF_INET, AF_INET6}) {
      for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
        const int fd = Socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC);
        // A machine without IPv6 has another reason.
        if (fd < 0 && errno == EPERM) return 2;
      }
    }
    int ends[2];
    if (pipe2(ends, O_NONBLOCK) != 0 || fcntl(ends[1], F_SETPIPE_SZ, 4096) < 0) return 3;
    if (splice(ends[0], nullptr, ends[1], nullptr, 1, 0) >= 0 || errno == EPERM) return 4;
    const int memory = memfd_create("test", MFD_CLOEXEC);
    if (memory < 0 || write(memory, "x", 1) != 1) return 5;
    if (sendfile(ends[1], memory, nullptr, 1) < 0 && errno == EPERM) return 8;
    int waiting = 0;
    if (ioctl(ends[0], FIONREAD, &waiting) != 0) return 6;
    if (epoll_create1(0) < 0 || eventfd(0, 0) < 0) return 7;
    return 0;
  });
  CHECK(outcome == 0);
}

TEST_CASE("seccomp: numbers of other architectures mean other calls, and are refused") {
  const std::vector<sock_filter> filter = MakeSeccompFilter(7);
  REQUIRE(filter.size() < BPF_MAXINSNS);
#ifdef __x86_64__
  constexpr uint32_t kOwn = AUDIT_ARCH_X86_64, kOther = AUDIT_ARCH_I386;
#else
  constexpr uint32_t kOwn = AUDIT_ARCH_AARCH64, kOther = AUDIT_ARCH_ARM;
#endif
  seccomp_data call{.nr = SYS_read, .arch = kOwn, .instruction_pointer = 0, .args = {}};
  CHECK(Verdict(filter, call) == SECCOMP_RET_ALLOW);
  call.arch = kOther;
  CHECK(Verdict(filter, call) == (SECCOMP_RET_ERRNO | EPERM));
}

TEST_CASE("seccomp: a pointer to new limits is seen in both of its halves") {
  const std::vector<sock_filter> filter = MakeSeccompFilter(7);
#ifdef __x86_64__
  constexpr uint32_t kOwn = AUDIT_ARCH_X86_64;
#else
  constexpr uint32_t kOwn = AUDIT_ARCH_AARCH64;
#endif
  for (const uint64_t pointer : {uint64_t{0}, uint64_t{1} << 32, uint64_t{4096}}) {
    const seccomp_data call{
        .nr = SYS_prlimit64, .arch = kOwn, .instruction_pointer = 0, .args = {7, 0, pointer, 0}};
    const bool allowed = Verdict(filter, call) == SECCOMP_RET_ALLOW;
    CHECK(allowed == (pointer == 0));
  }
}

}  // namespace nano::server

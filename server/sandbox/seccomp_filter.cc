// The rules as tables, and the filter that follows from them: a program of jumps
// (Documentation/networking/filter.rst, "classic BPF"), which reads a call's number and arguments.
//
// Numbers come from the headers of the architecture that it is compiled for; old calls that newer
// architectures never had stand between #ifdefs. Kernels since 5.11 remember which calls a filter
// allows whatever their arguments, and do not run it for those; for older ones the calls of a
// request come first.
#include "server/sandbox/seccomp_filter.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "base/audit_architecture.h"
#include "base/check.h"
#include "server/sandbox/errno_reason.h"

namespace nano::server {
namespace {

// Beyond them are calls newer than this table (mseal is the last that it knows): they do not exist,
// as on the kernels before, so that libraries do without. The same goes for the 32-bit calls of
// x86-64, whose numbers have a high bit.
constexpr uint32_t kFirstUnknown = 463;

// What a request takes; whatever the arguments, as all in this table and the next.
constexpr int kOften[] = {
    SYS_epoll_pwait, SYS_read,   SYS_write,    SYS_writev,    SYS_futex,   SYS_recvmsg,
    SYS_sendmsg,     SYS_sendto, SYS_recvfrom, SYS_epoll_ctl, SYS_accept4, SYS_close,
#ifdef SYS_epoll_wait
    SYS_epoll_wait,
#endif
};

constexpr int kAllowed[] = {
    // Memory, machine code included (V8 compiles while apps run).
    SYS_brk,
    SYS_madvise,
    SYS_membarrier,
    SYS_mincore,
    SYS_mmap,
    SYS_mprotect,
    SYS_mremap,
    SYS_msync,
    SYS_munmap,
    SYS_pkey_alloc,
    SYS_pkey_free,
    SYS_pkey_mprotect,
    // Threads, and ends.
    SYS_exit,
    SYS_exit_group,
    SYS_get_robust_list,
    SYS_gettid,
    SYS_rseq,
    SYS_sched_getaffinity,
    SYS_sched_getparam,
    SYS_sched_getscheduler,
    SYS_sched_yield,
    SYS_set_robust_list,
    SYS_set_tid_address,
    SYS_getcpu,
    // Time.
    SYS_clock_getres,
    SYS_clock_gettime,
    SYS_clock_nanosleep,
    SYS_getitimer,
    SYS_gettimeofday,
    SYS_nanosleep,
    SYS_setitimer,
    SYS_timer_create,
    SYS_timer_delete,
    SYS_timer_getoverrun,
    SYS_timer_gettime,
    SYS_timer_settime,
    // Signals to come; for those to send see below.
    SYS_restart_syscall,
    SYS_rt_sigaction,
    SYS_rt_sigpending,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_rt_sigsuspend,
    SYS_rt_sigtimedwait,
    SYS_sigaltstack,
    // What the process is, and what the system.
    SYS_getcwd,
    SYS_getegid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getpgid,
    SYS_getpid,
    SYS_getppid,
    SYS_getrandom,
    SYS_getresgid,
    SYS_getresuid,
    SYS_getrusage,
    SYS_getuid,
    SYS_sysinfo,
    SYS_times,
    SYS_uname,
#ifdef SYS_getrlimit
    SYS_getrlimit,
#endif
    // Files: names, and what is open.
    SYS_close_range,
    SYS_dup,
    SYS_dup3,
    SYS_faccessat,
    SYS_faccessat2,
    SYS_fstat,
    SYS_fstatfs,
    SYS_getdents64,
    SYS_lseek,
    SYS_newfstatat,
    SYS_pread64,
    SYS_preadv,
    SYS_readlinkat,
    SYS_readv,
    SYS_statfs,
    SYS_statx,
    // Sockets and pipes; bodies are moved through these (net/pipe.h), or sent from files
    // (net/file_part.h), large messages to the
    // supervisor are files in memory (server/control/channel.h).
    SYS_accept,
    SYS_connect,
    SYS_getpeername,
    SYS_getsockname,
    SYS_getsockopt,
    SYS_listen,
    SYS_memfd_create,
    SYS_pipe2,
    SYS_recvmmsg,
    SYS_sendfile,
    SYS_sendmmsg,
    SYS_setsockopt,
    SYS_shutdown,
    SYS_splice,
    SYS_tee,
    // Waiting.
    SYS_epoll_create1,
    SYS_epoll_pwait2,
    SYS_eventfd2,
    SYS_ppoll,
    SYS_pselect6,
#ifdef __x86_64__
    SYS_access,
    SYS_dup2,
    SYS_epoll_create,
    SYS_eventfd,
    SYS_getpgrp,
    SYS_lstat,
    SYS_pipe,
    SYS_poll,
    SYS_readlink,
    SYS_select,
    SYS_stat,
    SYS_time,
#endif
};

// Of a process that writes files: a database's, and those that take others' places.
constexpr int kOfWriting[] = {
    SYS_fallocate, SYS_fchmod,   SYS_fchown,    SYS_fdatasync, SYS_fsync,
    SYS_ftruncate, SYS_mkdirat,  SYS_openat,    SYS_pwrite64,  SYS_pwritev,
    SYS_renameat2, SYS_unlinkat, SYS_utimensat,
#ifdef SYS_renameat
    SYS_renameat,
#endif
#ifdef __x86_64__
    SYS_open,      SYS_unlink,
#endif
};

constexpr uint32_t kThreadFlags = CLONE_THREAD | CLONE_VM;
constexpr uint32_t kNamespaceFlags = CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS |
                                     CLONE_NEWPID | CLONE_NEWUSER | CLONE_NEWUTS;

// The lower half of an argument (the kernel takes no more of those that are no pointers), or its
// upper one. The test holds if its bits under a mask are one of `values`.
struct Test {
  int argument;
  uint32_t mask;
  std::vector<uint32_t> values;
  bool upper_half = false;
};

constexpr uint32_t kWhole = std::numeric_limits<uint32_t>::max();

// Allowed if all tests hold.
struct Conditional {
  int call;
  std::vector<Test> tests;
};

std::vector<Conditional> Conditionals(pid_t self, Filter filter) {
  // Of a database's files, which several processes have open.
  std::vector<uint32_t> on_descriptors = {F_DUPFD,     F_DUPFD_CLOEXEC, F_GETFD,      F_SETFD,
                                          F_GETFL,     F_SETFL,         F_GETPIPE_SZ, F_SETPIPE_SZ,
                                          F_ADD_SEALS, F_GET_SEALS};
  if (filter == Filter::kWrites) {
    for (const uint32_t lock : {F_GETLK, F_SETLK, F_SETLKW, F_OFD_GETLK, F_OFD_SETLK}) {
      on_descriptors.push_back(lock);
    }
  }
  const auto process = static_cast<uint32_t>(self);
  constexpr uint32_t kNotToRead = O_ACCMODE | O_CREAT | O_TRUNC;
  constexpr uint32_t kType = ~uint32_t{SOCK_NONBLOCK | SOCK_CLOEXEC};
  return {
      {SYS_openat, {{2, kNotToRead, {O_RDONLY}}}},
#ifdef SYS_open
      {SYS_open, {{1, kNotToRead, {O_RDONLY}}}},
#endif
      {SYS_socket,
       {{0, kWhole, {AF_INET, AF_INET6}},
        {1, kType, {SOCK_STREAM, SOCK_DGRAM}},
        {2, kWhole, {0, IPPROTO_TCP, IPPROTO_UDP}}}},
      // Pairs are nobody's but the two ends', which cannot be connected to anything else, as those
      // of other kinds can.
      {SYS_socketpair, {{0, kWhole, {AF_UNIX}}, {1, kType, {SOCK_STREAM}}, {2, kWhole, {0}}}},
      // A thread is in all of its process's namespaces.
      {SYS_clone, {{0, kThreadFlags | kNamespaceFlags, {kThreadFlags}}}},
      {SYS_kill, {{0, kWhole, {process}}}},
      {SYS_tgkill, {{0, kWhole, {process}}}},
      {SYS_rt_tgsigqueueinfo, {{0, kWhole, {process}}}},
      // Not F_SETOWN, by which the kernel would send signals to others.
      {SYS_fcntl, {{1, kWhole, on_descriptors}}},
      // Not TIOCSTI, by which one types for whoever sits at the terminal.
      {SYS_ioctl,
       {{1, kWhole, {FIONBIO, FIOCLEX, FIONCLEX, FIONREAD, TIOCOUTQ, TCGETS, TIOCGWINSZ}}}},
      {SYS_prctl, {{0, kWhole, {PR_SET_NAME, PR_GET_NAME, PR_SET_VMA}}}},
      // To ask for limits: no pointer to new ones.
      {SYS_prlimit64,
       {{0, kWhole, {0, process}}, {2, kWhole, {0}}, {2, kWhole, {0}, /*upper_half=*/true}}},
  };
}

// Jumps are counted from the next step.
class Program {
 public:
  std::vector<sock_filter> Take() && { return std::move(steps_); }

  void Load(size_t offset) { Step(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset)); }
  void Allow() { Step(BPF_RET | BPF_K, SECCOMP_RET_ALLOW); }
  void Fail(int error) { Step(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<uint32_t>(error)); }

  void AllowIf(int call) {
    JumpIf(BPF_JEQ, static_cast<uint32_t>(call), 0, 1);
    Allow();
  }

  void FailIf(int call, int error) {
    JumpIf(BPF_JEQ, static_cast<uint32_t>(call), 0, 1);
    Fail(error);
  }

  void FailFrom(uint32_t call, int error) {
    JumpIf(BPF_JGE, call, 0, 1);
    Fail(error);
  }

  void FailUnless(uint32_t value, int error) {
    JumpIf(BPF_JEQ, value, 1, 0);
    Fail(error);
  }

  // With its verdict either way, so that what comes behind still has the call's number.
  void Decide(const Conditional& rule) {
    Program inner;
    for (const Test& test : rule.tests) inner.Require(test);
    inner.Allow();
    JumpIf(BPF_JEQ, static_cast<uint32_t>(rule.call), 0, inner.steps_.size());
    steps_.insert(steps_.end(), inner.steps_.begin(), inner.steps_.end());
  }

 private:
  void Require(const Test& test) {
    static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
    Load(offsetof(seccomp_data, args) + sizeof(uint64_t) * static_cast<size_t>(test.argument) +
         (test.upper_half ? sizeof(uint32_t) : 0));
    if (test.mask != kWhole) Step(BPF_ALU | BPF_AND | BPF_K, test.mask);
    size_t left = test.values.size();
    // Behind the other values and the refusal the next test begins.
    for (const uint32_t value : test.values) JumpIf(BPF_JEQ, value, left--, 0);
    Fail(EPERM);
  }

  void Step(int code, uint32_t operand) {
    steps_.push_back(BPF_STMT(static_cast<uint16_t>(code), operand));
  }

  void JumpIf(int how, uint32_t operand, size_t if_true, size_t if_false) {
    constexpr size_t kFarthest = std::numeric_limits<uint8_t>::max();
    NANO_CHECK(if_true <= kFarthest && if_false <= kFarthest);
    steps_.push_back(BPF_JUMP(static_cast<uint16_t>(BPF_JMP | how | BPF_K), operand,
                              static_cast<uint8_t>(if_true), static_cast<uint8_t>(if_false)));
  }

  std::vector<sock_filter> steps_;
};

}  // namespace

std::vector<sock_filter> MakeSeccompFilter(pid_t self, Filter filter) {
  Program program;
  // A process can make the calls of other architectures, whose numbers mean something else.
  program.Load(offsetof(seccomp_data, arch));
  program.FailUnless(kAuditArchitecture, EPERM);
  program.Load(offsetof(seccomp_data, nr));
  for (const int call : kOften) program.AllowIf(call);
  for (const int call : kAllowed) program.AllowIf(call);
  if (filter == Filter::kWrites) {
    for (const int call : kOfWriting) program.AllowIf(call);
  }
  for (const Conditional& rule : Conditionals(self, filter)) program.Decide(rule);
  program.FailFrom(kFirstUnknown, ENOSYS);
  // Its flags are in memory, which no filter can read; the C library uses clone then.
  program.FailIf(SYS_clone3, ENOSYS);
  program.Fail(EPERM);
  return std::move(program).Take();
}

Result<void> FilterSystemCalls(pid_t self, Filter filter) {
  std::vector<sock_filter> steps = MakeSeccompFilter(self, filter);
  const sock_fprog program{.len = static_cast<unsigned short>(steps.size()),
                           .filter = steps.data()};
  // The flag: kernels before 5.16 would otherwise switch off processors' speculation for whoever
  // has a filter, which slows down all code, and is none of what a filter is for here.
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) !=
      0) {
    return ErrnoReason();
  }
  return {};
}

}  // namespace nano::server

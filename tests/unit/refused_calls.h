// Runs something where the system refuses a call, as filters of containers and old systems do: on a
// thread of its own, since a filter cannot be taken off again. The caller waits for its end.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <catch2/catch.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <thread>

namespace nano::testing {

struct RefusedCall {
  int number;
  int error;
  // Only with this as its second argument, as fcntl's command is.
  std::optional<uint32_t> command{};
};

inline void Refuse(const RefusedCall& call) {
  const auto command = static_cast<uint32_t>(offsetof(seccomp_data, args) + sizeof(uint64_t));
  sock_filter steps[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(call.number), 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, command),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call.command.value_or(0), 0,
               static_cast<uint8_t>(call.command ? 1 : 0)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<uint32_t>(call.error)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{.len = std::size(steps), .filter = steps};
  REQUIRE(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  REQUIRE(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

inline void RunWhereRefused(const RefusedCall& call, const std::function<void()>& run) {
  std::thread([&] {
    Refuse(call);
    run();
  }).join();
}

}  // namespace nano::testing

// What a process cannot do any more that has entered, and what it still can.
#include "server/sandbox/sandbox.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "server/sandbox/capabilities.h"
#include "server/sandbox/readable_files.h"
#include "server/sandbox/resource_limits.h"
#include "tests/unit/refused_calls.h"
#include "tests/unit/server/sandbox/in_child.h"
#include "tests/unit/temporary_directory.h"

namespace nano::server {
namespace {

using test::InChild;
using test::OutcomeOf;

bool HasLandlock() {
  const bool has = syscall(SYS_landlock_create_ruleset, nullptr, 0, 1) > 0;
  if (!has) WARN("the kernel has no Landlock");
  return has;
}

template <typename Run>
int InSandbox(Run&& run) {
  return InChild([&] {
    EnterSandbox({.connections = 10});
    return run();
  });
}

int Open(const std::string& path, int flags = O_RDONLY) {
  return OutcomeOf(open(path.c_str(), flags | O_CLOEXEC));
}

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Sets a variable of the environment for a test.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    setenv(name, value.c_str(), 1);
  }
  ~Variable() { unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* const name_;
};

}  // namespace

TEST_CASE("sandbox: all parts are in force where the kernel has them") {
  const bool has_landlock = HasLandlock();
  CHECK(InChild([&] {
          const SandboxReport report = EnterSandbox({});
          if (has_landlock && !report.missing.empty()) return 1;
          for (const char* part : {"no_new_privs", "limits", "capabilities", "seccomp"}) {
            if (!Contains(report.in_force, part)) return 2;
          }
          return Contains(report.in_force, "landlock ") == has_landlock ? 0 : 3;
        }) == 0);
}

TEST_CASE("sandbox: what the system refuses is left out and said") {
  CHECK(InChild([] {
          testing::Refuse({.number = SYS_landlock_create_ruleset, .error = ENOSYS});
          const SandboxReport report = EnterSandbox({});
          if (report.missing != "landlock (Function not implemented)") return 1;
          return Contains(report.in_force, "seccomp") ? 0 : 2;
        }) == 0);
  CHECK(InChild([] {
          testing::Refuse({.number = SYS_seccomp, .error = EPERM});
          const SandboxReport report = EnterSandbox({});
          if (!Contains(report.missing, "seccomp (Operation not permitted)")) return 1;
          return Contains(report.in_force, "seccomp") ? 2 : 0;
        }) == 0);
}

TEST_CASE("sandbox: no file outside is opened") {
  if (!HasLandlock()) return;
  const test::TemporaryDirectory folder;
  const std::string file = folder.Write("nano.yaml", "secrets");
  const std::string parent = "/proc/" + std::to_string(getpid());
  for (const std::string& path : {file, folder.path(), parent + "/environ", parent + "/maps",
                                  std::string("/proc/self/../1/cmdline"), std::string("/"),
                                  std::string("/usr/bin/env"), std::string(NANO_BINARY_DIR)}) {
    CAPTURE(path);
    REQUIRE(Open(path) == 0);
    CHECK(InSandbox([&] { return Open(path); }) == EACCES);
  }
  // By no link and no detour either; what is open stays open.
  const std::string link = folder / "link";
  std::filesystem::create_symlink(file, link);
  CHECK(InSandbox([&] { return Open(link); }) == EACCES);
  CHECK(InSandbox([&] { return Open("/etc/../" + file); }) == EACCES);
  const int before = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  CHECK(InSandbox([&] {
          char byte;
          return read(before, &byte, 1) == 1 ? 0 : 1;
        }) == 0);
  close(before);
}

TEST_CASE("sandbox: no file is written, with or without Landlock") {
  const test::TemporaryDirectory folder;
  const std::string file = folder.Write("file", "text");
  CHECK(InSandbox([&] { return Open(file, O_WRONLY); }) == EPERM);
  CHECK(InSandbox([&] { return Open(folder / "new", O_WRONLY | O_CREAT); }) == EPERM);
  CHECK(InSandbox([&] { return OutcomeOf(truncate(file.c_str(), 0)); }) == EPERM);
  CHECK(InSandbox([&] { return OutcomeOf(unlink(file.c_str())); }) == EPERM);
  CHECK(folder.Read("file") == "text");
}

TEST_CASE("sandbox: a snapshot that was checked is not written, by no way to its copy") {
  const test::TemporaryDirectory folder;
  for (const CopyPlace place : {CopyPlace::kDisk, CopyPlace::kMemory}) {
    Descriptor copy;
    const std::string file = folder.Write("app.snap", "snapshot");
    const auto mapped = MappedFile::OpenCopy(file, place, kMaxFileBytes, &copy);
    REQUIRE(mapped.ok());
    const std::string again = "/proc/self/fd/" + std::to_string(copy.get());
    CHECK(InSandbox([&] { return Open(again, O_RDWR); }) == EPERM);
    CHECK(InSandbox([&] { return OutcomeOf(fchmod(copy.get(), 0600)); }) == EPERM);
    CHECK(InSandbox([&] { return OutcomeOf(ftruncate(copy.get(), 0)); }) == EPERM);
    CHECK(mapped->bytes() == "snapshot");
  }
}

TEST_CASE("sandbox: what the process needs of the system is read") {
  for (const char* path :
       {"/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/localtime", "/dev/urandom",
        "/proc/self/maps", "/proc/self/statm", "/sys/devices/system/cpu/online"}) {
    CAPTURE(path);
    if (Open(path) != 0) continue;
    CHECK(InSandbox([&] { return Open(path); }) == 0);
  }
}

TEST_CASE("sandbox: authorities are read anew where others have replaced them") {
  const test::TemporaryDirectory folder;
  folder.Write("now/all.pem", "before");
  std::filesystem::create_directory(folder / "links");
  std::filesystem::create_symlink(folder / "now/all.pem", folder / "links/all.pem");
  const Variable variable("SSL_CERT_FILE", folder / "links/all.pem");
  int ready[2], replaced[2];
  REQUIRE((pipe(ready) == 0 && pipe(replaced) == 0));
  const pid_t child = fork();
  if (child == 0) {
    EnterSandbox({});
    char byte = 0;
    if (write(ready[1], "x", 1) != 1 || read(replaced[0], &byte, 1) != 1) _exit(1);
    const Result<std::string> now = ReadFile(folder / "links/all.pem");
    _exit(now.ok() && *now == "after" ? 0 : 2);
  }
  char byte = 0;
  REQUIRE(read(ready[0], &byte, 1) == 1);
  REQUIRE(WriteFileAtomically(folder / "now/all.pem", "after").ok());
  REQUIRE(write(replaced[1], "x", 1) == 1);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  for (const int fd : {ready[0], ready[1], replaced[0], replaced[1]}) close(fd);
}

TEST_CASE("sandbox: a folder of authorities, with what its links lead to") {
  const test::TemporaryDirectory folder;
  folder.Write("shared/one.crt", "one");
  std::filesystem::create_directory(folder / "certs");
  std::filesystem::create_symlink(folder / "shared/one.crt", folder / "certs/1234.0");
  const Variable variable("SSL_CERT_DIR", folder / "certs");
  const std::vector<std::string> files = ReadableFiles();
  for (const char* name : {"certs", "shared"}) {
    CHECK(std::count(files.begin(), files.end(), folder / name) == 1);
  }
  CHECK(InSandbox([&] { return Open(folder / "certs/1234.0"); }) == 0);
}

TEST_CASE("sandbox: no core dumps, and descriptors for the connections") {
  CHECK(InChild([] {
          rlimit core, descriptors;
          getrlimit(RLIMIT_CORE, &core);
          // As systemd has it: none in files, but some for who is handed them by the kernel.
          core.rlim_cur = 0;
          const rlim_t most = std::min<rlim_t>(core.rlim_max, 1);
          if (setrlimit(RLIMIT_CORE, &core) != 0 || !LimitResources(10).ok()) return 1;
          getrlimit(RLIMIT_CORE, &core);
          getrlimit(RLIMIT_NOFILE, &descriptors);
          if (core.rlim_cur != most || core.rlim_max != most) return 2;
          return descriptors.rlim_max <= DescriptorsFor(10) ? 0 : 3;
        }) == 0);
  // Never more than there were.
  CHECK(InChild([] {
          const rlimit few{100, 100};
          if (setrlimit(RLIMIT_NOFILE, &few) != 0 || !LimitResources(10).ok()) return 1;
          rlimit descriptors;
          getrlimit(RLIMIT_NOFILE, &descriptors);
          return descriptors.rlim_cur == 100 && descriptors.rlim_max == 100 ? 0 : 2;
        }) == 0);
}

TEST_CASE("sandbox: root without what makes root more than a user") {
  CHECK(InChild([] {
          if (!DropCapabilities().ok()) return 1;
          const Result<std::string> status = ReadFile("/proc/self/status");
          if (!status.ok()) return 2;
          for (const char* set : {"CapPrm:\t", "CapEff:\t", "CapInh:\t", "CapAmb:\t"}) {
            if (!Contains(*status, set + std::string("0000000000000000\n"))) return 3;
          }
          return 0;
        }) == 0);
}

TEST_CASE("sandbox: the parent is out of reach by signals and by /proc") {
  CHECK(InSandbox([] { return OutcomeOf(kill(getppid(), 0)); }) == EPERM);
  if (!HasLandlock()) return;
  const std::string memory = "/proc/" + std::to_string(getpid()) + "/mem";
  CHECK(InSandbox([&] { return Open(memory); }) == EACCES);
}

}  // namespace nano::server

// Where a program on the engine begins: replaces the engine's main() by the program's.
//
// glibc's start code calls __libc_start_main with the executable's main; this library is preloaded,
// so its definition is found first. The executable's static constructors still run before main,
// which V8 needs. Runs on the main thread, before anything else of NANO.
#include <dlfcn.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <string>

#include "runtime/entry.h"

namespace {

constexpr char kDescriptors[] = "/proc/self/fd/";

// As it stands in LD_PRELOAD.
std::string PreloadedName() {
  Dl_info info;
  if (dladdr(reinterpret_cast<void*>(&PreloadedName), &info) == 0) return {};
  return info.dli_fname;
}

// The launcher names the library by a descriptor if its path has a space or a colon.
std::string ResolveLibraryPath() {
  std::string name = PreloadedName();
  if (!name.starts_with(kDescriptors)) return name;
  char path[PATH_MAX];
  const ssize_t length = readlink(name.c_str(), path, sizeof path);
  if (length <= 0) return name;
  close(atoi(name.c_str() + sizeof kDescriptors - 1));
  return std::string(path, static_cast<size_t>(length));
}

// Children must not inherit the preload; what the user had preloaded besides stays.
void RemoveOwnPreload() {
  const char* value = getenv("LD_PRELOAD");
  if (value == nullptr) return;
  const std::string own = PreloadedName();
  const std::string preload = value;
  const size_t at = preload.find(own);
  if (at == std::string::npos) return;
  // Whatever stands before it was put there by the launcher (a sanitizer's runtime).
  const size_t rest = preload.find(':', at);
  if (rest == std::string::npos) {
    unsetenv("LD_PRELOAD");
  } else {
    setenv("LD_PRELOAD", preload.c_str() + rest + 1, 1);
  }
}

int Main(int argc, char** argv, char**) {
  RemoveOwnPreload();
  // OpenSSL would take itself down when the process exits, below the threads that are still in the
  // middle of a job. It has to be told before anybody uses it.
  OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);
  nano::runtime::LibraryPath();  // While the descriptor is what it was.
  if (argc > 0) {
    const char* slash = strrchr(argv[0], '/');
    prctl(PR_SET_NAME, slash == nullptr ? argv[0] : slash + 1);
  }
  return NanoMain(argc, argv);
}

}  // namespace

namespace nano::runtime {

std::string LibraryPath() {
  static const std::string path = ResolveLibraryPath();
  return path;
}

std::string LibraryDirectory() {
  const std::string path = LibraryPath();
  return path.substr(0, path.rfind('/'));
}

}  // namespace nano::runtime

extern "C" __attribute__((visibility("default"))) int __libc_start_main(
    int (*)(int, char**, char**), int argc, char** argv, void (*init)(), void (*fini)(),
    void (*rtld_fini)(), void* stack_end) {
  using Start =
      int (*)(int (*)(int, char**, char**), int, char**, void (*)(), void (*)(), void (*)(), void*);
  const auto start = reinterpret_cast<Start>(dlsym(RTLD_NEXT, "__libc_start_main"));
  return start(Main, argc, argv, init, fini, rtld_fini, stack_end);
}

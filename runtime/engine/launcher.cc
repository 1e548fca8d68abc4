// bin/NAME: sets LD_PRELOAD to lib/nano/libNAME.so and becomes lib/nano/engine.
//
// The program's code has to be preloaded into the engine's untouched executable, whose symbols it
// uses and whose main() it replaces (runtime/engine/entry.cc). Before, it looks at the limits under
// which the engine would end by a signal while it is loaded, when nobody can say why. The launcher
// is static and does nothing else, so it costs well under a millisecond.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string>

namespace {

int Fail(const std::string& what) {
  fprintf(stderr, "%s\nThe installation is incomplete; install NANO again.\n", what.c_str());
  return 127;
}

struct Need {
  int resource;
  const char* name;
  rlim_t bytes;
  const char* remedy;
};

constexpr Need kNeeds[] = {
    // It reserves far more than the memory that it uses.
    {RLIMIT_AS, "address space (ulimit -v)", rlim_t{2'000'000} * 1024,
     "Raise it (ulimit -v unlimited); to bound memory, use `limits` in nano.yaml or a control "
     "group."},
    // V8 takes it for granted that scripts have a megabyte of it.
    {RLIMIT_STACK, "the stack (ulimit -s)", rlim_t{1536} * 1024, "Raise it (ulimit -s 8192)."},
};

bool HasWhatItNeeds(const char* program) {
  for (const Need& need : kNeeds) {
    rlimit limit;
    if (getrlimit(need.resource, &limit) != 0 || limit.rlim_cur >= need.bytes) continue;
    fprintf(stderr, "%s: the limit on %s is %llu KiB, and the engine needs %llu KiB\n%s\n", program,
            need.name, static_cast<unsigned long long>(limit.rlim_cur / 1024),
            static_cast<unsigned long long>(need.bytes / 1024), need.remedy);
    return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  (void)argc;
  char self[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  if (length <= 0) return Fail("cannot read /proc/self/exe");
  const std::string path(self, static_cast<size_t>(length));
  const size_t slash = path.rfind('/');
  const std::string bin = path.substr(0, slash);
  const std::string name = path.substr(slash + 1);
  const std::string lib = bin.substr(0, bin.rfind('/')) + "/lib/nano/";
  const std::string library = lib + "lib" + name + ".so";
  const std::string engine = lib + "engine";
  if (!HasWhatItNeeds(name.c_str())) return 1;
  if (access(library.c_str(), R_OK) != 0) return Fail("missing: " + library);
  if (access(engine.c_str(), X_OK) != 0) return Fail("missing: " + engine);

  std::string preload = library;
  // Both separate the names in LD_PRELOAD. By a descriptor, the file has a name without them;
  // entry.cc closes it.
  if (library.find_first_of(" :") != std::string::npos) {
    const int fd = open(library.c_str(), O_RDONLY);
    if (fd < 0) return Fail("cannot open " + library + ": " + strerror(errno));
    preload = "/proc/self/fd/" + std::to_string(fd);
  }
#ifdef NANO_PRELOAD_FIRST
  preload = std::string(NANO_PRELOAD_FIRST) + ":" + preload;
#endif
  // What the user had preloaded stays, here and in children.
  if (const char* inherited = getenv("LD_PRELOAD"); inherited != nullptr && *inherited != '\0') {
    preload += std::string(":") + inherited;
  }
  setenv("LD_PRELOAD", preload.c_str(), 1);
  execv(engine.c_str(), argv);
  return Fail("cannot run " + engine + ": " + strerror(errno));
}

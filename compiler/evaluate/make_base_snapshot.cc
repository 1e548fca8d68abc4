// nano-make-base OUTPUT: writes the base snapshot, as a container, while NANO itself is built.
#include <cstdio>

#include "runtime/entry.h"
#include "runtime/identity.h"
#include "runtime/process.h"
#include "runtime/snapshot_builder.h"
#include "snapshot/container.h"

namespace {

int Fail(const nano::Error& error) {
  std::fprintf(stderr, "nano-make-base: %s\n", error.ToString().c_str());
  return 1;
}

}  // namespace

int NanoMain(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: nano-make-base OUTPUT\n");
    return 2;
  }
  nano::runtime::InitializeProcess({.threads = 1, .deterministic = true});
  const auto blob = nano::runtime::BuildBaseSnapshot();
  if (!blob.ok()) return Fail(blob.error());
  // Beside the heap, in the place of a bundle: what apps cannot have while they are built on it.
  const auto absent = nano::runtime::AbsentNames(*blob);
  if (!absent.ok()) return Fail(absent.error());
  const auto written =
      nano::snapshot::WriteContainer(argv[1], {.blob = *blob, .source = *absent, .source_map = {}},
                                     nano::runtime::CurrentIdentity());
  return written.ok() ? 0 : Fail(written.error());
}

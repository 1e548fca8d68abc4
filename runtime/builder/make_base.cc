// nano-make-base OUTPUT: writes the base snapshot while NANO itself is built.
#include <cstdio>
#include <fstream>

#include "runtime/engine/entry.h"
#include "runtime/process.h"
#include "runtime/snapshot_builder.h"

int NanoMain(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: nano-make-base OUTPUT\n");
    return 2;
  }
  nano::runtime::InitializeProcess({.threads = 1, .deterministic = true});
  const auto blob = nano::runtime::BuildBaseSnapshot();
  if (!blob) {
    std::fprintf(stderr, "nano-make-base: %s\n", blob.error().ToString().c_str());
    return 1;
  }
  std::ofstream file(argv[1], std::ios::binary | std::ios::trunc);
  file.write(blob->data(), static_cast<std::streamsize>(blob->size()));
  if (!file.flush()) {
    std::fprintf(stderr, "nano-make-base: cannot write %s\n", argv[1]);
    return 1;
  }
  return 0;
}

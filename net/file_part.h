// A part of a file that is to be sent, which is mapped as well: the system sends it from the file
// (sendfile(2)), a layer that has to look at it reads it where it is mapped. Nothing of it is
// copied while it waits.
//
// Owns a share of whatever keeps the two alive. Thread: as any value type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace nano::net {

struct FilePart {
  std::string_view bytes;  // Where they are mapped.
  int descriptor = -1;     // The file's …
  uint64_t offset = 0;     // … and where they begin in it.
  std::shared_ptr<const void> owner;

  // What has gone.
  void TakeOff(size_t size) {
    bytes.remove_prefix(size);
    offset += size;
  }
};

}  // namespace nano::net

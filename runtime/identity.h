// What a snapshot is bound to: an app's heap is valid only with the very engine, native functions
// and base script it was made with, and V8 itself checks next to nothing of that.
#pragma once

#include <string>

namespace nano::runtime {

struct Identity {
  std::string v8_version;       // "14.6.202.34-node.34"
  std::string engine_release;   // "26.10.0"
  std::string references_hash;  // FNV-1a of the names of the external references, in order; hex.
  std::string base_hash;        // SHA-256 in hex of the Web APIs' bundle.
  std::string flags;            // V8 flags that change the heap's layout, as given to V8.

  bool operator==(const Identity&) const = default;
};

// This program's own. Cheap after the first call. Thread-safe; needs no initialised engine.
const Identity& CurrentIdentity();

}  // namespace nano::runtime

// Finds the bundle that base_script.S.in linked in.
#include "runtime/isolate/base_script.h"

#include "base_script_hash.h"  // Generated: kBaseScriptHash.

extern "C" const char nano_base_script_begin[];
extern "C" const char nano_base_script_end[];

namespace nano::runtime {

std::string_view BaseScript() {
  return {nano_base_script_begin,
          static_cast<size_t>(nano_base_script_end - nano_base_script_begin)};
}

std::string_view BaseScriptHash() { return kBaseScriptHash; }

}  // namespace nano::runtime

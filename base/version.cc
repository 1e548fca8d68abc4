// The one file that is compiled anew for another version: base/CMakeLists.txt defines it here only.
#include "base/version.h"

namespace nano {

std::string_view Version() { return NANO_VERSION; }

}  // namespace nano

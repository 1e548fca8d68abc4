// NANO's version, from the project's CMakeLists.txt. Thread: any.
#pragma once

#include <string_view>

namespace nano {

// "0.1.0".
std::string_view Version();

}  // namespace nano

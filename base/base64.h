// Base64 (RFC 4648, section 4). Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

namespace nano {

// With padding.
void AppendBase64(std::string& out, std::string_view bytes);

}  // namespace nano

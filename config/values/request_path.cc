// What a request line can carry.
#include "config/values/request_path.h"

#include <algorithm>

namespace nano::config {

Result<void> CheckRequestPath(const std::string& path) {
  const bool printable = std::all_of(path.begin(), path.end(),
                                     [](char c) { return c > 0x20 && c < 0x7F && c != '#'; });
  if (path.starts_with('/') && printable) return {};
  return Error{"'" + path + "' is not the path of a request", "",
               "It starts with '/'; encode spaces and characters beyond ASCII: /caf%C3%A9."};
}

}  // namespace nano::config

// What is wrong with a usage, as it is printed.
#include "cli/exit.h"

#include <utility>

namespace nano::cli {

Exit WrongUsage(std::string output) {
  if (!output.ends_with('\n')) output += '\n';
  return {.status = kUsageError, .output = std::move(output)};
}

}  // namespace nano::cli

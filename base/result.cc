// How an Error reads.
#include "base/result.h"

namespace nano {

std::string Error::ToString() const {
  std::string text = where.empty() ? message : where + ": " + message;
  if (!excerpt.empty()) text += "\n" + excerpt;
  if (!hint.empty()) text += (text.back() == '\n' ? "" : "\n") + hint;
  return text;
}

}  // namespace nano

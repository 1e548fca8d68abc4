// How an Error reads.
#include "base/result.h"

#include <iterator>

#include "base/check.h"

namespace nano {

std::string Error::ToString() const {
  std::string text = where.empty() ? message : where + ": " + message;
  if (!excerpt.empty()) text += "\n" + excerpt;
  if (!hint.empty()) text += (text.back() == '\n' ? "" : "\n") + hint;
  for (const Error& other : others) {
    text += (text.back() == '\n' ? "\n" : "\n\n") + other.ToString();
  }
  return text;
}

Error Together(std::vector<Error> errors) {
  NANO_CHECK(!errors.empty());
  Error all = std::move(errors.front());
  for (auto next = std::next(errors.begin()); next != errors.end(); ++next) {
    all.others.push_back(std::move(*next));
  }
  return all;
}

}  // namespace nano

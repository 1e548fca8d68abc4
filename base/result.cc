// How an Error reads, and what Results do with it.
#include "base/result.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/check.h"

namespace nano {
namespace {

// Stands in a Failure for the error that was taken from it; nobody looks into it.
Error* Taken() {
  static auto* const taken = new Error();
  return taken;
}

}  // namespace

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
    std::vector<Error> more = std::exchange(next->others, {});
    all.others.push_back(std::move(*next));
    std::move(more.begin(), more.end(), std::back_inserter(all.others));
  }
  return all;
}

Failure::Failure(Error error) : error_(new Error(std::move(error))) {}

Failure::Failure(const Failure& other)
    : error_(other.error_ == nullptr ? nullptr : new Error(*other.error_)) {}

Error& Failure::error() const {
  NANO_CHECK(error_ != nullptr && error_ != Taken());
  return *error_;
}

Failure Failure::Take() {
  Failure whole;
  whole.error_ = std::exchange(error_, Taken());
  return whole;
}

void Failure::Free(Error* error) {
  if (error != Taken()) delete error;
}

}  // namespace nano

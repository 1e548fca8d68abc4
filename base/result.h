// Expected failures as values.
//
// A function that can fail for a reason outside the program (bad input, a missing file, a full
// disk) returns Result<T>; a broken invariant is a bug and aborts through NANO_CHECK
// (base/check.h). Nothing here allocates on success. Thread-safe as any value type.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"

namespace nano {

// What went wrong, in words for the person who has to mend it.
struct Error {
  std::string message;  // What is wrong: "unknown key 'hostz'".
  std::string where;    // Where: "nano.yaml:12:5", a path or an app; empty if the message says it.
  std::string hint;     // What to do about it; empty if the message makes it plain.
  std::string excerpt{};  // Source lines around the place (see base/code_frame.h); may be empty.
  std::vector<Error> others{};  // What else was found wrong on the same way; mostly empty.

  // A paragraph for this and each of the others: "where: message", the excerpt and the hint, each
  // on lines of their own.
  std::string ToString() const;
};

// What a check that goes on after the first mistake has found: all of it as one Error, the first
// one holding the others, and theirs. `errors` is not empty.
Error Together(std::vector<Error> errors);

// An Error, or none, in the place of one pointer: what a Result holds of it and TRY hands on. A
// Result is that much larger than its value, and what makes, moves and destroys an Error is
// compiled once.
class [[nodiscard]] Failure {
 public:
  Failure() = default;
  explicit Failure(Error error);
  Failure(const Failure& other);
  Failure(Failure&& other) noexcept : error_(std::exchange(other.error_, nullptr)) {}
  Failure& operator=(Failure other) noexcept {
    std::swap(error_, other.error_);
    return *this;
  }
  ~Failure() {
    if (error_ != nullptr) Free(error_);
  }

  bool none() const { return error_ == nullptr; }
  // Of one that is not none, and was not taken.
  Error& error() const;
  // To be handed on. What is left is not none, so that nobody takes it for a success.
  Failure Take();

 private:
  static void Free(Error* error);

  Error* error_ = nullptr;  // Owned.
};

// Either a T or an Error.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}              // NOLINT: implicit by design
  Result(Error error) : failure_(std::move(error)) {}        // NOLINT: implicit by design
  Result(Failure failure) : failure_(std::move(failure)) {}  // NOLINT: implicit by design

  bool ok() const { return value_.has_value(); }

  T& value() & { return value_.value(); }
  const T& value() const& { return value_.value(); }
  T&& value() && { return std::move(value_).value(); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& { return failure_.error(); }
  Error&& error() && { return std::move(failure_.error()); }
  Failure&& failure() && { return std::move(failure_); }

 private:
  std::optional<T> value_;
  Failure failure_;  // None if there is a value.
};

// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : failure_(std::move(error)) {}        // NOLINT: implicit by design
  Result(Failure failure) : failure_(std::move(failure)) {}  // NOLINT: implicit by design

  // Not to be asked of one that was moved elsewhere as a whole: it has neither.
  bool ok() const { return failure_.none(); }
  void value() const { NANO_CHECK(ok()); }
  const Error& error() const& { return failure_.error(); }
  Error&& error() && { return std::move(failure_.error()); }
  Failure failure() && { return failure_.Take(); }

 private:
  Failure failure_;
};

}  // namespace nano

// The value of a Result, or the end of the function around it with the error:
//
//   Manifest manifest = TRY(ReadManifest(folder));
//   TRY(CheckName(manifest.name));  // A Result<void>.
//
// The function returns a Result itself, of whatever type. An expression (GCC and Clang have
// statements in expressions), so that what is done when all goes well stays on one line; what an
// error needs besides (another `where`, say) is written out with ok() and error().
//
// Not inside a braced initialiser (`{TRY(…), TRY(…)}`) nor among the arguments of a new-expression:
// GCC does not destroy what was built of the object when the function returns from within it, and
// leaks it. There, the values become locals first.
#define TRY(...)                                                      \
  __extension__({                                                     \
    auto tried_result = (__VA_ARGS__);                                \
    if (!tried_result.ok()) return std::move(tried_result).failure(); \
    std::move(tried_result).value();                                  \
  })

// Result<T, E>: a value or an error, for failures that a caller is expected to handle.
//
// Thimble keeps four kinds of failure apart (ARCHITECTURE.md, "Errors"): API errors and workflow errors are values and
// travel in a Result; a broken environment is an exception; a bug of ours is an assertion.
#pragma once

#include <cassert>
#include <optional>
#include <utility>
#include <variant>

#include "base/api_error.h"

namespace thimble::base {

/// A value of type T or an error of type E. T and E must differ.
template <class T, class E = ApiError>
class [[nodiscard]] Result {
 public:
  using ValueType = T;
  using ErrorType = E;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Result(E error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & {
    assert(ok());
    return std::get<0>(state_);
  }
  const T& value() const& {
    assert(ok());
    return std::get<0>(state_);
  }
  T&& value() && {
    assert(ok());
    return std::get<0>(std::move(state_));
  }
  E& error() & {
    assert(!ok());
    return std::get<1>(state_);
  }
  const E& error() const& {
    assert(!ok());
    return std::get<1>(state_);
  }
  E&& error() && {
    assert(!ok());
    return std::get<1>(std::move(state_));
  }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<T, E> state_;
};

/// Success without a value, or an error.
template <class E>
class [[nodiscard]] Result<void, E> {
 public:
  using ValueType = void;
  using ErrorType = E;

  Result() = default;
  Result(E error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  E& error() & {
    assert(!ok());
    return *error_;
  }
  const E& error() const& {
    assert(!ok());
    return *error_;
  }
  E&& error() && {
    assert(!ok());
    return *std::move(error_);
  }

 private:
  std::optional<E> error_;
};

}  // namespace thimble::base

#define THIMBLE_CONCAT_INNER(a, b) a##b
#define THIMBLE_CONCAT(a, b) THIMBLE_CONCAT_INNER(a, b)

/// Returns the error of `expression` (a Result) from the enclosing function, or goes on.
#define TRY(expression)                                         \
  do {                                                          \
    auto try_result = (expression);                             \
    if (!try_result.ok()) return std::move(try_result).error(); \
  } while (false)

/// `TRY_ASSIGN(auto x, f());` — declares or assigns x from a Result, or returns its error from the enclosing function.
#define TRY_ASSIGN(target, expression) TRY_ASSIGN_INNER(THIMBLE_CONCAT(try_result_, __LINE__), target, expression)
#define TRY_ASSIGN_INNER(name, target, expression) \
  auto name = (expression);                        \
  if (!name.ok()) return std::move(name).error();  \
  target = std::move(name).value()

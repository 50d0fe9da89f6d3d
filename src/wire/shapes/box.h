// Box<T>: an optional value on the heap, for structures that contain themselves.
#pragma once

#include <memory>
#include <utility>

namespace thimble::shapes {

/// Empty or one T, copied deeply. T may be incomplete where a Box<T> is a member.
template <class T>
class Box {
 public:
  Box() = default;
  Box(T value) : value_(std::make_shared<T>(std::move(value))) {}  // NOLINT(google-explicit-constructor)
  Box(const Box& other) : value_(other.value_ ? std::make_shared<T>(*other.value_) : nullptr) {}
  Box(Box&& other) noexcept = default;
  Box& operator=(const Box& other) {
    value_ = other.value_ ? std::make_shared<T>(*other.value_) : nullptr;
    return *this;
  }
  Box& operator=(Box&& other) noexcept = default;

  bool has_value() const { return value_ != nullptr; }
  explicit operator bool() const { return has_value(); }
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return value_.get(); }
  const T* operator->() const { return value_.get(); }

 private:
  std::shared_ptr<T> value_;  // Never shared; shared_ptr because it lets T be incomplete here.
};

}  // namespace thimble::shapes

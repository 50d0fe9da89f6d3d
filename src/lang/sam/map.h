// The members of a Value's map.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "lang/sam/hashed_order.h"
#include "lang/sam/value.h"

namespace thimble::lang::sam {

class Map {
 public:
  explicit Map(bool hashed) {
    if (hashed) order_.emplace();
  }

  bool hashed() const { return order_.has_value(); }
  std::size_t size() const { return index_.size(); }
  const Value* find(std::string_view name) const;
  void set(const Text& name, Value value);
  void erase(std::string_view name);
  void reserveForMerge(std::size_t count) {
    if (order_) order_->reserveForMerge(count);
  }
  std::vector<Value::Member> members() const;
  /// In the order of insertion, whatever the kind.
  std::vector<Value::Member> inserted() const;

 private:
  std::vector<std::optional<Value::Member>> members_;  ///< Nothing where a member was erased.
  std::unordered_map<std::string, std::size_t> index_;
  std::optional<HashedOrder> order_;
};

}  // namespace thimble::lang::sam

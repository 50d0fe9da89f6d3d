#include "lang/sam/map.h"

namespace thimble::lang::sam {

const Value* Map::find(std::string_view name) const {
  const auto found = index_.find(std::string(name));
  return found == index_.end() ? nullptr : &members_[found->second]->second;
}

void Map::set(const Text& name, Value value) {
  const auto [found, added] = index_.emplace(name.text, members_.size());
  if (!added) {
    members_[found->second]->second = std::move(value);
    return;
  }
  members_.push_back(Value::Member(name, std::move(value)));
  if (order_) order_->add(name.text);
}

void Map::erase(std::string_view name) {
  const auto found = index_.find(std::string(name));
  if (found == index_.end()) return;
  if (order_) order_->remove(found->first);
  members_[found->second].reset();
  index_.erase(found);
}

std::vector<Value::Member> Map::inserted() const {
  std::vector<Value::Member> members;
  members.reserve(size());
  for (const auto& member : members_) {
    if (member) members.push_back(*member);
  }
  return members;
}

std::vector<Value::Member> Map::members() const {
  if (!order_) return inserted();
  std::vector<Value::Member> members;
  members.reserve(size());
  for (const std::string& key : order_->keys()) members.push_back(*members_[index_.at(key)]);
  return members;
}

}  // namespace thimble::lang::sam

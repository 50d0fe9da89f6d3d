#include "dispatch/registry.h"

#include <stdexcept>

namespace thimble::dispatch {

const Registry::Entry* Registry::find(std::string_view service, std::string_view operation) const {
  const auto found = entries_.find(std::pair<std::string, std::string>(service, operation));
  return found == entries_.end() ? nullptr : &found->second;
}

void Registry::addInternal(std::string_view service, std::string_view operation, AsynchronousHandler handler) {
  if (service.substr(0, 8) != "thimble.") throw std::logic_error("an internal service's name begins with thimble.");
  entries_[{std::string(service), std::string(operation)}].asynchronous = std::move(handler);
}

void Registry::each(const std::function<void(const Entry&)>& visit) const {
  for (const auto& [name, entry] : entries_) {
    if (entry.operation != nullptr) visit(entry);
  }
}

void Registry::addResourcePolicy(std::string_view arn_service, ResourcePolicy policy) {
  resource_policies_.insert_or_assign(std::string(arn_service), std::move(policy));
}

const Registry::ResourcePolicy* Registry::findResourcePolicy(std::string_view arn_service) const {
  const auto found = resource_policies_.find(arn_service);
  return found == resource_policies_.end() ? nullptr : &found->second;
}

Registry::Entry& Registry::insert(std::string_view service, std::string_view operation) {
  const std::string name = std::string(service) + ":" + std::string(operation);
  const shapes::Service* model = shapes::findService(service);
  const shapes::Operation* found = model != nullptr ? model->findOperation(operation) : nullptr;
  if (found == nullptr) throw std::logic_error("no model has the operation " + name);
  if (!found->implemented) throw std::logic_error("operations.json does not list " + name);
  auto [place, inserted] = entries_.try_emplace({std::string(service), std::string(operation)});
  if (!inserted) throw std::logic_error(name + " is registered twice");
  place->second.operation = found;
  return place->second;
}

}  // namespace thimble::dispatch

#include "wire/shapes/model.h"

#include <algorithm>
#include <string>

namespace thimble::shapes {
namespace {

// Lower case without blanks, as the Step Functions `aws-sdk` integrations write service ids.
std::string folded(std::string_view text) {
  std::string result;
  for (char c : text) {
    if (c == ' ' || c == '-') continue;
    result += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return result;
}

// The first that has the name in the first field in which any has it: an endpoint prefix goes before a service id.
template <class Range, class... Fields>
auto findByAnyField(const Range& range, std::string_view name, Fields... fields)
    -> const std::remove_cvref_t<decltype(*std::begin(range))>* {
  const std::remove_cvref_t<decltype(*std::begin(range))>* found = nullptr;
  auto search = [&](auto field) {
    if (found) return;
    for (const auto& item : range) {
      if (!field(item).empty() && field(item) == name) {
        found = &item;
        return;
      }
    }
  };
  (search(fields), ...);
  return found;
}

}  // namespace

const Member* Shape::findMember(std::string_view member_name) const {
  for (const Member& member : members) {
    if (member.name == member_name) return &member;
  }
  return nullptr;
}

const Operation* Service::findOperation(std::string_view operation_name) const {
  auto at = std::lower_bound(operations.begin(), operations.end(), operation_name,
                             [](const Operation& operation, std::string_view name) { return operation.name < name; });
  return at != operations.end() && at->name == operation_name ? &*at : nullptr;
}

const Service* findService(std::string_view name) {
  using Field = const Service* const&;
  const Service* const* found = findByAnyField(
      allServices(), name, [](Field s) { return s->name; }, [](Field s) { return s->endpoint_prefix; },
      [](Field s) { return s->signing_name; }, [](Field s) { return s->target_prefix; },
      [](Field s) { return s->model; }, [](Field s) { return s->service_id; });
  if (found) return *found;
  std::string wanted = folded(name);
  for (const Service* service : allServices()) {
    if (folded(service->service_id) == wanted) return service;
  }
  return nullptr;
}

const Service* findServiceByTargetPrefix(std::string_view target_prefix) {
  for (const Service* service : allServices()) {
    if (!target_prefix.empty() && service->target_prefix == target_prefix) return service;
  }
  return nullptr;
}

const ServiceName* findServiceName(std::string_view name) {
  using Field = const ServiceName&;
  const ServiceName* found = findByAnyField(
      allServiceNames(), name, [](Field s) { return s.endpoint_prefix; }, [](Field s) { return s.signing_name; },
      [](Field s) { return s.target_prefix; }, [](Field s) { return s.model; }, [](Field s) { return s.service_id; });
  if (found) return found;
  std::string wanted = folded(name);
  for (const ServiceName& service : allServiceNames()) {
    if (folded(service.service_id) == wanted) return &service;
  }
  return nullptr;
}

}  // namespace thimble::shapes

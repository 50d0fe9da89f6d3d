#include "services/apigateway/route_tree.h"

#include "base/encoding.h"

namespace thimble::services::apigateway {

std::vector<std::string_view> RouteTree::split(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty() && path.back() == '/') path.remove_suffix(1);
  while (!path.empty()) {
    if (path.front() == '/') path.remove_prefix(1);
    const std::size_t end = std::min(path.find('/'), path.size());
    parts.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return parts;
}

std::string RouteTree::decode(std::string_view part) {
  return base::decodePercent(part).value_or(std::string(part));
}

void RouteTree::add(std::string_view path, std::size_t resource) {
  Node* node = &root_;
  for (std::string_view part : split(path)) {
    if (part.size() < 2 || part.front() != '{' || part.back() != '}') {
      auto& child = node->literals[std::string(part)];
      if (!child) child = std::make_unique<Node>();
      node = child.get();
    } else if (part[part.size() - 2] == '+') {
      node->greedy = resource;
      node->greedy_name = part.substr(1, part.size() - 3);
      return;
    } else {
      if (!node->variable) node->variable = std::make_unique<Node>();
      node->variable_name = part.substr(1, part.size() - 2);
      node = node->variable.get();
    }
  }
  node->resource = resource;
}

}  // namespace thimble::services::apigateway

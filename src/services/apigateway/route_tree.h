// Finds the resource that a path names: literal parts before variables, variables before greedy ones.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace thimble::services::apigateway {

class RouteTree {
 public:
  struct Match {
    std::size_t resource = 0;                                     ///< What was given to add.
    std::vector<std::pair<std::string, std::string>> parameters;  ///< Path parameters, percent-decoded.
  };

  /// `path` is a resource's, for example "/pets/{id}/{rest+}".
  void add(std::string_view path, std::size_t resource);

  /// `path` as sent, percent-encoded; a slash at its end does not count. `accepts` says whether a resource will do (has
  /// the method); the best that will is taken.
  template <class Accepts>
  std::optional<Match> match(std::string_view path, Accepts accepts) const {
    const std::vector<std::string_view> parts = split(path);
    Match match;
    if (!find(root_, parts, 0, match, accepts)) return std::nullopt;
    return match;
  }

 private:
  struct Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
    std::unique_ptr<Node> variable;
    std::string variable_name;
    std::optional<std::size_t> greedy;
    std::string greedy_name;
    std::optional<std::size_t> resource;
  };

  static std::vector<std::string_view> split(std::string_view path);
  static std::string decode(std::string_view part);

  /// A node has one depth, so each is visited once at most.
  template <class Accepts>
  static bool find(const Node& node, const std::vector<std::string_view>& parts, std::size_t at, Match& match,
                   Accepts& accepts) {
    if (at == parts.size()) {
      if (!node.resource || !accepts(*node.resource)) return false;
      match.resource = *node.resource;
      return true;
    }
    const std::string part = decode(parts[at]);
    if (const auto literal = node.literals.find(part); literal != node.literals.end()) {
      if (find(*literal->second, parts, at + 1, match, accepts)) return true;
    }
    if (node.variable) {
      match.parameters.emplace_back(node.variable_name, part);
      if (find(*node.variable, parts, at + 1, match, accepts)) return true;
      match.parameters.pop_back();
    }
    if (node.greedy && accepts(*node.greedy)) {
      std::string rest = part;
      for (std::size_t i = at + 1; i < parts.size(); ++i) rest += "/" + decode(parts[i]);
      match.parameters.emplace_back(node.greedy_name, std::move(rest));
      match.resource = *node.greedy;
      return true;
    }
    return false;
  }

  Node root_;
};

}  // namespace thimble::services::apigateway

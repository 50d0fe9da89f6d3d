// Changes to an API's definition (Swagger 2 or OpenAPI 3): paths, methods and integrations.
//
// An editor works on a copy; what it made is taken with result(). Paths and methods may be wrapped in Fn::If.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "lang/sam/value.h"

namespace thimble::lang::sam {

inline constexpr const char* kIntegration = "x-amazon-apigateway-integration";
inline constexpr const char* kAnyMethod = "x-amazon-apigateway-any-method";

/// The value, or the branches of an Fn::If without those that are AWS::NoValue.
std::vector<Value> branches(const Value& item);
/// Lower case; "any" becomes x-amazon-apigateway-any-method.
Text normalMethod(const Text& method);
/// A version such as 3.0 or 3.0.1 (or 3).
bool isOpenApi3(const Value& version);
/// 2 or 3 with up to two further digits.
bool isSupportedVersion(const Value& version);
/// The path with each variable as "*", as permissions name it.
Text pathPattern(const Text& path, bool greedy_by_any_name);

class DefinitionEditor {
 public:
  Value paths() const { return paths_; }
  std::vector<Text> pathNames() const;
  bool hasIntegration(const std::string& path, const Text& method) const;
  void addPath(const Text& path, const Text& method) const;
  void makePathConditional(const Text& path, const Value& condition) const;
  void setTimeout(const std::string& path, const Text& method, const Value& timeout) const;

  using Visit = std::function<void(const Value& method_definition)>;
  /// The definitions of a method that have an integration (or all of them).
  void eachDefinition(const std::string& path, const Text& method, const Visit& visit, bool all = false) const;

 protected:
  DefinitionEditor() = default;
  Value document_, paths_;
};

/// Fails the document unless the value is a map.
void requireMap(const Value& value, const std::string& detail);
void requirePathItem(const Value& item, const std::string& path);
void requireMethodDefinition(const Value& definition, const std::string& path, const std::string& method);
bool definitionHasIntegration(const Value& definition);

/// d["a"]["b"] of the path "a.b"; null when a step is missing or null. Returns an error text where a step is no map.
Value deepGet(Value value, const std::vector<std::string>& path, std::string& error);

}  // namespace thimble::lang::sam

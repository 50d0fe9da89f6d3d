// Changes to an HTTP API's definition (OpenAPI 3).
#pragma once

#include <string>

#include "lang/sam/definition_editor.h"

namespace thimble::lang::sam {

class OpenApiEditor : public DefinitionEditor {
 public:
  /// Fails the document when the definition is no valid one.
  explicit OpenApiEditor(const Value& definition);
  static bool isValid(const Value& definition);
  static Value skeleton();

  /// True when the integration of this method calls that function.
  bool integrates(const std::string& path, const Text& method, const std::string& function_id) const;
  /// Nothing changes where the method has an integration already.
  void addLambdaIntegration(const Text& path, const Text& method, const Value& uri, const Value& condition);
  void addPathParameters(const std::string& path, const Text& method, const std::vector<Text>& names);
  void setPayloadVersion(const std::string& path, const Text& method, const Value& version);
  void addSecurityScheme(const Text& name, const Value& scheme);
  void setDefaultAuthorizer(const std::string& path, const Text& name, const Value& scopes);
  /// `authorizers`: the API's Auth.Authorizers.
  void addMethodAuth(const std::string& path, const Text& method, const Value& auth, const Value& authorizers);
  void addTags(const Value& tags);
  void setDisableEndpoint(const Value& disable);

  struct Cors {
    Value origins, headers, methods, expose_headers, max_age;
    bool credentials = false;
  };
  void addCors(const Cors& cors);
  void addDescription(const Value& description);
  void addTitle(const Value& title);

  Value result() const;

 private:
  Value schemes_, tags_, info_;
};

}  // namespace thimble::lang::sam

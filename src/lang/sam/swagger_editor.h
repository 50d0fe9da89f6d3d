// Changes to a REST API's definition.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lang/sam/api_authorizer.h"
#include "lang/sam/definition_editor.h"

namespace thimble::lang::sam {

/// What CORS is set up with; null where not given.
struct CorsSettings {
  Value origin, headers, methods, max_age;
  bool credentials = false;
};

class SwaggerEditor : public DefinitionEditor {
 public:
  /// Fails the document when the definition is no valid one.
  explicit SwaggerEditor(const Value& definition);
  static bool isValid(const Value& definition);
  /// A definition without paths, titled after the stack.
  static Value skeleton();

  struct LambdaIntegration {
    Value uri;
    Value event_auth, api_auth;  ///< Auth of the event and of the API; maps.
    Value condition;
    bool streams = false;
    std::string partition;
  };
  void addLambdaIntegration(const Text& path, const Text& method, const LambdaIntegration& integration);
  void addStateMachineIntegration(const Text& path, const Text& method, const Value& uri, const Value& credentials,
                                  const Value& request_templates, const Value& condition);
  void addCors(const Text& path, const CorsSettings& cors);
  void addBinaryMediaTypes(const Value& types);
  void setDisableEndpoint(const Value& disable);
  void addGatewayResponse(const Text& type, const Value& response);
  void addModels(const Value& models);

  void addAuthorizers(const Authorizers& authorizers, const std::string& partition);
  void addApiKeyDefinition();
  void setDefaultAuthorizer(const std::string& path, const Text& name, const Authorizers& authorizers,
                            bool also_on_preflight);
  void setDefaultApiKey(const std::string& path, bool also_on_preflight);
  /// Auth of one method: its authorizer, scopes and API key.
  void addMethodAuth(const std::string& path, const Text& method, const Value& auth, const Value& api);
  void addRequestModel(const std::string& path, const Text& method, const Value& model);
  void addRequestValidator(const std::string& path, const Text& method, bool body, bool parameters);
  /// Entries {"Name", "Required", "Caching"}.
  void addRequestParameters(const std::string& path, const Text& method, const std::vector<Value>& parameters);

  void addResourcePolicy(const Value& policy, const Text& path, const Value& stage);
  void addCustomStatements(const Value& statements);

  Value result() const;

 private:
  Value optionsMethod(const CorsSettings& cors, const Value& methods) const;
  void addIamDefinition();
  void setMethodAuthorizer(const std::string& path, const Text& method, const Value& name, const Value& authorizers,
                           const Value& scopes);
  void setMethodApiKey(const std::string& path, const Text& method, bool needed);
  Value pathResources(const Text& path, const Value& stage) const;
  void addStatement(const Value& statement, bool once);
  void addAccountStatement(const Value& accounts, const char* effect, const Value& resources);
  void addDenyUnless(const Value& resources, const Value& condition);
  /// Definitions of all methods with an integration, with the methods' normal names.
  std::vector<std::pair<std::string, Value>> allDefinitions(const std::string& path) const;
  Value existingSecurity(const Value& definition, const std::string& path, const std::string& method) const;

  Value security_, responses_, policy_, models_;
};

}  // namespace thimble::lang::sam

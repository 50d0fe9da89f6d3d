// Integrations of APIs with functions.
#pragma once

#include <string>

#include "lang/sam/resource.h"
#include "lang/sam/swagger_editor.h"
#include "lang/sam/value.h"

namespace thimble::lang::sam {

struct Context;

/// The URI that invokes the function.
Value integrationUri(const Resource& function, const std::string& partition, bool streams = false);

/// Where an event's method is, for its Auth.
struct MethodPlace {
  std::string event_id;
  Text method, path;
  Value stage;
};
/// Checks the event's Auth against the API's and puts it into the definition.
void addEventAuth(Context& context, SwaggerEditor& editor, const Value& auth, const Value& api,
                  const std::string& api_id, const MethodPlace& place);
/// "Unable to set Authorizer [...] ..." unless the authorizer is a string and the API has some.
void checkAuthorizerTypes(const MethodPlace& place, const Value& authorizer, const Value& authorizers,
                          bool iam_enabled);

}  // namespace thimble::lang::sam

#include "lang/sam/integration.h"

#include "lang/sam/context.h"
#include "lang/sam/fault.h"
#include "lang/sam/intrinsics.h"

namespace thimble::lang::sam {

Value integrationUri(const Resource& function, const std::string& partition, bool streams) {
  const Value arn = arnOf(function);
  const std::string text = "arn:" + partition + ":apigateway:${AWS::Region}:lambda:path/" +
                           (streams ? "2021-11-15" : "2015-03-31") + "/functions/" + shorthand(arn) +
                           (streams ? "/response-streaming-invocations" : "/invocations");
  const bool marked = arn.has("Fn::GetAtt") && function.logical_id.marked;
  return Value::hashedMap({{"Fn::Sub", Text(text, marked)}});
}

void checkAuthorizerTypes(const MethodPlace& place, const Value& authorizer, const Value& authorizers,
                          bool iam_enabled) {
  if (authorizer.is("NONE") || (authorizer.is("AWS_IAM") && iam_enabled)) return;
  if (authorizer.isText() && authorizers.isMap()) return;
  failEvent(place.event_id, "Unable to set Authorizer [" + pythonString(authorizer) + "] on API method [" +
                                place.method.text + "] for path [" + place.path.text +
                                "]. The method authorizer must be a string with a corresponding dict entry in the api "
                                "authorizer.");
}

void addEventAuth(Context& context, SwaggerEditor& editor, const Value& auth, const Value& api,
                  const std::string& api_id, const MethodPlace& place) {
  const std::string at = " on API method [" + place.method.text + "] for path [" + place.path.text + "] because ";
  const Value authorizer = auth["Authorizer"];
  const Value api_auth = context.resolve(api["Auth"]);
  if (authorizer.truthy()) {
    const Value authorizers = api_auth["Authorizers"];
    if (authorizers.truthy()) expectMap(authorizers, ofResource(api_id), "Auth.Authorizers");
    const std::string named = "Unable to set Authorizer [" + pythonString(authorizer) + "]" + at;
    if (authorizer.is("NONE")) {
      if (!api_auth["DefaultAuthorizer"].truthy()) {
        failEvent(place.event_id, "Unable to set Authorizer" + at +
                                      "'NONE' is only a valid value when a DefaultAuthorizer on the API is specified.");
      }
    } else if (!authorizer.is("AWS_IAM")) {
      if (!authorizers.truthy()) failEvent(place.event_id, named + "the related API does not define any Authorizers.");
      checkAuthorizerTypes(place, authorizer, authorizers, false);
      if (!authorizers[authorizer.str()].truthy()) {
        failEvent(place.event_id, named + "it wasn't defined in the API's Authorizers.");
      }
    }
  }
  if (const Value scopes = auth["AuthorizationScopes"]; scopes.truthy()) {
    expectList(scopes, ofEvent(place.event_id), "Auth.AuthorizationScopes");
    if (!authorizer.truthy()) failEvent(place.event_id, "AuthorizationScopes works only when Authorizer is set");
  }
  const Value api_key = auth["ApiKeyRequired"];
  if (!api_key.isNull() && !api_key.truthy() && !api_auth["ApiKeyRequired"].truthy()) {
    failEvent(place.event_id,
              "Unable to set ApiKeyRequired [False]" + at + "the related API does not specify any ApiKeyRequired.");
  }
  if (authorizer.truthy() || !api_key.isNull()) editor.addMethodAuth(place.path.text, place.method, auth, api);
  if (const Value policy = auth["ResourcePolicy"]; policy.truthy()) {
    expectMap(policy, ofResource(place.event_id), "Auth.ResourcePolicy");
    editor.addResourcePolicy(policy, place.path, place.stage);
    if (policy["CustomStatements"].truthy()) editor.addCustomStatements(policy["CustomStatements"]);
  }
}

}  // namespace thimble::lang::sam

// Parts of the expansion of AWS::Serverless::Function.
#pragma once

#include <string>

#include "lang/sam/context.h"
#include "lang/sam/properties.h"
#include "lang/sam/resource.h"

namespace thimble::lang::sam {

ResourcePointer makeLambdaFunction(Context& context, const Macro& macro);
/// True when Tracing is set to anything but Disabled.
bool tracingOn(const Context& context, const Macro& macro);

struct VersionAndAlias {
  ResourcePointer version, alias;
};
/// For AutoPublishAlias. The version's id is a hash of the code (and what else starts a new version).
VersionAndAlias makeVersionAndAlias(Context& context, const Macro& macro, Resource& function);

/// For FunctionUrlConfig: the URL and, where it is open to all, its permissions.
Resources makeFunctionUrl(const Macro& macro, const Resource& function, const Resource* alias);

struct InvokeConfig {
  Resources resources;
  Value policies = Value::list();  ///< What the role needs to reach the destinations.
};
/// For EventInvokeConfig.
InvokeConfig makeInvokeConfig(Context& context, const Macro& macro, const Resource& function, const Resource* alias,
                              const std::string& alias_name);

/// Registers DeploymentPreference and sets the alias's UpdatePolicy.
void applyDeploymentPreference(Context& context, const Macro& macro, Resource* alias);

}  // namespace thimble::lang::sam

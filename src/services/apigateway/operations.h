// The operations of API Gateway, each from the model value of its input to that of its output. Internal to the service.
#pragma once

#include "dispatch/registry.h"
#include "services/apigateway/document.h"
#include "wire/shapes/apigateway.h"

namespace thimble::services::apigateway {

using Operation = Outcome (*)(dispatch::Context& context, const Json& input);

/// Registers a transactional operation that works on model values.
template <class Op>
void addOperation(dispatch::Registry& registry, Operation operation) {
  registry.add<Op>(
      [operation](dispatch::Context& context, const typename Op::Input&) -> base::Result<typename Op::Output> {
        TRY_ASSIGN(const Json output, operation(context, context.call().input));
        return shapes::fromJson<typename Op::Output>(output);
      });
}

// One a file.
void registerRestApis(dispatch::Registry& registry);
void registerImports(dispatch::Registry& registry);
void registerExports(dispatch::Registry& registry);
void registerResources(dispatch::Registry& registry);
void registerMethods(dispatch::Registry& registry);
void registerIntegrations(dispatch::Registry& registry);
void registerModels(dispatch::Registry& registry);
void registerAuthorizers(dispatch::Registry& registry);
void registerGatewayResponses(dispatch::Registry& registry);
void registerDocumentation(dispatch::Registry& registry);
void registerDeployments(dispatch::Registry& registry);
void registerStages(dispatch::Registry& registry);
void registerKeys(dispatch::Registry& registry);
void registerAccount(dispatch::Registry& registry);

/// A new API of that name with its root resource and the models Empty and Error, not saved.
Api newApi(dispatch::Context& context, const std::string& name);
/// The output for an API, as UpdateRestApi and PutRestApi show it: with its tags, even if there are none.
Json apiWithTags(const Api& api);
/// Checks and normalises an integration's fields as PutIntegration does. `cache_namespace`: the resource's id.
Outcome makeIntegration(const Json& fields, const std::string& cache_namespace);
/// Adds a resource (to the document), whose parent must be there.
Outcome addResource(dispatch::Context& context, Json& document, const std::string& parent_id,
                    const std::string& path_part);
/// The method for change, or AWS's NotFoundException.
base::Result<Json*> findMethod(Json& document, const Json& input);
/// A stage's row as CreateStage makes it.
Json newStage(dispatch::Context& context, const std::string& name, const std::string& deployment_id, const Json& input);
/// Checks a stage's name.
base::Result<void> checkStageName(const std::string& name);

}  // namespace thimble::services::apigateway

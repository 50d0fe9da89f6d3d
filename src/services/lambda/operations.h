// The operations of Lambda, each from the model value of its input to that of its output. Internal to the service.
#pragma once

#include <memory>
#include <string>

#include "dispatch/kernel.h"
#include "dispatch/registry.h"
#include "services/lambda/records.h"
#include "wire/shapes/lambda.h"

namespace thimble::services::lambda {

class Functions;

using Outcome = base::Result<base::Json>;
using Operation = Outcome (*)(dispatch::Context& context, const base::Json& input);

/// Registers a transactional operation that works on model values.
template <class Op, class Handler>
void addOperation(dispatch::Registry& registry, Handler handler) {
  registry.add<Op>(
      [handler](dispatch::Context& context, const typename Op::Input&) -> base::Result<typename Op::Output> {
        TRY_ASSIGN(const base::Json output, handler(context, context.call().input));
        return shapes::fromJson<typename Op::Output>(output);
      });
}

// One a file.
void registerFunctions(dispatch::Registry& registry, Functions& functions);
void registerCode(dispatch::Registry& registry, Functions& functions);
void registerVersions(dispatch::Registry& registry);
void registerAliases(dispatch::Registry& registry);
void registerPolicies(dispatch::Registry& registry);
void registerSettings(dispatch::Registry& registry);
void registerTags(dispatch::Registry& registry);
void registerLayers(dispatch::Registry& registry, Functions& functions);
void registerInvoke(dispatch::Registry& registry, Functions& functions);
void registerAsyncInvocations(dispatch::Kernel& kernel);

/// The function that the input names, in FunctionName and Qualifier.
base::Result<FunctionReference> functionOf(const std::string& account, const std::string& region,
                                           const base::Json& input);
/// The same, if the caller may do this operation on it. Every operation on a function that operations.json leaves to
/// its handler to authorise begins with this.
base::Result<FunctionReference> functionOf(dispatch::Context& context, const base::Json& input);
/// May the caller do this operation on the function? A function of another account that is not there is told as
/// missing.
base::Result<void> authoriseOn(dispatch::Context& context, const FunctionReference& function);
/// As functionOf, with the function's document, which must be there.
struct FoundFunction {
  FunctionReference reference;
  base::Json document;
};
base::Result<FoundFunction> findFunctionOf(dispatch::Context& context, const base::Json& input);

/// A version's configuration as it is shown: under the qualifier by which it was asked for.
base::Json shownConfiguration(const Resolved& resolved);

/// Publishes "$LATEST" as the next version, or gives the last one when nothing has changed since.
base::Result<base::Json> publishVersion(dispatch::Context& context, const FunctionReference& function,
                                        base::Json& document, const std::string& description);

/// The next page's marker, opaque and safe in a query: hexadecimal of a row's key.
std::string markerOf(const std::string& key);
base::Result<std::string> keyOf(const base::Json& input);

}  // namespace thimble::services::lambda

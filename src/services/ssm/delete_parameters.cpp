// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameter.html, API_DeleteParameters.html
#include "services/ssm/parameters.h"

namespace thimble::services::ssm {
namespace {

namespace shape = shapes::ssm;

bool remove(dispatch::Context& context, const std::string& name) {
  const auto record = findParameter(context, name);
  if (record) kParameters.erase(context.transaction(), context.account(), context.region(), record->name());
  return record.has_value();
}

base::Result<shape::DeleteParameterResult> deleteParameter(dispatch::Context& context,
                                                           const shape::DeleteParameterRequest& input) {
  if (!remove(context, input.Name_)) return parameterNotFound();
  return shape::DeleteParameterResult{};
}

base::Result<shape::DeleteParametersResult> deleteParameters(dispatch::Context& context,
                                                             const shape::DeleteParametersRequest& input) {
  shape::DeleteParametersResult output;
  output.DeletedParameters_.emplace();
  output.InvalidParameters_.emplace();
  for (const std::string& name : input.Names_) {
    (remove(context, name) ? output.DeletedParameters_ : output.InvalidParameters_)->push_back(name);
  }
  return output;
}

}  // namespace

void registerDeleteParameters(dispatch::Registry& registry) {
  registry.add<shape::DeleteParameter>(deleteParameter);
  registry.add<shape::DeleteParameters>(deleteParameters);
}

}  // namespace thimble::services::ssm

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameter.html, API_DeleteParameters.html
#include "services/ssm/parameters.h"

namespace thimble::services::ssm {
namespace {

namespace shape = shapes::ssm;

bool remove(dispatch::SealedContext& context, const std::string& name) {
  const auto record = findParameter(context, name);
  if (record) {
    kParameters.erase(context.transaction(), context.account(), context.region(), record->name());
    emitChange(context, "Delete", *record);
  }
  return record.has_value();
}

base::Result<shape::DeleteParameterResult> deleteParameter(dispatch::SealedContext& context,
                                                           const shape::DeleteParameterRequest& input) {
  if (!remove(context, input.Name_)) return parameterNotFound();
  return shape::DeleteParameterResult{};
}

base::Result<shape::DeleteParametersResult> deleteParameters(dispatch::SealedContext& context,
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

void registerDeleteParameters(dispatch::Registry& registry, platform::Sealer& sealer) {
  dispatch::addSealed<shape::DeleteParameter>(registry, sealer, deleteParameter);
  dispatch::addSealed<shape::DeleteParameters>(registry, sealer, deleteParameters);
}

}  // namespace thimble::services::ssm

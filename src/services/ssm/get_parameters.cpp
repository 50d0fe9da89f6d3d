// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html, API_GetParameters.html,
// API_GetParametersByPath.html, API_GetParameterHistory.html
#include <algorithm>

#include "base/encoding.h"
#include "services/ssm/parameters.h"

namespace thimble::services::ssm {
namespace {

namespace shape = shapes::ssm;

base::Result<shape::GetParameterResult> getParameter(dispatch::Context& context,
                                                     const shape::GetParameterRequest& input) {
  TRY_ASSIGN(shape::Parameter parameter, selectParameter(context, input.Name_));
  shape::GetParameterResult output;
  output.Parameter_ = std::move(parameter);
  return output;
}

base::Result<shape::GetParametersResult> getParameters(dispatch::Context& context,
                                                       const shape::GetParametersRequest& input) {
  shape::GetParametersResult output;
  output.Parameters_.emplace();
  output.InvalidParameters_.emplace();
  for (const std::string& name : input.Names_) {
    auto parameter = selectParameter(context, name);
    if (parameter.ok()) {
      output.Parameters_->push_back(std::move(*parameter));
    } else {
      output.InvalidParameters_->push_back(name);
    }
  }
  return output;
}

base::Result<shape::GetParametersByPathResult> getParametersByPath(dispatch::Context& context,
                                                                   const shape::GetParametersByPathRequest& input) {
  if (input.Path_.compare(0, 1, "/") != 0) {
    return validationException(
        "The parameter doesn't meet the parameter name requirements. The parameter name must begin "
        "with a forward slash \"/\".");
  }
  if (input.ParameterFilters_ && !input.ParameterFilters_->empty()) {
    return base::ApiError{"InvalidFilterKey", "Filters of GetParametersByPath are not supported.", 400};
  }
  const std::string prefix = input.Path_.back() == '/' ? input.Path_ : input.Path_ + "/";
  const auto most = static_cast<std::size_t>(input.MaxResults_.value_or(10));
  std::string after;
  if (input.NextToken_) after = base::decodeHex(*input.NextToken_).value_or("");
  shape::GetParametersByPathResult output;
  output.Parameters_.emplace();
  for (const auto& entry :
       kParameters.scanAfter(context.transaction(), after, {}, context.account(), context.region())) {
    const std::string& name = entry.record.name();
    if (name.compare(0, prefix.size(), prefix) != 0) continue;
    if (!input.Recursive_.value_or(false) && name.find('/', prefix.size()) != std::string::npos) continue;
    if (output.Parameters_->size() == most) {
      output.NextToken_ = base::encodeHex(after);
      break;
    }
    after = entry.key;
    output.Parameters_->push_back(
        shownParameter(context, entry.record, entry.record.versions(entry.record.versions_size() - 1)));
  }
  return output;
}

base::Result<shape::GetParameterHistoryResult> getParameterHistory(dispatch::Context& context,
                                                                   const shape::GetParameterHistoryRequest& input) {
  auto record = findParameter(context, input.Name_);
  if (!record) return parameterNotFound();
  shape::GetParameterHistoryResult output;
  output.Parameters_.emplace();
  for (const rows::VersionRecord& version : record->versions()) {
    shape::ParameterHistory out;
    out.Name_ = record->name();
    out.Type_ = version.type();
    out.Value_ = version.value();
    out.Version_ = version.version();
    out.LastModifiedDate_ = base::Timestamp{version.modified()};
    out.LastModifiedUser_ = version.modified_user();
    if (!version.description().empty()) out.Description_ = version.description();
    if (!version.allowed_pattern().empty()) out.AllowedPattern_ = version.allowed_pattern();
    out.Labels_.emplace();
    out.Tier_ = version.tier();
    out.Policies_.emplace();
    out.DataType_ = version.data_type();
    output.Parameters_->push_back(std::move(out));
  }
  return output;
}

}  // namespace

void registerGetParameters(dispatch::Registry& registry) {
  registry.add<shape::GetParameter>(getParameter);
  registry.add<shape::GetParameters>(getParameters);
  registry.add<shape::GetParametersByPath>(getParametersByPath);
  registry.add<shape::GetParameterHistory>(getParameterHistory);
}

}  // namespace thimble::services::ssm

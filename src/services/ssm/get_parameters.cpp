// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html, API_GetParameters.html,
// API_GetParametersByPath.html, API_GetParameterHistory.html
#include <algorithm>

#include "base/encoding.h"
#include "services/ssm/parameters.h"

namespace thimble::services::ssm {
namespace {

namespace shape = shapes::ssm;

base::Result<shape::GetParameterResult> getParameter(dispatch::SealedContext& context,
                                                     const shape::GetParameterRequest& input) {
  TRY_ASSIGN(shape::Parameter parameter, selectParameter(context, input.Name_, input.WithDecryption_.value_or(false)));
  shape::GetParameterResult output;
  output.Parameter_ = std::move(parameter);
  return output;
}

base::Result<shape::GetParametersResult> getParameters(dispatch::SealedContext& context,
                                                       const shape::GetParametersRequest& input) {
  shape::GetParametersResult output;
  output.Parameters_.emplace();
  output.InvalidParameters_.emplace();
  for (const std::string& name : input.Names_) {
    auto parameter = selectParameter(context, name, input.WithDecryption_.value_or(false));
    if (parameter.ok()) {
      output.Parameters_->push_back(std::move(*parameter));
    } else if (parameter.error().http_status >= 500 || parameter.error().code.starts_with("AccessDenied")) {
      return std::move(parameter).error();
    } else {
      output.InvalidParameters_->push_back(name);
    }
  }
  return output;
}

/// Whether the filters Type, KeyId and Label let the parameter through; a label chooses the version.
base::Result<bool> passes(const std::optional<std::vector<shape::ParameterStringFilter>>& filters,
                          const rows::ParameterRecord& record, const rows::VersionRecord*& version) {
  for (const auto& filter : filters.value_or(std::vector<shape::ParameterStringFilter>())) {
    const auto values = filter.Values_.value_or(std::vector<std::string>());
    const auto listed = [&](const std::string& value) {
      return std::find(values.begin(), values.end(), value) != values.end();
    };
    if (filter.Key_ == "Type") {
      if (!listed(version->type())) return false;
    } else if (filter.Key_ == "KeyId") {
      if (!listed(version->key_id())) return false;
    } else if (filter.Key_ == "Label") {
      const auto found = std::find_if(record.versions().begin(), record.versions().end(), [&](const auto& each) {
        return std::any_of(each.labels().begin(), each.labels().end(), listed);
      });
      if (found == record.versions().end()) return false;
      version = &*found;
    } else {
      return base::ApiError{"InvalidFilterKey",
                            "The following filter key is not valid: " + filter.Key_ +
                                ". Valid filter keys include: [Type, KeyId, Label].",
                            400};
    }
  }
  return true;
}

base::Result<shape::GetParametersByPathResult> getParametersByPath(dispatch::SealedContext& context,
                                                                   const shape::GetParametersByPathRequest& input) {
  if (input.Path_.compare(0, 1, "/") != 0) {
    return validationException(
        "The parameter doesn't meet the parameter name requirements. The parameter name must begin "
        "with a forward slash \"/\".");
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
    if (!findParameter(context, name)) continue;  // Expired.
    const rows::VersionRecord* version = &entry.record.versions(entry.record.versions_size() - 1);
    TRY_ASSIGN(const bool wanted, passes(input.ParameterFilters_, entry.record, version));
    if (!wanted) continue;
    if (output.Parameters_->size() == most) {
      output.NextToken_ = base::encodeHex(after);
      break;
    }
    after = entry.key;
    TRY_ASSIGN(shape::Parameter shown,
               shownParameter(context, entry.record, *version, input.WithDecryption_.value_or(false)));
    output.Parameters_->push_back(std::move(shown));
  }
  return output;
}

base::Result<shape::GetParameterHistoryResult> getParameterHistory(dispatch::SealedContext& context,
                                                                   const shape::GetParameterHistoryRequest& input) {
  auto record = findParameter(context, input.Name_);
  if (!record) return parameterNotFound();
  shape::GetParameterHistoryResult output;
  output.Parameters_.emplace();
  for (const rows::VersionRecord& version : record->versions()) {
    shape::ParameterHistory out;
    out.Name_ = record->name();
    out.Type_ = version.type();
    TRY_ASSIGN(out.Value_, valueOf(context, *record, version, input.WithDecryption_.value_or(false)));
    if (!version.key_id().empty()) out.KeyId_ = version.key_id();
    out.Version_ = version.version();
    out.LastModifiedDate_ = base::Timestamp{version.modified()};
    out.LastModifiedUser_ = version.modified_user();
    if (!version.description().empty()) out.Description_ = version.description();
    if (!version.allowed_pattern().empty()) out.AllowedPattern_ = version.allowed_pattern();
    out.Labels_ = std::vector<std::string>(version.labels().begin(), version.labels().end());
    out.Tier_ = version.tier();
    out.Policies_ = shownPolicies(version);
    out.DataType_ = version.data_type();
    output.Parameters_->push_back(std::move(out));
  }
  return output;
}

}  // namespace

void registerGetParameters(dispatch::Registry& registry, platform::Sealer& sealer) {
  dispatch::addSealed<shape::GetParameter>(registry, sealer, getParameter);
  dispatch::addSealed<shape::GetParameters>(registry, sealer, getParameters);
  dispatch::addSealed<shape::GetParametersByPath>(registry, sealer, getParametersByPath);
  dispatch::addSealed<shape::GetParameterHistory>(registry, sealer, getParameterHistory);
}

}  // namespace thimble::services::ssm

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html
#include <algorithm>

#include "base/encoding.h"
#include "services/ssm/parameters.h"

namespace thimble::services::ssm {
namespace {

namespace shape = shapes::ssm;

bool isOneOf(const std::vector<std::string>& values, const std::string& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

/// Whether one filter lets the parameter through; an error for a key that is not supported.
base::Result<bool> passes(const shape::ParameterStringFilter& filter, const rows::ParameterRecord& record) {
  const std::vector<std::string> values = filter.Values_.value_or(std::vector<std::string>{});
  const std::string option = filter.Option_.value_or(filter.Key_ == "Path" ? "OneLevel" : "Equals");
  const rows::VersionRecord& version = record.versions(record.versions_size() - 1);
  const std::string& name = record.name();
  if (filter.Key_ == "Name") {
    return std::any_of(values.begin(), values.end(), [&](const std::string& value) {
      if (option == "BeginsWith") return name.compare(0, value.size(), value) == 0;
      if (option == "Contains") return name.find(value) != std::string::npos;
      return name == value || name == "/" + value || "/" + name == value;
    });
  }
  if (filter.Key_ == "Path") {
    return std::any_of(values.begin(), values.end(), [&](const std::string& value) {
      const std::string prefix = !value.empty() && value.back() == '/' ? value : value + "/";
      if (name.compare(0, prefix.size(), prefix) != 0) return false;
      return option == "Recursive" || name.find('/', prefix.size()) == std::string::npos;
    });
  }
  if (filter.Key_ == "Type") return isOneOf(values, version.type());
  if (filter.Key_ == "KeyId") return isOneOf(values, version.key_id());
  if (filter.Key_ == "Tier") return isOneOf(values, version.tier());
  if (filter.Key_ == "DataType") return isOneOf(values, version.data_type());
  if (filter.Key_.compare(0, 4, "tag:") == 0) {
    const auto tag = record.tags().find(filter.Key_.substr(4));
    return tag != record.tags().end() && (values.empty() || isOneOf(values, tag->second));
  }
  return base::ApiError{"InvalidFilterKey", "The filter key " + filter.Key_ + " is not supported.", 400};
}

base::Result<shape::DescribeParametersResult> describeParameters(dispatch::SealedContext& context,
                                                                 const shape::DescribeParametersRequest& input) {
  // The older form of filters: names are prefixes.
  std::vector<shape::ParameterStringFilter> filters =
      input.ParameterFilters_.value_or(std::vector<shape::ParameterStringFilter>());
  for (const auto& old : input.Filters_.value_or(std::vector<shape::ParametersFilter>())) {
    shape::ParameterStringFilter& filter = filters.emplace_back();
    filter.Key_ = old.Key_;
    filter.Values_ = old.Values_;
    if (old.Key_ == "Name") filter.Option_ = "BeginsWith";
  }
  const auto most = static_cast<std::size_t>(input.MaxResults_.value_or(50));
  std::string after;
  if (input.NextToken_) after = base::decodeHex(*input.NextToken_).value_or("");
  shape::DescribeParametersResult output;
  output.Parameters_.emplace();
  for (const auto& entry :
       kParameters.scanAfter(context.transaction(), after, {}, context.account(), context.region())) {
    bool wanted = findParameter(context, entry.record.name()).has_value();  // It may have expired.
    for (const auto& filter : filters) {
      TRY_ASSIGN(const bool passed, passes(filter, entry.record));
      wanted = wanted && passed;
    }
    if (!wanted) continue;
    if (output.Parameters_->size() == most) {
      output.NextToken_ = base::encodeHex(after);
      break;
    }
    after = entry.key;
    const rows::VersionRecord& version = entry.record.versions(entry.record.versions_size() - 1);
    shape::ParameterMetadata out;
    out.Name_ = entry.record.name();
    out.ARN_ = parameterArn(context, entry.record.name());
    out.Type_ = version.type();
    out.LastModifiedDate_ = base::Timestamp{version.modified()};
    out.LastModifiedUser_ = version.modified_user();
    if (!version.description().empty()) out.Description_ = version.description();
    if (!version.allowed_pattern().empty()) out.AllowedPattern_ = version.allowed_pattern();
    out.Version_ = version.version();
    out.Tier_ = version.tier();
    out.Policies_ = shownPolicies(version);
    if (!version.key_id().empty()) out.KeyId_ = version.key_id();
    out.DataType_ = version.data_type();
    output.Parameters_->push_back(std::move(out));
  }
  return output;
}

}  // namespace

void registerDescribeParameters(dispatch::Registry& registry, platform::Sealer& sealer) {
  dispatch::addSealed<shape::DescribeParameters>(registry, sealer, describeParameters);
}

}  // namespace thimble::services::ssm

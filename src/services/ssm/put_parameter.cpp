// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
#include <re2/re2.h>

#include <algorithm>

#include "services/ssm/parameters.h"

namespace thimble::services::ssm {
namespace {

namespace shape = shapes::ssm;

bool isNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         c == '-' || c == '/';
}

base::Result<void> checkName(const std::string& name) {
  if (!std::all_of(name.begin(), name.end(), isNameCharacter)) {
    return validationException(
        "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, it can consist of "
        "sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following "
        "3 "
        "symbols .-_");
  }
  std::string lower =
      name.substr(name.find_first_not_of('/') == std::string::npos ? 0 : name.find_first_not_of('/'), 3);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  if (lower == "aws")
    return base::ApiError{"AccessDeniedException", "No access to reserved parameter name: " + name + ".", 400};
  if (lower == "ssm") return checkName("!");
  if (name.find('/') != std::string::npos && name[0] != '/') {
    return validationException("Parameter name must be a fully qualified name.");
  }
  if (std::count(name.begin(), name.end(), '/') > 15) {
    return base::ApiError{"HierarchyLevelLimitExceededException",
                          "The depth of the parameter name hierarchy is above the maximum allowed: 15.", 400};
  }
  return {};
}

base::Result<void> checkValue(const std::string& value, const std::string& pattern, const std::string& tier) {
  const std::size_t most = tier == "Advanced" ? 8192 : 4096;
  if (value.size() > most) {
    return validationException(
        "Standard tier parameters support a maximum parameter value of 4096 characters. To create "
        "a larger parameter value, upgrade the parameter to use the advanced-parameter tier.");
  }
  if (pattern.empty()) return {};
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  const RE2 expression(pattern, options);
  if (!expression.ok()) {
    return base::ApiError{"InvalidAllowedPatternException",
                          "The regular expression is not supported: " + expression.error(), 400};
  }
  if (!RE2::FullMatch(value, expression)) {
    return base::ApiError{"ParameterPatternMismatchException",
                          "Parameter value, cannot be validated against allowedPattern: " + pattern, 400};
  }
  return {};
}

base::Result<shape::PutParameterResult> putParameter(dispatch::Context& context,
                                                     const shape::PutParameterRequest& input) {
  TRY(checkName(input.Name_));
  auto record = kParameters.get(context.transaction(), context.account(), context.region(), input.Name_);
  const bool overwrite = input.Overwrite_.value_or(false);
  if (record && !overwrite) {
    return base::ApiError{
        "ParameterAlreadyExists",
        "The parameter already exists. To overwrite this value, set the overwrite option in the request to "
        "true.",
        400};
  }
  if (!record && !input.Type_) {
    return validationException("A parameter type is required when you create a parameter.");
  }
  if (overwrite && input.Tags_ && !input.Tags_->empty()) {
    return validationException(
        "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, "
        "please remove overwrite flag. To update tags for an existing parameter, please use "
        "AddTagsToResource or RemoveTagsFromResource.");
  }
  rows::VersionRecord version;
  if (record) version = record->versions(record->versions_size() - 1);
  if (record && input.Type_ && *input.Type_ != version.type()) {
    return base::ApiError{
        "HierarchyTypeMismatchException",
        "The parameter is of type " + version.type() + ", which cannot be changed to " + *input.Type_ + ".", 400};
  }
  if (input.Type_) version.set_type(*input.Type_);
  if (version.type() == "SecureString") {
    return base::ApiError{"UnsupportedParameterType", "The parameter type SecureString is not supported.", 400};
  }
  if (input.Policies_ && !input.Policies_->empty() && *input.Policies_ != "[]") {
    return base::ApiError{"InvalidPolicyTypeException", "Parameter policies are not supported.", 400};
  }
  if (input.Description_) version.set_description(*input.Description_);
  if (input.AllowedPattern_) version.set_allowed_pattern(*input.AllowedPattern_);
  if (input.Tier_ || version.tier().empty())
    version.set_tier(input.Tier_.value_or("Standard") == "Advanced" ? "Advanced" : "Standard");
  if (input.DataType_ || version.data_type().empty()) version.set_data_type(input.DataType_.value_or("text"));
  version.set_value(input.Value_);
  TRY(checkValue(version.value(), version.allowed_pattern(), version.tier()));
  version.set_version(version.version() + 1);
  version.set_modified(context.now().milliseconds);
  version.set_modified_user(context.call().identity.arn);
  if (!record) {
    record.emplace();
    record->set_name(input.Name_);
    for (const auto& tag : input.Tags_.value_or(std::vector<shape::Tag>{}))
      (*record->mutable_tags())[tag.Key_] = tag.Value_;
  }
  if (record->versions_size() >= kMaxVersions) record->mutable_versions()->DeleteSubrange(0, 1);
  *record->add_versions() = version;
  kParameters.put(context.transaction(), *record, context.account(), context.region(), input.Name_);
  shape::PutParameterResult output;
  output.Version_ = version.version();
  output.Tier_ = version.tier();
  return output;
}

}  // namespace

void registerPutParameter(dispatch::Registry& registry) {
  registry.add<shape::PutParameter>(putParameter);
}

}  // namespace thimble::services::ssm

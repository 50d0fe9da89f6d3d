// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
#include <re2/re2.h>

#include <algorithm>

#include "services/ssm/parameters.h"

namespace thimble::services::ssm {
namespace {

namespace shape = shapes::ssm;

constexpr std::size_t kStandardValueBytes = 4096;
constexpr std::size_t kAdvancedValueBytes = 8192;

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
  const std::size_t most = tier == "Advanced" ? kAdvancedValueBytes : kStandardValueBytes;
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

/// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-policies.html
base::Result<void> checkPolicies(const std::string& text, const std::string& tier) {
  const auto policies = base::Json::parse(text);
  if (!policies.ok() || !policies->isArray()) {
    return base::ApiError{"InvalidPolicyAttributeException", "Policies is not a list of policies as JSON.", 400};
  }
  if (policies->size() > 0 && tier != "Advanced") {
    return validationException("Parameter policies are only supported for parameters of the Advanced tier.");
  }
  for (const base::Json& policy : policies->asArray()) {
    if (policy.stringAt("Type") != "Expiration") {
      return base::ApiError{"InvalidPolicyTypeException",
                            "The parameter policy type " + policy.stringAt("Type") + " is not supported.", 400};
    }
    if (!base::parseIso8601(policy["Attributes"].stringAt("Timestamp"))) {
      return base::ApiError{"InvalidPolicyAttributeException", "The Timestamp of a policy is not valid.", 400};
    }
  }
  return {};
}

base::Result<shape::PutParameterResult> putParameter(dispatch::SealedContext& context,
                                                     const shape::PutParameterRequest& input) {
  TRY(checkName(input.Name_));
  auto record = findParameter(context, input.Name_);
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
    if (input.KeyId_ || version.key_id().empty()) version.set_key_id(input.KeyId_.value_or("alias/aws/ssm"));
  } else if (input.KeyId_) {
    return validationException("KeyId is only valid for parameters of the type SecureString.");
  }
  if (input.Description_) version.set_description(*input.Description_);
  if (input.AllowedPattern_) version.set_allowed_pattern(*input.AllowedPattern_);
  const std::string tier = input.Tier_.value_or(version.tier().empty() ? "Standard" : version.tier());
  const bool needs_advanced = input.Value_.size() > kStandardValueBytes || input.Policies_.value_or("[]").size() > 2;
  version.set_tier(tier == "Intelligent-Tiering" ? (needs_advanced ? "Advanced" : "Standard") : tier);
  if (input.Policies_) {
    TRY(checkPolicies(*input.Policies_, version.tier()));
    version.set_policies(*input.Policies_);
  }
  if (input.DataType_ || version.data_type().empty()) version.set_data_type(input.DataType_.value_or("text"));
  TRY(checkValue(input.Value_, version.allowed_pattern(), version.tier()));
  version.set_version(version.version() + 1);
  version.clear_labels();
  setValue(context, input.Name_, version, input.Value_);
  version.set_modified(context.now().milliseconds);
  version.set_modified_user(context.call().identity.arn);
  if (!record) {
    record.emplace();
    record->set_name(input.Name_);
    for (const auto& tag : input.Tags_.value_or(std::vector<shape::Tag>{}))
      (*record->mutable_tags())[tag.Key_] = tag.Value_;
  }
  if (record->versions_size() >= kMaxVersions) {
    if (!record->versions(0).labels().empty()) {
      return base::ApiError{
          "ParameterMaxVersionLimitExceeded",
          "You attempted to create a new version of " + input.Name_ +
              " by calling the PutParameter API with the overwrite flag. Version " +
              std::to_string(record->versions(0).version()) +
              ", the oldest version, can't be deleted because it has a label associated with it. Move "
              "the label to another version of the parameter, and try again.",
          400};
    }
    record->mutable_versions()->DeleteSubrange(0, 1);
  }
  *record->add_versions() = version;
  kParameters.put(context.transaction(), *record, context.account(), context.region(), input.Name_);
  emitChange(context, record->versions_size() == 1 && version.version() == 1 ? "Create" : "Update", *record);
  shape::PutParameterResult output;
  output.Version_ = version.version();
  output.Tier_ = version.tier();
  return output;
}

}  // namespace

void registerPutParameter(dispatch::Registry& registry, platform::Sealer& sealer) {
  dispatch::addSealed<shape::PutParameter>(registry, sealer, putParameter);
}

}  // namespace thimble::services::ssm

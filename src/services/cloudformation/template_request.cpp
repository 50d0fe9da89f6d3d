#include "services/cloudformation/template_request.h"

#include <algorithm>
#include <set>

#include "dispatch/call_record.h"
#include "lang/template/document.h"
#include "lang/template/validate.h"
#include "services/cloudformation/errors.h"
#include "services/cloudformation/resources/recipe.h"

#if __has_include("lang/sam/transform.h")
#include "lang/sam/transform.h"
#define THIMBLE_HAS_SAM 1
#endif

namespace thimble::services::cloudformation {
namespace {

using base::Json;
namespace templates = lang::template_;

base::Result<void> checkCapabilities(const TemplateRequest& request, const templates::Prepared& prepared,
                                     const google::protobuf::RepeatedPtrField<std::string>& given) {
  const auto has = [&](std::string_view name) { return std::find(given.begin(), given.end(), name) != given.end(); };
  if (request.transforms_need_capability && !prepared.transforms.empty() && !has("CAPABILITY_AUTO_EXPAND")) {
    return insufficientCapabilities("CAPABILITY_AUTO_EXPAND");
  }
  const std::string needed = requiredIamCapability(prepared.document);
  if (needed.empty() || has("CAPABILITY_NAMED_IAM")) return {};
  if (needed == "CAPABILITY_IAM" && has("CAPABILITY_IAM")) return {};
  return insufficientCapabilities(needed);
}

/// "AWS::*", "AWS::EC2::*", "Custom::*" or a type's whole name.
bool isAllowedType(const std::string& type, const std::vector<std::string>& allowed) {
  return std::any_of(allowed.begin(), allowed.end(), [&](const std::string& pattern) {
    if (pattern == type) return true;
    if (pattern.size() < 4 || pattern.compare(pattern.size() - 3, 3, "::*") != 0) return false;
    return type.compare(0, pattern.size() - 1, pattern, 0, pattern.size() - 1) == 0;
  });
}

base::Result<void> checkResourceTypes(const TemplateRequest& request, const templates::Prepared& prepared) {
  if (!request.resource_types || request.resource_types->empty()) return {};
  for (const std::string& type : templates::resourceTypes(prepared.document)) {
    if (isAllowedType(type, *request.resource_types)) continue;
    std::string list;
    for (const std::string& allowed : *request.resource_types) list += (list.empty() ? "" : ", ") + allowed;
    return validationError("Resource type " + type + " is not allowed by parameter ResourceTypes [" + list + "]");
  }
  return {};
}

/// Types that are not here are as those that AWS does not have in a region: refused before anything is made. Those of
/// resources that do not exist under the conditions do not matter.
base::Result<void> checkTypesThatExist(const templates::Prepared& prepared) {
  std::set<std::string> types;
  for (const std::string& logical_id : prepared.order) types.insert(prepared.resource(logical_id).stringAt("Type"));
  return checkTypesAreThere(types);
}

std::vector<templates::GivenParameter> givenParameters(const TemplateRequest& request) {
  std::vector<templates::GivenParameter> given;
  for (const auto& parameter : request.parameters.value_or(std::vector<shapes::cloudformation::Parameter>{})) {
    given.push_back({parameter.ParameterKey_.value_or(""), parameter.ParameterValue_,
                     parameter.UsePreviousValue_.value_or(false), parameter.ResolvedValue_});
  }
  return given;
}

base::Result<std::string> templateBody(const TemplateRequest& request, const rows::StackInput* previous) {
  if (request.use_previous) {
    if (request.body || request.has_url) {
      return validationError("You cannot specify both usePreviousTemplate and Template Body/Template URL.");
    }
    if (previous == nullptr) return validationError("No previous template is there to be used.");
    return previous->template_body();
  }
  if (!request.body) return validationError("Either Template URL or Template Body must be specified.");
  if (request.body->size() > (request.has_url ? 1'000'000u : 51'200u)) {
    return validationError(
        "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must "
        "have length less than or equal to 51200");
  }
  return *request.body;
}

base::Result<void> setTags(const TemplateRequest& request, rows::StackInput& input) {
  if (!request.tags) return {};
  input.clear_tags();
  std::set<std::string> keys;
  if (request.tags->size() > 50) return validationError("Tag count exceeds the limit of 50.");
  for (const auto& tag : *request.tags) {
    if (!keys.insert(tag.Key_).second) return validationError("Duplicate tag keys found. Please use unique tag keys.");
    if (tag.Key_.compare(0, 4, "aws:") == 0) {
      return validationError("aws: prefixed tag key names are not allowed for external use.");
    }
    rows::TagRecord& record = *input.add_tags();
    record.set_key(tag.Key_);
    record.set_value(tag.Value_);
  }
  return {};
}

}  // namespace

dispatch::rows::CallRecord callerRecord(const dispatch::Call& call) {
  dispatch::Call caller;
  caller.identity = call.identity;
  caller.input = Json::object();
  return dispatch::toRecord(caller);
}

templates::Transforms transforms(base::Timestamp now) {
  templates::Transforms all;
#ifdef THIMBLE_HAS_SAM
  all["AWS::Serverless-2016-10-31"] = [now](const Json& document,
                                            const templates::Scope& scope) -> templates::Outcome<Json> {
    lang::sam::TransformInput input;
    input.document = document;
    input.parameter_values = Json::object();
    for (const auto& parameter : scope.parameters) {
      input.parameter_values.set(parameter.key, parameter.stored ? parameter.value : Json(parameter.text));
    }
    input.parameter_values.set("AWS::Region", Json(scope.pseudo.region));
    input.parameter_values.set("AWS::AccountId", Json(scope.pseudo.account));
    input.parameter_values.set("AWS::Partition", Json(scope.pseudo.partition));
    input.parameter_values.set("AWS::StackName", Json(scope.pseudo.stack_name));
    input.parameter_values.set("AWS::StackId", Json(scope.pseudo.stack_id));
    input.region = scope.pseudo.region;
    input.partition = scope.pseudo.partition;
    input.now_seconds = now.seconds();
    auto output = lang::sam::transform(input);
    if (!output.ok()) {
      return templates::TemplateError{"Transform AWS::Serverless-2016-10-31 failed with: " + output.error().message};
    }
    return std::move(*output);
  };
#else
  (void)now;
#endif
  return all;
}

base::Result<void> checkTypesAreThere(const std::set<std::string>& types) {
  std::string list;
  for (const std::string& type : types) {
    if (findResourceType(type) == nullptr) list += (list.empty() ? "" : ", ") + type;
  }
  if (list.empty()) return {};
  return validationError("Template format error: Unrecognized resource types: [" + list + "]");
}

base::Result<Json> readTemplate(const std::string& body) {
  auto document = templates::readDocument(body);
  if (!document.ok()) return validationError(document.error().message);
  auto names = templates::declaredTransforms(*document);
  if (!names.ok()) return validationError(names.error().message);
  auto valid = templates::validateTemplate(*document, !names->empty());
  if (!valid.ok()) return validationError(valid.error().message);
  return std::move(*document);
}

std::string requiredIamCapability(const Json& document, std::string* reason) {
  std::set<std::string> types;
  bool named = false;
  const Json& resources = document["Resources"];
  if (!resources.isObject()) return {};
  for (const auto& [name, resource] : resources.asObject()) {
    const std::string type = resource.stringAt("Type");
    if (type.compare(0, 10, "AWS::IAM::") != 0 && type != "AWS::CloudFormation::Stack") continue;
    // A nested stack may hold IAM resources; what it holds is known only when it is created.
    if (type == "AWS::CloudFormation::Stack") continue;
    types.insert(type);
    for (const char* property : {"RoleName", "ManagedPolicyName", "UserName", "GroupName", "InstanceProfileName"}) {
      const bool names_itself = std::string(property) == type.substr(10) + "Name";
      if (names_itself && resource["Properties"].contains(property)) named = true;
    }
  }
  if (types.empty()) return {};
  if (reason != nullptr) {
    std::string list;
    for (const std::string& type : types) list += (list.empty() ? "" : ", ") + type;
    *reason = "The following resource(s) require capabilities: [" + list + "]";
  }
  return named ? "CAPABILITY_NAMED_IAM" : "CAPABILITY_IAM";
}

base::Result<RequestedStack> readRequest(dispatch::Context& context, const TemplateRequest& request,
                                         const rows::StackRecord& stack, const rows::StackInput* previous) {
  RequestedStack result;
  rows::StackInput& input = result.input;
  if (previous != nullptr) {
    *input.mutable_tags() = previous->tags();
    *input.mutable_notification_arns() = previous->notification_arns();
    input.set_role_arn(previous->role_arn());
  }
  TRY_ASSIGN(std::string body, templateBody(request, previous));
  input.set_template_body(body);
  TRY(setTags(request, input));
  if (request.notification_arns) {
    input.clear_notification_arns();
    for (const std::string& arn : *request.notification_arns) input.add_notification_arns(arn);
  }
  if (request.capabilities) {
    for (const std::string& capability : *request.capabilities) input.add_capabilities(capability);
  }
  if (request.role_arn) input.set_role_arn(*request.role_arn);
  *input.mutable_caller() = callerRecord(context.call());

  auto document = templates::readDocument(body);
  if (!document.ok()) return validationError(document.error().message);
  const std::vector<templates::ParameterValue> before =
      previous == nullptr ? std::vector<templates::ParameterValue>{} : toParameters(*previous);
  auto prepared = templates::prepare(*document, givenParameters(request), before, pseudoOf(stack, input),
                                     transforms(context.now()));
  if (!prepared.ok()) return validationError(prepared.error().message);
  TRY(checkTypesThatExist(*prepared));
  TRY(checkResourceTypes(request, *prepared));
  TRY(checkCapabilities(request, *prepared, input.capabilities()));
  input.set_processed_json(prepared->document.write());
  input.set_transformed(!prepared->transforms.empty());
  input.set_description(prepared->document.stringAt("Description"));
  setParameters(input, prepared->scope.parameters);
  result.prepared = std::move(*prepared);
  return result;
}

}  // namespace thimble::services::cloudformation

// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplate.html, API_ValidateTemplate.html,
// API_GetTemplateSummary.html
#include <set>

#include "lang/template/validate.h"
#include "services/cloudformation/change_sets.h"
#include "services/cloudformation/errors.h"
#include "services/cloudformation/operations.h"
#include "services/cloudformation/template_fetch.h"
#include "services/cloudformation/template_request.h"

namespace thimble::services::cloudformation {
namespace {

using base::Json;
namespace shape = shapes::cloudformation;
namespace templates = lang::template_;

base::Result<shape::GetTemplateOutput> getTemplate(dispatch::Context& context, const shape::GetTemplateInput& input) {
  rows::StackInput source;
  if (input.ChangeSetName_) {
    TRY_ASSIGN(rows::ChangeSetRecord change_set, findChangeSet(context, *input.ChangeSetName_, input.StackName_));
    source = change_set.input();
  } else {
    if (!input.StackName_) return validationError("StackName is required if ChangeSetName is not specified.");
    auto stack = findStack(context.transaction(), context.account(), context.region(), *input.StackName_);
    if (!stack) return stackWithIdDoesNotExist(*input.StackName_);
    if (stack->current().template_body().empty()) {
      return validationError("Template for stack [" + stack->name() + "] is not available.");
    }
    source = stack->current();
  }
  const bool processed = input.TemplateStage_.value_or("Original") == "Processed";
  shape::GetTemplateOutput output;
  output.TemplateBody_ = processed && source.transformed() ? source.processed_json() : source.template_body();
  output.StagesAvailable_ = std::vector<std::string>{"Original", "Processed"};
  return output;
}

base::Result<Json> readBody(const std::optional<std::string>& body) {
  if (!body) return validationError("Either Template URL or Template Body must be specified.");
  return readTemplate(*body);
}

/// What capabilities a template asks for, its transforms' included.
void setCapabilities(const Json& document, std::optional<std::vector<std::string>>& capabilities,
                     std::optional<std::string>& reason) {
  std::string text;
  const std::string iam = requiredIamCapability(document, &text);
  auto names = templates::declaredTransforms(document);
  std::vector<std::string> all;
  if (!iam.empty()) all.push_back(iam);
  if (names.ok() && !names->empty()) {
    all.push_back("CAPABILITY_AUTO_EXPAND");
    text = "The following resource(s) require capabilities: [" + names->front() + "]";
  }
  if (all.empty()) return;
  capabilities = all;
  reason = text;
}

/// As far as it can be known without parameters: transforms make types of others, and conditions leave some out.
base::Result<void> checkTypes(const Json& document) {
  auto names = templates::declaredTransforms(document);
  if (!names.ok() || !names->empty()) return {};
  std::set<std::string> types;
  for (const auto& [name, resource] : document["Resources"].asObject()) {
    if (!resource.contains("Condition")) types.insert(resource.stringAt("Type"));
  }
  return checkTypesAreThere(types);
}

base::Result<shape::ValidateTemplateOutput> validateTemplate(dispatch::Context&,
                                                             const shape::ValidateTemplateInput& input) {
  TRY_ASSIGN(Json document, readBody(input.TemplateBody_));
  TRY(checkTypes(document));
  shape::ValidateTemplateOutput output;
  output.Parameters_.emplace();
  const Json& parameters = document["Parameters"];
  for (const auto& [key, declaration] : parameters.isObject() ? parameters.asObject() : base::JsonObject()) {
    shape::TemplateParameter parameter;
    parameter.ParameterKey_ = key;
    if (declaration.contains("Default")) parameter.DefaultValue_ = templates::scalarText(declaration["Default"]);
    parameter.NoEcho_ = templates::scalarText(declaration["NoEcho"]) == "true";
    if (declaration.contains("Description")) parameter.Description_ = declaration.stringAt("Description");
    output.Parameters_->push_back(std::move(parameter));
  }
  if (document.contains("Description")) output.Description_ = document.stringAt("Description");
  setCapabilities(document, output.Capabilities_, output.CapabilitiesReason_);
  auto names = templates::declaredTransforms(document);
  if (names.ok() && !names->empty()) output.DeclaredTransforms_ = *names;
  return output;
}

shape::ParameterDeclaration shownDeclaration(const std::string& key, const Json& declaration) {
  shape::ParameterDeclaration out;
  out.ParameterKey_ = key;
  if (declaration.contains("Default")) out.DefaultValue_ = templates::scalarText(declaration["Default"]);
  out.ParameterType_ = declaration.stringAt("Type");
  out.NoEcho_ = templates::scalarText(declaration["NoEcho"]) == "true";
  if (declaration.contains("Description")) out.Description_ = declaration.stringAt("Description");
  shape::ParameterConstraints constraints;
  if (const Json* allowed = declaration.find("AllowedValues")) {
    constraints.AllowedValues_.emplace();
    for (const Json& value : allowed->asArray()) constraints.AllowedValues_->push_back(templates::scalarText(value));
  }
  out.ParameterConstraints_ = constraints;
  return out;
}

base::Result<shape::GetTemplateSummaryOutput> getTemplateSummary(dispatch::Context& context,
                                                                 const shape::GetTemplateSummaryInput& input) {
  Json document;
  if (input.StackName_) {
    auto stack = findStack(context.transaction(), context.account(), context.region(), *input.StackName_);
    if (!stack) return stackWithIdDoesNotExist(*input.StackName_);
    if (stack->status() == "REVIEW_IN_PROGRESS") {
      return validationError("GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.");
    }
    TRY_ASSIGN(document, readBody(stack->current().template_body()));
  } else {
    TRY_ASSIGN(document, readBody(input.TemplateBody_));
  }
  shape::GetTemplateSummaryOutput output;
  output.Parameters_.emplace();
  const Json& parameters = document["Parameters"];
  for (const auto& [key, declaration] : parameters.isObject() ? parameters.asObject() : base::JsonObject()) {
    output.Parameters_->push_back(shownDeclaration(key, declaration));
  }
  if (document.contains("Description")) output.Description_ = document.stringAt("Description");
  if (document.contains("AWSTemplateFormatVersion")) output.Version_ = document.stringAt("AWSTemplateFormatVersion");
  if (document.contains("Metadata")) output.Metadata_ = document["Metadata"].write();
  setCapabilities(document, output.Capabilities_, output.CapabilitiesReason_);
  auto names = templates::declaredTransforms(document);
  if (names.ok() && !names->empty()) output.DeclaredTransforms_ = *names;
  output.ResourceTypes_ = templates::resourceTypes(document);
  output.ResourceIdentifierSummaries_.emplace();
  for (const std::string& type : *output.ResourceTypes_) {
    shape::ResourceIdentifierSummary summary;
    summary.ResourceType_ = type;
    summary.LogicalResourceIds_.emplace();
    for (const auto& [name, resource] : document["Resources"].asObject()) {
      if (resource.stringAt("Type") == type) summary.LogicalResourceIds_->push_back(name);
    }
    output.ResourceIdentifierSummaries_->push_back(std::move(summary));
  }
  return output;
}

}  // namespace

void registerTemplates(dispatch::Registry& registry) {
  registry.add<shape::GetTemplate>(getTemplate);
  addWithUrl<shape::ValidateTemplate>(registry, &shape::ValidateTemplateInput::TemplateURL_,
                                      &shape::ValidateTemplateInput::TemplateBody_, validateTemplate);
  addWithUrl<shape::GetTemplateSummary>(registry, &shape::GetTemplateSummaryInput::TemplateURL_,
                                        &shape::GetTemplateSummaryInput::TemplateBody_, getTemplateSummary);
}

}  // namespace thimble::services::cloudformation

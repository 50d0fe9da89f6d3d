#include "lang/template/prepare.h"

#include <algorithm>

#include "lang/template/graph.h"
#include "lang/template/language_extensions.h"
#include "lang/template/references.h"
#include "lang/template/validate.h"

namespace thimble::lang::template_ {
namespace {

using base::Json;

constexpr char kLanguageExtensions[] = "AWS::LanguageExtensions";

Outcome<void> checkRules(const Json& rules, const Scope& scope) {
  if (!rules.isObject()) return {};
  for (const auto& [name, rule] : rules.asObject()) {
    if (const Json* condition = rule.find("RuleCondition")) {
      TRY_ASSIGN(const bool applies, evaluateCondition(*condition, scope));
      if (!applies) continue;
    }
    const Json& assertions = rule["Assertions"];
    if (!assertions.isArray()) continue;
    for (const Json& assertion : assertions.asArray()) {
      TRY_ASSIGN(const bool holds, evaluateCondition(assertion["Assert"], scope));
      if (holds) continue;
      const std::string description = assertion.stringAt("AssertDescription");
      return TemplateError{"Template validation error: Rule " + name +
                           " failed: " + (description.empty() ? assertion["Assert"].write() : description)};
    }
  }
  return {};
}

/// References to resources whose condition is false.
std::set<std::string> skippedReferences(const Json& value, const Prepared& prepared) {
  // Only the branches that conditions choose count, so the value is evaluated and asks for what it needs.
  class Probe final : public References {
   public:
    Probe(const Prepared& prepared, std::set<std::string>& missing) : prepared_(prepared), missing_(missing) {}
    Outcome<std::optional<Json>> ref(const std::string& resource) const override { return note(resource); }
    Outcome<std::optional<Json>> getAtt(const std::string& resource, const std::string&) const override {
      return note(resource);
    }
    Outcome<std::optional<Json>> importValue(const std::string&) const override { return std::optional<Json>(); }

   private:
    Outcome<std::optional<Json>> note(const std::string& resource) const {
      if (prepared_.needs.find(resource) == prepared_.needs.end()) missing_.insert(resource);
      return std::optional<Json>();
    }
    const Prepared& prepared_;
    std::set<std::string>& missing_;
  };
  std::set<std::string> missing;
  const Probe probe(prepared, missing);
  (void)evaluate(value, prepared.scope, probe);
  return missing;
}

TemplateError unresolved(const std::set<std::string>& names, const char* section) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return {"Unresolved resource dependencies [" + list + "] in the " + section + " block of the template"};
}

bool isSkipped(const Json& entry, const Scope& scope) {
  const Json* condition = entry.find("Condition");
  if (condition == nullptr || !condition->isString()) return false;
  const auto found = scope.conditions.find(condition->asString());
  return found != scope.conditions.end() && !found->second;
}

/// Keeps the resources and needs that exist under the conditions.
Outcome<void> orderResources(Prepared& prepared) {
  TRY_ASSIGN(std::vector<std::string> order, creationOrder(prepared.document));
  auto needs = dependencies(prepared.document);
  for (std::string& name : order) {
    if (isSkipped(prepared.resource(name), prepared.scope)) continue;
    prepared.needs[name] = needs[name];
    prepared.order.push_back(std::move(name));
  }
  for (auto& [name, others] : prepared.needs) {
    for (auto it = others.begin(); it != others.end();) {
      it = prepared.needs.count(*it) == 0 ? others.erase(it) : std::next(it);
    }
  }
  std::set<std::string> missing;
  for (const std::string& name : prepared.order)
    missing.merge(skippedReferences(prepared.resource(name)["Properties"], prepared));
  if (!missing.empty()) return unresolved(missing, "Resources");
  const Json& outputs = prepared.document["Outputs"];
  if (!outputs.isObject()) return {};
  for (const auto& [name, output] : outputs.asObject()) {
    if (!isSkipped(output, prepared.scope)) missing.merge(skippedReferences(output["Value"], prepared));
  }
  if (!missing.empty()) return unresolved(missing, "Outputs");
  return {};
}

}  // namespace

Outcome<Prepared> prepare(const Json& document, const std::vector<GivenParameter>& given,
                          const std::vector<ParameterValue>& previous, const Pseudo& pseudo,
                          const Transforms& transforms) {
  Prepared prepared;
  prepared.original = document;
  prepared.document = document;
  TRY_ASSIGN(prepared.transforms, declaredTransforms(document));
  TRY(validateTemplate(document, !prepared.transforms.empty()));
  for (const std::string& name : prepared.transforms) {
    if (name != kLanguageExtensions && transforms.count(name) == 0) {
      return TemplateError{"Transform " + name + " is not supported"};
    }
  }
  prepared.scope.pseudo = pseudo;
  prepared.scope.mappings = document["Mappings"];
  TRY_ASSIGN(prepared.scope.parameters, resolveParameters(document["Parameters"], given, previous));
  // CloudFormation applies the language extensions first, whatever the order in the template.
  if (std::find(prepared.transforms.begin(), prepared.transforms.end(), kLanguageExtensions) !=
      prepared.transforms.end()) {
    TRY_ASSIGN(prepared.document, expandLanguageExtensions(prepared.document, prepared.scope));
  }
  for (const std::string& name : prepared.transforms) {
    if (name == kLanguageExtensions) continue;
    TRY_ASSIGN(prepared.document, transforms.at(name)(prepared.document, prepared.scope));
  }
  prepared.document.erase("Transform");
  if (!prepared.transforms.empty()) {
    TRY(validateTemplate(prepared.document));
    prepared.scope.mappings = prepared.document["Mappings"];
    TRY_ASSIGN(prepared.scope.parameters, resolveParameters(prepared.document["Parameters"], given, previous));
  }
  TRY(checkRules(prepared.document["Rules"], prepared.scope));
  TRY(arrange(prepared));
  return prepared;
}

Outcome<void> arrange(Prepared& prepared) {
  TRY_ASSIGN(prepared.scope.conditions, evaluateConditions(prepared.document["Conditions"], prepared.scope));
  return orderResources(prepared);
}

std::vector<std::string> resourceTypes(const Json& document) {
  std::set<std::string> types;
  const Json& resources = document["Resources"];
  if (resources.isObject()) {
    for (const auto& [name, resource] : resources.asObject()) types.insert(resource.stringAt("Type"));
  }
  return {types.begin(), types.end()};
}

}  // namespace thimble::lang::template_

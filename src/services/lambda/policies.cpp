// AddPermission, RemovePermission, GetPolicy: the resource policies of functions, versions and aliases.
#include "base/arn.h"
#include "services/lambda/errors.h"
#include "services/lambda/operations.h"
#include "services/lambda/policy_statement.h"

namespace thimble::services::lambda {
namespace {

using base::Json;

/// The qualifier under which a policy is kept: empty for the function itself.
base::Result<std::string> policyKey(dispatch::Context& context, const FoundFunction& found) {
  const std::string& qualifier = found.reference.qualifier;
  if (qualifier == "$LATEST") {
    return invalidParameter("We currently do not support adding policies for $LATEST.");
  }
  if (!qualifier.empty() && !found.document["Aliases"].contains(qualifier) &&
      !findVersion(context.transaction(), found.reference, qualifier)) {
    const bool version = qualifier.find_first_not_of("0123456789") == std::string::npos;
    const std::string arn = found.reference.qualifiedArn();
    return version ? functionNotFound(arn) : aliasNotFound(arn);
  }
  return qualifier;
}

void save(dispatch::Context& context, FoundFunction& found, const std::string& key, const Json& policy) {
  Json policies = found.document["Policies"];
  if (policy["Statement"].size() == 0) {
    policies.erase(key);
  } else {
    policies.set(key, policy);
  }
  found.document.set("Policies", std::move(policies));
  Json revisions = found.document["PolicyRevisions"];
  revisions.set(key, context.random().uuid());
  found.document.set("PolicyRevisions", std::move(revisions));
  putFunction(context.transaction(), found.reference, found.document);
}

base::Result<void> checkRevision(const FoundFunction& found, const std::string& key, const Json& input) {
  const std::string revision = input.stringAt("RevisionId");
  if (!revision.empty() && revision != found.document["PolicyRevisions"].stringAt(key)) {
    return revisionMismatch("GetPolicy");
  }
  return {};
}

Outcome addPermission(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(FoundFunction found, findFunctionOf(context, input));
  TRY_ASSIGN(const std::string key, policyKey(context, found));
  TRY(checkRevision(found, key, input));
  TRY_ASSIGN(const Json statement, permissionStatement(input, found.reference.qualifiedArn()));
  Json policy = found.document["Policies"][key];
  TRY(addStatement(policy, statement));
  save(context, found, key, policy);
  return Json::object({{"Statement", statement.write()}});
}

Outcome removePermission(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(FoundFunction found, findFunctionOf(context, input));
  TRY_ASSIGN(const std::string key, policyKey(context, found));
  Json policy = found.document["Policies"][key];
  if (policy.isNull()) return resourceNotFound("No policy is associated with the given resource.");
  if (!removeStatement(policy, input.stringAt("StatementId"))) {
    return resourceNotFound("Statement " + input.stringAt("StatementId") + " is not found in resource policy.");
  }
  TRY(checkRevision(found, key, input));
  save(context, found, key, policy);
  return Json::object();
}

Outcome getPolicy(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const FoundFunction found, findFunctionOf(context, input));
  const std::string& key = found.reference.qualifier;
  const Json& policy = found.document["Policies"][key];
  if (policy.isNull()) return resourceNotFound("The resource you requested does not exist.");
  return Json::object({{"Policy", policy.write()}, {"RevisionId", found.document["PolicyRevisions"][key]}});
}

}  // namespace

void registerPolicies(dispatch::Registry& registry) {
  addOperation<shapes::lambda::AddPermission>(registry, addPermission);
  addOperation<shapes::lambda::RemovePermission>(registry, removePermission);
  addOperation<shapes::lambda::GetPolicy>(registry, getPolicy);
  registry.addResourcePolicy(
      "lambda", [](store::Transaction& transaction, const std::string& arn) -> std::optional<std::string> {
        const base::Result<FunctionReference> function = parseFunction(arn, std::nullopt, "", "");
        if (!function.ok()) return std::nullopt;
        const std::optional<Json> document = findFunction(transaction, *function);
        if (!document) return std::nullopt;
        const Json& policy =
            (*document)["Policies"][function->qualifier == "$LATEST" ? std::string() : function->qualifier];
        return policy.isNull() ? std::nullopt : std::optional<std::string>(policy.write());
      });
}

}  // namespace thimble::services::lambda

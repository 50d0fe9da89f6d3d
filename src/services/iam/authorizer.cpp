#include "services/iam/authorizer.h"

#include "base/arn.h"
#include "dispatch/authorization_row.h"
#include "lang/policy/denial.h"
#include "services/iam/caller_policies.h"
#include "services/iam/condition_keys.h"
#include "services/iam/policies.h"
#include "services/iam/principals.h"
#include "services/iam/refusals.h"

namespace thimble::services::iam {
namespace {

using dispatch::Identity;
using lang::policy::Evaluation;
using lang::policy::PolicySet;
using lang::policy::Request;

/// A session of the role, whose name is the last part of the ARN.
Identity sessionOf(const std::string& role_arn, const rows::RoleRecord& role, const std::string& session_name) {
  Identity identity;
  identity.kind = Identity::Kind::AssumedRole;
  identity.account = base::parseArn(role_arn)->account;
  identity.arn = "arn:aws:sts::" + identity.account + ":assumed-role/" + role.principal().name() + "/" + session_name;
  identity.user_id = role.principal().id() + ":" + session_name;
  identity.role_arn = role_arn;
  identity.session_name = session_name;
  return identity;
}

/// IAM's rows of operations.json have names without paths; the ARNs of users, groups and roles have them. One that is
/// left out means the caller; one that is being made has the path of the input.
std::string withPath(store::Transaction& transaction, const dispatch::Call& call, const std::string& resource) {
  const auto arn = base::parseArn(resource);
  if (!arn || arn->service != "iam" || arn->account != call.account) return resource;
  const std::size_t slash = arn->resource.find('/');
  if (slash == std::string::npos) return resource;
  const std::string type = arn->resource.substr(0, slash);
  const std::string name = arn->resource.substr(slash + 1);
  if (type == "user" && name == "*" && call.identity.kind == Identity::Kind::User) return call.identity.arn;
  const std::string key = keyName(name);
  std::string path = call.input.stringAt("Path", "/");
  if (type == "user") {
    if (const auto user = kUsers.get(transaction, call.account, key)) path = user->principal().path();
  } else if (type == "group") {
    if (const auto group = kGroups.get(transaction, call.account, key)) path = group->principal().path();
  } else if (type == "role") {
    if (const auto role = kRoles.get(transaction, call.account, key)) path = role->principal().path();
  } else if (type == "instance-profile") {
    if (const auto profile = kInstanceProfiles.get(transaction, call.account, key)) path = profile->path();
  } else if (type != "policy" || !call.operation.starts_with("Create")) {
    return resource;
  }
  return arnOf(call.account, type, path, name);
}

}  // namespace

Authorizer::Authorizer(const dispatch::Registry& registry, const platform::Clock& clock, dispatch::DenialLog& denials,
                       Mode mode)
    : registry_(registry), clock_(clock), denials_(denials), mode_(mode) {}

std::optional<std::string> Authorizer::managedPolicy(store::Transaction& transaction, const std::string& arn) {
  return policyDocument(transaction, arn);
}

PolicySet Authorizer::resourcePolicies(store::Transaction& transaction, const std::string& resource) {
  PolicySet policies;
  const auto arn = base::parseArn(resource);
  if (!arn) return policies;
  if (arn->account != "aws") policies.resource_account = arn->account;  // AWS's managed policies are everyone's.
  const dispatch::Registry::ResourcePolicy* find = registry_.findResourcePolicy(arn->service);
  if (find == nullptr) return policies;
  if (const auto document = (*find)(transaction, resource)) {
    policies.resource.push_back({"the policy of " + resource, cache_.compile(*document)});
  }
  return policies;
}

base::Result<void> Authorizer::refuse(const dispatch::Call& call, const Request& request, const PolicySet& policies,
                                      const Evaluation& evaluation, base::ApiError error) {
  dispatch::Denial denial;
  denial.time = clock_.now();
  denial.request_id = call.request_id;
  denial.service = call.service;
  denial.operation = call.operation;
  denial.principal = !request.principal.arn.empty()       ? request.principal.arn
                     : !request.principal.service.empty() ? request.principal.service
                                                          : "anonymous";
  denial.action = request.action;
  denial.resource = request.resource;
  denial.message = error.message;
  denial.explanation = lang::policy::explain(request, policies, evaluation);
  denial.allowed_anyway = mode_ == Mode::Observe;
  denials_.record(std::move(denial));
  if (mode_ == Mode::Observe) return {};
  return error;
}

base::Result<void> Authorizer::authorise(store::Transaction& transaction, const dispatch::Call& call,
                                         const shapes::Operation& operation) {
  const shapes::Authorisation& row = operation.authorisation;
  if (row.action.empty() && call.identity.kind == Identity::Kind::Anonymous && !operation.unsigned_call) {
    return base::ApiError{"MissingAuthenticationToken", "Missing Authentication Token", 403};
  }
  dispatch::ConditionValues conditions;
  const bool root = call.identity.kind == Identity::Kind::Root;
  if (!root) {
    for (const shapes::ConditionKey& key : row.condition_keys) {
      auto values = dispatch::fillTemplateIfPresent(key.value, call);
      if (!values.empty()) conditions[std::string(key.key)] = std::move(values);
    }
  }
  if (!row.by_handler && !row.action.empty()) {
    for (const std::string_view resource_template : row.resources) {
      for (const std::string& resource : dispatch::fillTemplate(resource_template, call)) {
        const std::string full = !root && call.service == "iam" ? withPath(transaction, call, resource) : resource;
        TRY(authorise(transaction, call, row.action, full, conditions));
      }
    }
  }
  // The root user may pass any role. That holds even for one of another account: templates often carry the ARN of a
  // role on AWS, and the open door knows only one account. Whether the service may assume it is seen when it is used.
  if (root) return {};
  for (const shapes::PassRole& passed : row.passes_role) {
    for (const std::string& role : dispatch::fillTemplateIfPresent(passed.role, call)) {
      if (!role.starts_with("arn:")) continue;  // The handler refuses what is no ARN.
      const std::string full = call.service == "iam" ? withPath(transaction, call, role) : role;
      TRY(authorise(transaction, call, "iam:PassRole", full, {{"iam:PassedToService", {std::string(passed.service)}}}));
    }
  }
  return {};
}

base::Result<void> Authorizer::authorise(store::Transaction& transaction, const dispatch::Call& call,
                                         std::string_view action, std::string_view resource,
                                         const dispatch::ConditionValues& conditions) {
  PolicySet policies = resourcePolicies(transaction, std::string(resource));
  const bool own = policies.resource_account.empty() || policies.resource_account == call.identity.account;
  // The root user in its own account, with no policy on the resource: by far the most calls.
  const bool plain_root = call.identity.kind == Identity::Kind::Root && call.identity.session_policies.empty();
  if (plain_root && own && policies.resource.empty()) return {};

  CallerPolicies caller = policiesOfCaller(transaction, cache_, call.identity);
  policies.identity = std::move(caller.policies.identity);
  policies.boundary = std::move(caller.policies.boundary);
  policies.session = std::move(caller.policies.session);
  Request request;
  request.principal = principalOf(call.identity);
  request.action = action;
  request.resource = resource;
  addGlobalKeys(call, caller.tags, clock_.now(), request.keys);
  if (!policies.resource_account.empty()) request.keys.set("aws:ResourceAccount", policies.resource_account);
  for (const auto& [key, values] : conditions) request.keys.setAll(key, values);

  const Evaluation evaluation = lang::policy::evaluate(request, policies);
  if (evaluation.allowed()) return {};
  return refuse(call, request, policies, evaluation, accessDenied(call, request, evaluation));
}

base::Result<Identity> Authorizer::assume(store::Transaction& transaction, const dispatch::RoleToAssume& role) {
  const auto record = findRole(transaction, role.role_arn);
  dispatch::Call call;
  call.identity.kind = Identity::Kind::Service;
  call.identity.arn = role.service_principal;
  call.service = "sts";
  call.operation = "AssumeRole";
  call.source_arn = role.source_arn;
  const auto arn = base::parseArn(role.role_arn);
  if (arn) call.account = arn->account;

  Request request;
  request.principal = principalOf(call.identity);
  request.action = "sts:AssumeRole";
  request.resource = role.role_arn;
  PolicySet policies;
  policies.trust = true;
  Evaluation evaluation;
  evaluation.decided_by = lang::policy::PolicyType::RoleTrust;
  if (record) {
    policies.resource.push_back({"the trust policy of " + role.role_arn, cache_.compile(record->trust_policy())});
    addGlobalKeys(call, {}, clock_.now(), request.keys);
    request.keys.set("sts:RoleSessionName", role.session_name);
    evaluation = lang::policy::evaluate(request, policies);
  }
  if (!evaluation.allowed()) {
    TRY(refuse(call, request, policies, evaluation, cannotAssume(role)));
  }
  // Where refusals are only observed, a role that does not exist has a session without policies.
  return sessionOf(role.role_arn, record.value_or(rows::RoleRecord{}), role.session_name);
}

base::Result<dispatch::AssumedRole> Authorizer::assume(store::Transaction& transaction, const dispatch::Call& call,
                                                       const dispatch::RoleAssumption& assumption) {
  const auto record = findRole(transaction, assumption.role_arn);
  CallerPolicies caller = policiesOfCaller(transaction, cache_, call.identity);
  PolicySet policies = std::move(caller.policies);
  policies.trust = true;
  const auto arn = base::parseArn(assumption.role_arn);
  if (arn) policies.resource_account = arn->account;
  if (record) {
    policies.resource.push_back({"the trust policy of " + assumption.role_arn, cache_.compile(record->trust_policy())});
  }
  Request request;
  request.principal = principalOf(call.identity);
  request.resource = assumption.role_arn;
  addGlobalKeys(call, caller.tags, clock_.now(), request.keys);
  request.keys.set("sts:RoleSessionName", assumption.session_name);
  if (!assumption.external_id.empty()) request.keys.set("sts:ExternalId", assumption.external_id);
  if (!assumption.source_identity.empty()) request.keys.set("sts:SourceIdentity", assumption.source_identity);
  if (!assumption.transitive_tag_keys.empty()) {
    request.keys.setAll("sts:TransitiveTagKeys", assumption.transitive_tag_keys);
  }
  std::vector<std::string> actions{assumption.action};
  if (!assumption.session_tags.empty()) actions.push_back("sts:TagSession");
  if (!assumption.source_identity.empty()) actions.push_back("sts:SetSourceIdentity");
  for (std::string& action : actions) {
    request.action = std::move(action);
    const Evaluation evaluation = lang::policy::evaluate(request, policies);
    if (evaluation.allowed()) continue;
    const base::ApiError error = accessDenied(call, request, evaluation);
    TRY(refuse(call, request, policies, evaluation, error));
    if (!record) return error;
  }
  dispatch::AssumedRole assumed;
  assumed.identity = sessionOf(assumption.role_arn, *record, assumption.session_name);
  assumed.identity.session_tags = assumption.session_tags;
  assumed.identity.transitive_tag_keys = assumption.transitive_tag_keys;
  assumed.max_session_seconds = record->max_session_seconds();
  return assumed;
}

}  // namespace thimble::services::iam

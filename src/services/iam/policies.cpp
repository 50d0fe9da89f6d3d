#include "services/iam/policies.h"

#include "base/arn.h"
#include "lang/policy/validate.h"
#include "services/iam/errors.h"
#include "services/iam/managed_policies.h"
#include "services/iam/paging.h"
#include "services/iam/principals.h"
#include "services/iam/registration.h"
#include "services/iam/tags.h"
#include "wire/shapes/iam.h"

namespace thimble::services::iam {
namespace {

using shapes::iam::CreatePolicy;
using shapes::iam::DeletePolicy;
using shapes::iam::GetPolicy;
using shapes::iam::ListEntitiesForPolicy;
using shapes::iam::ListPolicies;

constexpr std::int64_t kMaxPolicyCharacters = 6144;

/// The record's key in an ARN; nothing when it is no ARN of a policy of some account.
struct PolicyKey {
  std::string account;
  std::string path;
  std::string name;
};
std::optional<PolicyKey> policyKey(const std::string& arn_text) {
  const auto arn = base::parseArn(arn_text);
  if (!arn || arn->service != "iam" || !arn->resource.starts_with("policy/")) return std::nullopt;
  const std::size_t slash = arn->resource.rfind('/');
  return PolicyKey{arn->account, arn->resource.substr(6, slash - 5), arn->resource.substr(slash + 1)};
}

std::optional<rows::PolicyRecord> findPolicy(store::Transaction& transaction, const PolicyKey& key) {
  auto policy = kPolicies.get(transaction, key.account, keyName(key.name));
  if (!policy || policy->name() != key.name || policy->path() != key.path) return std::nullopt;
  return policy;
}

struct Usage {
  std::int64_t attachments = 0;
  std::int64_t boundaries = 0;
};
Usage usageOf(dispatch::Context& context, const std::string& arn) {
  Usage usage;
  for (const auto& entry : kAttachments.scan(context.transaction(), {}, context.account(), arn)) {
    store::KeyReader reader(entry.key);
    for (int i = 0; i < 3; ++i) reader.text();
    const bool boundary = reader.text().value_or("").ends_with("Boundary");
    ++(boundary ? usage.boundaries : usage.attachments);
  }
  return usage;
}

enum class Shown { Created, Listed, Full };

shapes::iam::Policy describe(dispatch::Context& context, const rows::PolicyRecord& policy, Shown shown) {
  const std::string arn = arnOf(context.account(), policy);
  const Usage usage = usageOf(context, arn);
  shapes::iam::Policy out;
  out.PolicyName_ = policy.name();
  out.PolicyId_ = policy.id();
  out.Arn_ = arn;
  out.Path_ = policy.path();
  out.DefaultVersionId_ = "v" + std::to_string(policy.default_version());
  out.AttachmentCount_ = usage.attachments;
  out.PermissionsBoundaryUsageCount_ = usage.boundaries;
  out.IsAttachable_ = true;
  out.CreateDate_ = base::Timestamp{policy.created()};
  out.UpdateDate_ = base::Timestamp{policy.updated()};
  if (shown == Shown::Full && !policy.description().empty()) out.Description_ = policy.description();
  if (shown == Shown::Full) out.Tags_ = tagsOf(policy.tags());
  if (shown == Shown::Created) out.Tags_ = tagsOrNothing(policy.tags());
  return out;
}

shapes::iam::Policy describe(dispatch::Context& context, const ManagedPolicy& policy, Shown shown) {
  const Usage usage = usageOf(context, policy.arn);
  shapes::iam::Policy out;
  out.PolicyName_ = policy.name;
  out.PolicyId_ = policy.id;
  out.Arn_ = policy.arn;
  out.Path_ = policy.path;
  out.DefaultVersionId_ = policy.version;
  out.AttachmentCount_ = usage.attachments;
  out.PermissionsBoundaryUsageCount_ = usage.boundaries;
  out.IsAttachable_ = true;
  out.CreateDate_ = policy.created;
  out.UpdateDate_ = policy.updated;
  if (shown == Shown::Full) out.Tags_.emplace();
  return out;
}

base::Result<CreatePolicy::Output> createPolicy(dispatch::Context& context, const CreatePolicy::Input& input) {
  TRY(checkManagedDocument(input.PolicyDocument_));
  if (kPolicies.has(context.transaction(), context.account(), keyName(input.PolicyName_))) {
    return entityAlreadyExists("A policy called " + input.PolicyName_ +
                               " already exists. Duplicate names are not allowed.");
  }
  rows::PolicyRecord policy;
  policy.set_name(input.PolicyName_);
  policy.set_path(input.Path_.value_or("/"));
  policy.set_id(newId(context.random(), "ANPA"));
  policy.set_created(wholeSeconds(context).milliseconds);
  policy.set_updated(policy.created());
  policy.set_description(input.Description_.value_or(""));
  if (input.Tags_) TRY(addTags(*policy.mutable_tags(), *input.Tags_));
  rows::PolicyVersion& version = *policy.add_versions();
  version.set_number(1);
  version.set_document(input.PolicyDocument_);
  version.set_created(policy.created());
  policy.set_default_version(1);
  policy.set_last_version(1);
  savePolicy(context, policy);
  CreatePolicy::Output output;
  output.Policy_ = describe(context, policy, Shown::Created);
  return output;
}

base::Result<GetPolicy::Output> getPolicy(dispatch::Context& context, const GetPolicy::Input& input) {
  GetPolicy::Output output;
  if (const ManagedPolicy* managed = findManagedPolicy(input.PolicyArn_)) {
    output.Policy_ = describe(context, *managed, Shown::Full);
    return output;
  }
  TRY_ASSIGN(const rows::PolicyRecord policy, loadPolicy(context, input.PolicyArn_));
  output.Policy_ = describe(context, policy, Shown::Full);
  return output;
}

base::Result<DeletePolicy::Output> deletePolicy(dispatch::Context& context, const DeletePolicy::Input& input) {
  TRY_ASSIGN(const rows::PolicyRecord policy, loadPolicy(context, input.PolicyArn_));
  const Usage usage = usageOf(context, input.PolicyArn_);
  if (usage.attachments + usage.boundaries > 0) return deleteConflict("Cannot delete a policy attached to entities.");
  if (policy.versions_size() > 1) {
    return deleteConflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The "
        "default version is deleted with the policy.");
  }
  kPolicies.erase(context.transaction(), context.account(), keyName(policy.name()));
  return DeletePolicy::Output{};
}

base::Result<ListPolicies::Output> listPolicies(dispatch::Context& context, const ListPolicies::Input& input) {
  const std::string scope = input.Scope_.value_or("All");
  std::vector<shapes::iam::Policy> policies;
  const auto add = [&](shapes::iam::Policy policy) {
    if (!policy.Path_->starts_with(input.PathPrefix_.value_or("/"))) return;
    if (input.OnlyAttached_.value_or(false) && *policy.AttachmentCount_ == 0) return;
    if (input.PolicyUsageFilter_ == "PermissionsBoundary" && *policy.PermissionsBoundaryUsageCount_ == 0) return;
    policies.push_back(std::move(policy));
  };
  if (scope != "AWS") {
    for (const auto& entry : kPolicies.scan(context.transaction(), {}, context.account())) {
      add(describe(context, entry.record, Shown::Listed));
    }
  }
  if (scope != "Local") {
    for (const auto& [arn, policy] : managedPolicies()) {
      if (!policy.retired) add(describe(context, policy, Shown::Listed));
    }
  }
  const auto order = [](const shapes::iam::Policy& policy) { return *policy.Arn_; };
  std::sort(policies.begin(), policies.end(), [&](const auto& a, const auto& b) { return order(a) < order(b); });
  TRY_ASSIGN(auto page, paginate(std::move(policies), input.Marker_, input.MaxItems_, order));
  ListPolicies::Output output;
  setPaging(page, output);
  output.Policies_ = std::move(page.items);
  return output;
}

base::Result<ListEntitiesForPolicy::Output> listEntitiesForPolicy(dispatch::Context& context,
                                                                  const ListEntitiesForPolicy::Input& input) {
  TRY(attachablePolicyName(context, input.PolicyArn_));
  struct Entity {
    std::string kind, name, id;
  };
  const bool boundaries = input.PolicyUsageFilter_ == "PermissionsBoundary";
  const bool only_attached = input.PolicyUsageFilter_ == "PermissionsPolicy";
  std::vector<Entity> entities;
  for (const auto& entry : kAttachments.scan(context.transaction(), {}, context.account(), input.PolicyArn_)) {
    store::KeyReader reader(entry.key);
    for (int i = 0; i < 3; ++i) reader.text();
    std::string kind = reader.text().value_or("");
    const bool boundary = kind.ends_with("Boundary");
    if ((boundaries && !boundary) || (only_attached && boundary)) continue;
    if (boundary) kind.resize(kind.size() - 8);
    const std::string filter = input.EntityFilter_.value_or(kind);
    if (filter != kind && (filter == "User" || filter == "Group" || filter == "Role")) continue;
    if (input.PathPrefix_) {
      const Kind which = kind == "User" ? Kind::User : kind == "Group" ? Kind::Group : Kind::Role;
      TRY_ASSIGN(const Holder holder, Holder::load(context, which, entry.record.name()));
      if (!holder.principal().path().starts_with(*input.PathPrefix_)) continue;
    }
    entities.push_back({kind, entry.record.name(), entry.record.id()});
  }
  const auto order = [](const Entity& entity) { return entity.kind + "/" + keyName(entity.name); };
  std::sort(entities.begin(), entities.end(), [&](const auto& a, const auto& b) { return order(a) < order(b); });
  TRY_ASSIGN(auto page, paginate(std::move(entities), input.Marker_, input.MaxItems_, order));
  ListEntitiesForPolicy::Output output;
  output.PolicyGroups_.emplace();
  output.PolicyRoles_.emplace();
  output.PolicyUsers_.emplace();
  for (const Entity& entity : page.items) {
    if (entity.kind == "Group") {
      output.PolicyGroups_->push_back({entity.name, entity.id});
    } else if (entity.kind == "Role") {
      output.PolicyRoles_->push_back({entity.name, entity.id});
    } else {
      output.PolicyUsers_->push_back({entity.name, entity.id});
    }
  }
  setPaging(page, output);
  return output;
}

}  // namespace

std::string arnOf(const std::string& account, const rows::PolicyRecord& policy) {
  return arnOf(account, "policy", policy.path(), policy.name());
}

base::Result<rows::PolicyRecord> loadPolicy(dispatch::Context& context, const std::string& arn) {
  const auto key = policyKey(arn);
  if (!key) return invalidInput("ARN " + arn + " is not valid.");
  if (key->account == context.account()) {
    if (auto policy = findPolicy(context.transaction(), *key)) return *std::move(policy);
  }
  return policyNotFound(arn);
}

void savePolicy(dispatch::Context& context, const rows::PolicyRecord& policy) {
  kPolicies.put(context.transaction(), policy, context.account(), keyName(policy.name()));
}

base::Result<std::string> attachablePolicyName(dispatch::Context& context, const std::string& arn) {
  if (const ManagedPolicy* managed = findManagedPolicy(arn)) return managed->name;
  const auto key = policyKey(arn);
  if (!key) return invalidInput("ARN " + arn + " is not valid.");
  if (key->account == context.account() && findPolicy(context.transaction(), *key)) return key->name;
  return policyNotAttachable(arn);
}

std::optional<std::string> policyDocument(store::Transaction& transaction, const std::string& arn) {
  if (const ManagedPolicy* managed = findManagedPolicy(arn)) return managed->document;
  const auto key = policyKey(arn);
  if (!key) return std::nullopt;
  const auto policy = findPolicy(transaction, *key);
  if (!policy) return std::nullopt;
  const rows::PolicyVersion* version = findVersion(*policy, policy->default_version());
  return version ? std::optional(version->document()) : std::nullopt;
}

const rows::PolicyVersion* findVersion(const rows::PolicyRecord& policy, std::int64_t number) {
  for (const rows::PolicyVersion& version : policy.versions()) {
    if (version.number() == number) return &version;
  }
  return nullptr;
}

base::Result<void> checkManagedDocument(const std::string& document) {
  if (auto message = lang::policy::malformedPolicyMessage(document, lang::policy::DocumentKind::Managed)) {
    return malformedPolicyDocument(*std::move(message));
  }
  std::int64_t characters = 0;
  for (const char c : document) characters += c != ' ' && c != '\n' && c != '\t' && c != '\r';
  if (characters > kMaxPolicyCharacters) return quotaExceeded("PolicySize", kMaxPolicyCharacters);
  return {};
}

void registerPolicies(dispatch::Registry& registry) {
  registry.add<CreatePolicy>(createPolicy);
  registry.add<GetPolicy>(getPolicy);
  registry.add<DeletePolicy>(deletePolicy);
  registry.add<ListPolicies>(listPolicies);
  registry.add<ListEntitiesForPolicy>(listEntitiesForPolicy);
}

}  // namespace thimble::services::iam

// Versions of managed policies.
#include <charconv>

#include "base/encoding.h"
#include "services/iam/errors.h"
#include "services/iam/managed_policies.h"
#include "services/iam/paging.h"
#include "services/iam/policies.h"
#include "services/iam/principals.h"
#include "services/iam/registration.h"
#include "wire/shapes/iam.h"

namespace thimble::services::iam {
namespace {

using shapes::iam::CreatePolicyVersion;
using shapes::iam::DeletePolicyVersion;
using shapes::iam::GetPolicyVersion;
using shapes::iam::ListPolicyVersions;
using shapes::iam::SetDefaultPolicyVersion;

constexpr int kMaxVersions = 5;

base::ApiError noSuchVersion(const std::string& arn, const std::string& version) {
  return noSuchEntity("Policy " + arn + " version " + version + " does not exist or is not attachable.");
}

/// "v3" is 3; 0 for what is no version.
std::int64_t versionNumber(const std::string& text) {
  std::int64_t number = 0;
  if (text.starts_with('v')) std::from_chars(text.data() + 1, text.data() + text.size(), number);
  return number;
}

shapes::iam::PolicyVersion describe(const rows::PolicyRecord& policy, const rows::PolicyVersion& version,
                                    bool with_document) {
  shapes::iam::PolicyVersion out;
  out.VersionId_ = "v" + std::to_string(version.number());
  out.IsDefaultVersion_ = version.number() == policy.default_version();
  out.CreateDate_ = base::Timestamp{version.created()};
  if (with_document) out.Document_ = base::encodePercent(version.document());
  return out;
}

shapes::iam::PolicyVersion describe(const ManagedPolicy& policy, bool with_document) {
  shapes::iam::PolicyVersion out;
  out.VersionId_ = policy.version;
  out.IsDefaultVersion_ = true;
  out.CreateDate_ = policy.updated;
  if (with_document) out.Document_ = base::encodePercent(policy.document);
  return out;
}

base::Result<CreatePolicyVersion::Output> createPolicyVersion(dispatch::Context& context,
                                                              const CreatePolicyVersion::Input& input) {
  TRY_ASSIGN(rows::PolicyRecord policy, loadPolicy(context, input.PolicyArn_));
  TRY(checkManagedDocument(input.PolicyDocument_));
  if (policy.versions_size() >= kMaxVersions) {
    return limitExceeded(
        "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing "
        "version.");
  }
  policy.set_last_version(policy.last_version() + 1);
  rows::PolicyVersion& version = *policy.add_versions();
  version.set_number(policy.last_version());
  version.set_document(input.PolicyDocument_);
  version.set_created(wholeSeconds(context).milliseconds);
  if (input.SetAsDefault_.value_or(false)) policy.set_default_version(version.number());
  policy.set_updated(version.created());
  savePolicy(context, policy);
  CreatePolicyVersion::Output output;
  output.PolicyVersion_ = describe(policy, version, false);
  return output;
}

base::Result<GetPolicyVersion::Output> getPolicyVersion(dispatch::Context& context,
                                                        const GetPolicyVersion::Input& input) {
  GetPolicyVersion::Output output;
  if (const ManagedPolicy* managed = findManagedPolicy(input.PolicyArn_)) {
    if (input.VersionId_ != managed->version) return noSuchVersion(input.PolicyArn_, input.VersionId_);
    output.PolicyVersion_ = describe(*managed, true);
    return output;
  }
  TRY_ASSIGN(const rows::PolicyRecord policy, loadPolicy(context, input.PolicyArn_));
  const rows::PolicyVersion* version = findVersion(policy, versionNumber(input.VersionId_));
  if (!version) return noSuchVersion(input.PolicyArn_, input.VersionId_);
  output.PolicyVersion_ = describe(policy, *version, true);
  return output;
}

base::Result<ListPolicyVersions::Output> listPolicyVersions(dispatch::Context& context,
                                                            const ListPolicyVersions::Input& input) {
  std::vector<shapes::iam::PolicyVersion> versions;
  if (const ManagedPolicy* managed = findManagedPolicy(input.PolicyArn_)) {
    versions.push_back(describe(*managed, false));
  } else {
    TRY_ASSIGN(const rows::PolicyRecord policy, loadPolicy(context, input.PolicyArn_));
    for (auto version = policy.versions().rbegin(); version != policy.versions().rend(); ++version) {
      versions.push_back(describe(policy, *version, false));
    }
  }
  // Newest first: the order value counts down.
  TRY_ASSIGN(auto page, paginate(std::move(versions), input.Marker_, input.MaxItems_,
                                 [](const shapes::iam::PolicyVersion& version) {
                                   return std::to_string(1'000'000'000 - versionNumber(*version.VersionId_));
                                 }));
  ListPolicyVersions::Output output;
  setPaging(page, output);
  output.Versions_ = std::move(page.items);
  return output;
}

base::Result<DeletePolicyVersion::Output> deletePolicyVersion(dispatch::Context& context,
                                                              const DeletePolicyVersion::Input& input) {
  TRY_ASSIGN(rows::PolicyRecord policy, loadPolicy(context, input.PolicyArn_));
  const std::int64_t number = versionNumber(input.VersionId_);
  if (!findVersion(policy, number)) return noSuchVersion(input.PolicyArn_, input.VersionId_);
  if (number == policy.default_version()) return deleteConflict("Cannot delete the default version of a policy.");
  auto& versions = *policy.mutable_versions();
  versions.erase(std::remove_if(versions.begin(), versions.end(),
                                [&](const rows::PolicyVersion& version) { return version.number() == number; }),
                 versions.end());
  policy.set_updated(wholeSeconds(context).milliseconds);
  savePolicy(context, policy);
  return DeletePolicyVersion::Output{};
}

base::Result<SetDefaultPolicyVersion::Output> setDefaultPolicyVersion(dispatch::Context& context,
                                                                      const SetDefaultPolicyVersion::Input& input) {
  TRY_ASSIGN(rows::PolicyRecord policy, loadPolicy(context, input.PolicyArn_));
  const std::int64_t number = versionNumber(input.VersionId_);
  if (!findVersion(policy, number)) return noSuchVersion(input.PolicyArn_, input.VersionId_);
  policy.set_default_version(number);
  policy.set_updated(wholeSeconds(context).milliseconds);
  savePolicy(context, policy);
  return SetDefaultPolicyVersion::Output{};
}

}  // namespace

void registerPolicyVersions(dispatch::Registry& registry) {
  registry.add<CreatePolicyVersion>(createPolicyVersion);
  registry.add<GetPolicyVersion>(getPolicyVersion);
  registry.add<ListPolicyVersions>(listPolicyVersions);
  registry.add<DeletePolicyVersion>(deletePolicyVersion);
  registry.add<SetDefaultPolicyVersion>(setDefaultPolicyVersion);
}

}  // namespace thimble::services::iam

// The account as a whole: its summary and its alias.
#include "base/encoding.h"
#include "services/iam/describe.h"
#include "services/iam/errors.h"
#include "services/iam/paging.h"
#include "services/iam/principals.h"
#include "services/iam/registration.h"
#include "services/iam/tags.h"

namespace thimble::services::iam {
namespace {

using shapes::iam::CreateAccountAlias;
using shapes::iam::DeleteAccountAlias;
using shapes::iam::GetAccountSummary;
using shapes::iam::ListAccountAliases;

template <class Record>
std::int64_t count(dispatch::Context& context, const store::Table<Record>& table) {
  return static_cast<std::int64_t>(table.scan(context.transaction(), {}, context.account()).size());
}

/// Quotas are AWS's defaults. What Thimble cannot have (MFA devices, certificates, providers) counts 0.
base::Result<GetAccountSummary::Output> getAccountSummary(dispatch::Context& context, const GetAccountSummary::Input&) {
  std::int64_t versions = 0;
  for (const auto& entry : kPolicies.scan(context.transaction(), {}, context.account())) {
    versions += entry.record.versions_size();
  }
  GetAccountSummary::Output output;
  output.SummaryMap_ = std::map<std::string, std::int64_t>{
      {"AccessKeysPerUserQuota", 2},
      {"AccountAccessKeysPresent", 0},
      {"AccountMFAEnabled", 0},
      {"AccountPasswordPresent", 0},
      {"AccountSigningCertificatesPresent", 0},
      {"AssumeRolePolicySizeQuota", 2048},
      {"AttachedPoliciesPerGroupQuota", 10},
      {"AttachedPoliciesPerRoleQuota", 10},
      {"AttachedPoliciesPerUserQuota", 10},
      {"GlobalEndpointTokenVersion", 1},
      {"GroupPolicySizeQuota", 5120},
      {"Groups", count(context, kGroups)},
      {"GroupsPerUserQuota", 10},
      {"GroupsQuota", 300},
      {"InstanceProfiles", count(context, kInstanceProfiles)},
      {"InstanceProfilesQuota", 1000},
      {"MFADevices", 0},
      {"MFADevicesInUse", 0},
      {"Policies", count(context, kPolicies)},
      {"PoliciesQuota", 1500},
      {"PolicySizeQuota", 6144},
      {"PolicyVersionsInUse", versions},
      {"PolicyVersionsInUseQuota", 10000},
      {"Providers", 0},
      {"RolePolicySizeQuota", 10240},
      {"Roles", count(context, kRoles)},
      {"RolesQuota", 1000},
      {"ServerCertificates", 0},
      {"ServerCertificatesQuota", 20},
      {"SigningCertificatesPerUserQuota", 2},
      {"UserPolicySizeQuota", 2048},
      {"Users", count(context, kUsers)},
      {"UsersQuota", 5000},
      {"VersionsPerPolicyQuota", 5},
  };
  return output;
}

base::Result<CreateAccountAlias::Output> createAlias(dispatch::Context& context,
                                                     const CreateAccountAlias::Input& input) {
  rows::AccountRecord account;
  account.set_alias(input.AccountAlias_);
  kAccounts.put(context.transaction(), account, context.account());
  return CreateAccountAlias::Output{};
}

base::Result<DeleteAccountAlias::Output> deleteAlias(dispatch::Context& context,
                                                     const DeleteAccountAlias::Input& input) {
  const auto account = kAccounts.get(context.transaction(), context.account());
  if (!account || account->alias() != input.AccountAlias_) {
    return noSuchEntity("The account alias " + input.AccountAlias_ + " cannot be found.");
  }
  kAccounts.erase(context.transaction(), context.account());
  return DeleteAccountAlias::Output{};
}

base::Result<ListAccountAliases::Output> listAliases(dispatch::Context& context, const ListAccountAliases::Input&) {
  ListAccountAliases::Output output;
  if (const auto account = kAccounts.get(context.transaction(), context.account())) {
    output.AccountAliases_.push_back(account->alias());
  }
  output.IsTruncated_ = false;
  return output;
}

}  // namespace

void registerAccount(dispatch::Registry& registry) {
  registry.add<GetAccountSummary>(getAccountSummary);
  registry.add<CreateAccountAlias>(createAlias);
  registry.add<DeleteAccountAlias>(deleteAlias);
  registry.add<ListAccountAliases>(listAliases);
}

}  // namespace thimble::services::iam

// IAM's tables.
#pragma once

#include "services/iam/iam.pb.h"
#include "store/table.h"

namespace thimble::services::iam {

inline constexpr store::Table<rows::UserRecord> kUsers("iam.users");
inline constexpr store::Table<rows::GroupRecord> kGroups("iam.groups");
inline constexpr store::Table<rows::MemberRecord> kMembers("iam.members");
inline constexpr store::Table<rows::RoleRecord> kRoles("iam.roles");
inline constexpr store::Table<rows::PolicyRecord> kPolicies("iam.policies");
inline constexpr store::Table<rows::AttachmentRecord> kAttachments("iam.attachments");
inline constexpr store::Table<rows::InstanceProfileRecord> kInstanceProfiles("iam.instance_profiles");
inline constexpr store::Table<rows::AccountRecord> kAccounts("iam.accounts");
inline constexpr store::Table<rows::DeletionTaskRecord> kDeletionTasks("iam.deletion_tasks");

}  // namespace thimble::services::iam

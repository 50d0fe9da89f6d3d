#include "services/iam/service_linked_roles.h"

#include "base/json.h"
#include "services/iam/attachments.h"
#include "services/iam/describe.h"
#include "services/iam/errors.h"
#include "services/iam/principals.h"
#include "services/iam/registration.h"

namespace thimble::services::iam {
namespace {

using shapes::iam::CreateServiceLinkedRole;
using shapes::iam::DeleteServiceLinkedRole;
using shapes::iam::GetServiceLinkedRoleDeletionStatus;

std::string trustPolicyFor(const std::string& service) {
  const base::Json statement = base::Json::object(
      {{"Effect", "Allow"}, {"Principal", base::Json::object({{"Service", service}})}, {"Action", "sts:AssumeRole"}});
  return base::Json::object({{"Version", "2012-10-17"}, {"Statement", base::Json::array({statement})}}).write();
}

/// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceLinkedRole.html
base::Result<CreateServiceLinkedRole::Output> create(dispatch::Context& context,
                                                     const CreateServiceLinkedRole::Input& input) {
  const ServiceLinkedRole* known = findServiceLinkedRole(input.AWSServiceName_);
  if (!known) {
    return invalidInput("Service Linked Role template for " + input.AWSServiceName_ + " is not known.");
  }
  if (input.CustomSuffix_ && !known->suffix_allowed) {
    return invalidInput("Custom suffix is not allowed for " + input.AWSServiceName_);
  }
  std::string name = "AWSServiceRoleFor" + std::string(known->name);
  if (input.CustomSuffix_) name += "_" + *input.CustomSuffix_;
  if (kRoles.has(context.transaction(), context.account(), keyName(name))) {
    return invalidInput("Service role name " + name +
                        " has been taken in this account, please try a different suffix.");
  }
  rows::RoleRecord role;
  rows::Principal& principal = *role.mutable_principal();
  principal.set_name(name);
  principal.set_path("/aws-service-role/" + input.AWSServiceName_ + "/");
  principal.set_id(newId(context.random(), "AROA"));
  principal.set_created(wholeSeconds(context).milliseconds);
  role.set_trust_policy(trustPolicyFor(input.AWSServiceName_));
  role.set_description(input.Description_.value_or(std::string(known->description)));
  role.set_max_session_seconds(3600);
  role.set_linked_service(input.AWSServiceName_);
  attach(context, Kind::Role, principal, "arn:aws:iam::aws:policy/aws-service-role/" + std::string(known->policy));
  saveRole(context, role);
  CreateServiceLinkedRole::Output output;
  output.Role_ = describe(context.account(), role, View::Created);
  return output;
}

/// AWS deletes in the background; here it is done when the task's id is answered.
base::Result<DeleteServiceLinkedRole::Output> remove(dispatch::Context& context,
                                                     const DeleteServiceLinkedRole::Input& input) {
  TRY_ASSIGN(const rows::RoleRecord role, loadRole(context, input.RoleName_));
  if (role.linked_service().empty()) return noSuchRole(input.RoleName_);
  dropAttachments(context, Kind::Role, role.principal());
  kRoles.erase(context.transaction(), context.account(), keyName(input.RoleName_));
  DeleteServiceLinkedRole::Output output;
  output.DeletionTaskId_ = "task" + role.principal().path() + input.RoleName_ + "/" + context.random().uuid();
  kDeletionTasks.put(context.transaction(), {}, context.account(), output.DeletionTaskId_);
  return output;
}

base::Result<GetServiceLinkedRoleDeletionStatus::Output> deletionStatus(
    dispatch::Context& context, const GetServiceLinkedRoleDeletionStatus::Input& input) {
  if (!kDeletionTasks.has(context.transaction(), context.account(), input.DeletionTaskId_)) {
    return noSuchEntity("Deletion task id " + input.DeletionTaskId_ + " not found.");
  }
  GetServiceLinkedRoleDeletionStatus::Output output;
  output.Status_ = "SUCCEEDED";
  return output;
}

}  // namespace

void registerServiceLinkedRoles(dispatch::Registry& registry) {
  registry.add<CreateServiceLinkedRole>(create);
  registry.add<DeleteServiceLinkedRole>(remove);
  registry.add<GetServiceLinkedRoleDeletionStatus>(deletionStatus);
}

}  // namespace thimble::services::iam

// Roles that AWS's services define for themselves.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html
#pragma once

#include <span>
#include <string_view>

namespace thimble::services::iam {

struct ServiceLinkedRole {
  std::string_view service;      ///< Service principal without ".amazonaws.com".
  std::string_view name;         ///< What follows "AWSServiceRoleFor".
  std::string_view policy;       ///< Name of the managed policy under aws-service-role/.
  std::string_view description;  ///< As AWS gives the role, or empty.
  bool suffix_allowed = false;
};

/// Ascending by service.
std::span<const ServiceLinkedRole> serviceLinkedRoles();

/// By service principal ("ssm.amazonaws.com"); nullptr when unknown.
const ServiceLinkedRole* findServiceLinkedRole(std::string_view service);

}  // namespace thimble::services::iam

// An authorizer of a REST API: Cognito, Lambda (token or request) or IAM.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lang/sam/value.h"

namespace thimble::lang::sam {

struct Authorizer {
  std::string api_id;
  Text name;
  Value user_pool_arn, function_arn, identity, payload_type, invoke_role;
  Value scopes = Value::list();
  Value no_default_permissions;
  bool iam = false;

  /// Fails on values that do not fit together.
  void check() const;
  /// The entry of securityDefinitions.
  Value definition(const std::string& partition) const;

 private:
  bool lacksIdentitySource() const;
  bool isRequest() const { return payload_type.is("REQUEST"); }
  Value headerName() const;
  Text identitySource() const;
};
/// By name, in order.
using Authorizers = std::vector<std::pair<Text, Authorizer>>;

const Authorizer* findAuthorizer(const Authorizers& authorizers, const std::string& name);

}  // namespace thimble::lang::sam

// The Policies property of functions and state machines, and the execution role made of it.
#pragma once

#include <string>
#include <vector>

#include "lang/sam/context.h"
#include "lang/sam/resource.h"
#include "lang/sam/value.h"

namespace thimble::lang::sam {

/// Replaces SAM's policy templates (SQSPollerPolicy, ...) in `properties`' Policies by their statements. Source:
/// https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-template-list.html
void expandPolicyTemplates(const Value& properties, const std::string& logical_id);

struct RoleParts {
  Text resource_id;  ///< The role is called this + "Role".
  Value attributes;
  Value trust_policy;
  Value policies;                      ///< The Policies property; templates are expanded already.
  Value managed_arns = Value::list();  ///< To begin with.
  Value inline_policies = Value::list();
  Value path, permissions_boundary, tags;
};
ResourcePointer makeExecutionRole(const Context& context, const RoleParts& parts);

}  // namespace thimble::lang::sam

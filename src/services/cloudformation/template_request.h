// What CreateStack, UpdateStack and CreateChangeSet are asked for, read and checked.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "dispatch/context.h"
#include "lang/template/prepare.h"
#include "services/cloudformation/cloudformation.pb.h"
#include "services/cloudformation/stacks.h"
#include "wire/shapes/cloudformation.h"

namespace thimble::services::cloudformation {

struct TemplateRequest {
  std::optional<std::string> body;
  bool has_url = false;  ///< A URL was given as well as, or instead of, a body.
  bool use_previous = false;
  std::optional<std::vector<shapes::cloudformation::Parameter>> parameters;
  std::optional<std::vector<std::string>> capabilities;
  std::optional<std::vector<std::string>> resource_types;
  std::optional<std::vector<std::string>> notification_arns;
  std::optional<std::vector<shapes::cloudformation::Tag>> tags;
  std::optional<std::string> role_arn;
  bool transforms_need_capability = true;  ///< CreateChangeSet does not ask for CAPABILITY_AUTO_EXPAND.
};

template <class Input>
TemplateRequest toTemplateRequest(const Input& input) {
  TemplateRequest request;
  request.body = input.TemplateBody_;
  request.has_url = input.TemplateURL_.has_value();
  request.parameters = input.Parameters_;
  request.capabilities = input.Capabilities_;
  request.resource_types = input.ResourceTypes_;
  request.notification_arns = input.NotificationARNs_;
  request.tags = input.Tags_;
  request.role_arn = input.RoleARN_;
  return request;
}

struct RequestedStack {
  rows::StackInput input;
  lang::template_::Prepared prepared;
};

/// Reads and checks all of it. `previous` is what the stack is made from now, or null; what the request leaves out is
/// taken from there. Errors: ValidationError with AWS's messages, InsufficientCapabilitiesException.
base::Result<RequestedStack> readRequest(dispatch::Context& context, const TemplateRequest& request,
                                         const rows::StackRecord& stack, const rows::StackInput* previous);

/// The static checks of a template's text, which come before all else.
base::Result<base::Json> readTemplate(const std::string& body);

/// ValidationError with AWS's message when one of these types is not here.
base::Result<void> checkTypesAreThere(const std::set<std::string>& types);

/// Capabilities that the document's resources ask for: "", "CAPABILITY_IAM" or "CAPABILITY_NAMED_IAM", and why.
std::string requiredIamCapability(const base::Json& document, std::string* reason = nullptr);

/// The transforms there are, with what the SAM transform needs from outside.
lang::template_::Transforms transforms(base::Timestamp now);

/// The caller of a stack operation as it is stored: only the identity of a call.
dispatch::rows::CallRecord callerRecord(const dispatch::Call& call);

}  // namespace thimble::services::cloudformation

#include "services/iam/refusals.h"

#include "lang/policy/denial.h"
#include "wire/shapes/model.h"

namespace thimble::services::iam {
namespace {

struct Words {
  std::string_view service_principal;
  const char* code;
  const char* before;  ///< Before the role's ARN.
  const char* after;   ///< Behind it; null: the ARN is not said.
  int http_status;
};

/// https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html and the services' own pages.
constexpr Words kWords[] = {
    {"states.amazonaws.com", "AccessDeniedException",
     "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the "
     "provided role.",
     nullptr, 400},
    {"lambda.amazonaws.com", "InvalidParameterValueException",
     "The role defined for the function cannot be assumed by Lambda.", nullptr, 400},
    {"apigateway.amazonaws.com", "AccessDeniedException",
     "API Gateway does not have permission to assume the provided role ", "", 403},
    {"codepipeline.amazonaws.com", "InvalidStructureException",
     "CodePipeline is not authorized to perform AssumeRole on role ", "", 400},
    {"codebuild.amazonaws.com", "InvalidInputException", "CodeBuild is not authorized to perform: sts:AssumeRole on ",
     "", 400},
    {"cloudformation.amazonaws.com", "ValidationError", "Role ", " is invalid or cannot be assumed", 400},
};

}  // namespace

base::ApiError accessDenied(const dispatch::Call& call, const lang::policy::Request& request,
                            const lang::policy::Evaluation& evaluation) {
  const shapes::Service* service = shapes::findService(call.service);
  const shapes::Protocol protocol = service ? service->protocol : shapes::Protocol::Query;
  const bool s3 = call.service == "s3";
  if (request.principal.anonymous) {
    if (s3) return {"AccessDenied", "Access Denied", 403};
    return {"MissingAuthenticationToken", "Missing Authentication Token", 403};
  }
  // AssumeRole does not tell why: the caller may be a stranger to the role's account.
  const lang::policy::DenialStyle style{.quote_resource = s3, .give_reason = call.service != "sts"};
  std::string message = lang::policy::denialMessage(request, evaluation, style);
  if (call.service == "sns") return {"AuthorizationError", std::move(message), 403};
  switch (protocol) {
    case shapes::Protocol::Json10:
    case shapes::Protocol::Json11:
    case shapes::Protocol::RestCbor:
      return {"AccessDeniedException", std::move(message), 400};
    case shapes::Protocol::RestJson:
      return {"AccessDeniedException", std::move(message), 403};
    case shapes::Protocol::Query:
    case shapes::Protocol::RestXml:
    case shapes::Protocol::Ec2:
      break;
  }
  return {"AccessDenied", std::move(message), 403};
}

base::ApiError cannotAssume(const dispatch::RoleToAssume& role) {
  for (const Words& words : kWords) {
    if (words.service_principal != role.service_principal) continue;
    std::string message = words.before;
    if (words.after != nullptr) message += role.role_arn + words.after;
    return {words.code, std::move(message), words.http_status};
  }
  return {"AccessDenied",
          role.service_principal + " is not authorized to perform: sts:AssumeRole on resource: " + role.role_arn, 403};
}

}  // namespace thimble::services::iam

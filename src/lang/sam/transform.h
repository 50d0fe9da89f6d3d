// AWS::Serverless-2016-10-31: turns a template with serverless resources into plain CloudFormation.
//
// Specification: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification.html;
// what AWS generates from each resource is listed under "Generated AWS CloudFormation resources" there.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace thimble::lang::sam {

struct TransformInput {
  base::Json document;          ///< The template, with intrinsic functions in their long form.
  base::Json parameter_values;  ///< Object of the stack's parameters as given; defaults are added from the template.
  std::string region = "us-east-1";
  std::string partition = "aws";
  /// AWS managed policies by name; names that are missing here are looked up in the built-in list.
  std::map<std::string, std::string> managed_policies;
  /// Templates of the Serverless Application Repository that can be had: ApplicationId and SemanticVersion to the URL
  /// of the template.
  std::map<std::pair<std::string, std::string>, std::string> applications;
  /// For APIs with AlwaysDeploy: seconds since the epoch.
  std::int64_t now_seconds = 0;
};

struct TransformError {
  /// As AWS reports it: "Invalid Serverless Application Specification document. Number of errors found: N. ...".
  std::string message;
  std::vector<std::string> causes;  ///< One sentence each, in the order of the message.
};

/// True when the template asks for this transform in its Transform section.
bool wantsServerlessTransform(const base::Json& document);

base::Result<base::Json, TransformError> transform(const TransformInput& input);

/// ARN of an AWS managed policy of the built-in list by its name; empty when there is none.
std::string managedPolicyArn(const std::string& partition, const std::string& name);

}  // namespace thimble::lang::sam

// Resource: what a Task state's "Resource" names.
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-service-integrations.html
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace thimble::lang::asl {

struct Resource {
  enum class Kind {
    Lambda,     ///< A function's ARN.
    Activity,   ///< An activity's ARN.
    Optimized,  ///< arn:aws:states:::service:action, one of those that AWS lists.
    AwsSdk,     ///< arn:aws:states:::aws-sdk:service:action.
  };
  /// How long the task lasts.
  enum class Pattern {
    RequestResponse,   ///< Until the call has answered.
    Sync,              ///< ".sync": until the job that the call started has ended.
    Sync2,             ///< ".sync:2": the same, with JSON output parsed.
    WaitForTaskToken,  ///< ".waitForTaskToken": until somebody sends the token back.
  };

  Kind kind = Kind::Lambda;
  std::string arn;
  std::string service;  ///< "lambda", "sns"; for AwsSdk as written after "aws-sdk:".
  std::string action;   ///< "invoke", "publish", without the pattern.
  Pattern pattern = Pattern::RequestResponse;

  /// As history events name them: "lambda" or "aws-sdk:s3", and "invoke" or "publish.waitForTaskToken".
  std::string eventType() const { return kind == Kind::AwsSdk ? "aws-sdk:" + service : service; }
  std::string eventResource() const;

  /// Nothing when AWS would not recognise it.
  static std::optional<Resource> parse(std::string_view arn);
};

}  // namespace thimble::lang::asl

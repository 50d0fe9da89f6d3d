// Errors of services that were moved from the query protocol to JSON: their old codes, in the header
// x-amzn-query-error. https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#x-amzn-query-error
#pragma once

#include <string>
#include <string_view>

namespace thimble::wire::protocols {

/// The code that the query protocol had for an error of Amazon SQS.
inline std::string queryErrorCode(std::string_view code) {
  if (code == "QueueDoesNotExist") return "AWS.SimpleQueueService.NonExistentQueue";
  if (code == "QueueNameExists") return "QueueAlreadyExists";
  for (std::string_view each : {"BatchEntryIdsNotDistinct", "BatchRequestTooLong", "EmptyBatchRequest",
                                "InvalidBatchEntryId", "MessageNotInflight", "PurgeQueueInProgress",
                                "QueueDeletedRecently", "TooManyEntriesInBatchRequest", "UnsupportedOperation"}) {
    if (code == each) return "AWS.SimpleQueueService." + std::string(code);
  }
  for (std::string_view each : {"InvalidParameterValue", "MissingRequiredParameter"}) {
    if (code == std::string(each) + "Exception") return std::string(each.starts_with("M") ? "MissingParameter" : each);
  }
  return std::string(code);
}

}  // namespace thimble::wire::protocols

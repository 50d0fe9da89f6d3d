// What a function's answer says of the records that it was given.
// https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html and its sibling of SQS
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace thimble::services::lambda::event_sources {

struct BatchResponse {
  bool all_failed = false;
  std::set<std::string> failed;  ///< Some of the identifiers; empty: none failed.
};

/// `payload`: the answer of a function that reports batchItemFailures. `identifiers`: of the batch's records. An answer
/// that names anything else, or is of another form, means that all have failed.
BatchResponse readBatchResponse(std::string_view payload, const std::vector<std::string>& identifiers);

}  // namespace thimble::services::lambda::event_sources

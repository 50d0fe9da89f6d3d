// Records in the form in which functions and destinations get them.
// https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html#events-sample-dynamodb
// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/time.h"

namespace thimble::services::lambda::event_sources {

/// A record of GetRecords (a model value).
base::Json streamRecord(const base::Json& record, const std::string& stream_arn);
/// A message of ReceiveMessage (a model value).
base::Json queueRecord(const base::Json& message, const std::string& queue_arn, const std::string& region);

/// A record's name in batchItemFailures: a sequence number, a message's id.
std::string identifierOf(const base::Json& record);
/// When a stream's record was made, in milliseconds since 1970.
std::int64_t arrivalOf(const base::Json& record);
/// The table's key of a stream's record as a text: records of one key stay in one lane.
std::string partitionOf(const base::Json& record);

/// What a destination gets of records of a stream that are given up.
struct GivenUp {
  std::string request_id;
  std::string function_arn;
  std::string condition;  ///< RetryAttemptsExhausted or RecordAgeExceeded.
  std::int64_t invocations = 0;
  base::Json answer;  ///< Invoke's output, or null.
  std::string shard;
  std::string stream_arn;
  std::vector<base::Json> records;  ///< At least one, in the function's form.
};
base::Json destinationRecord(const GivenUp& given_up, base::Timestamp now);

}  // namespace thimble::services::lambda::event_sources

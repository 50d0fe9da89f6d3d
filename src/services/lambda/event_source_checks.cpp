#include "services/lambda/event_source_checks.h"

#include "base/arn.h"
#include "services/lambda/errors.h"
#include "services/lambda/event_sources/filter.h"

namespace thimble::services::lambda {
namespace {

using base::Json;

constexpr std::size_t kMostFilters = 10;

/// Parameters of sources, and of ways to watch them, that do not exist here.
constexpr const char* kNotHere[] = {"Topics",
                                    "Queues",
                                    "SourceAccessConfigurations",
                                    "SelfManagedEventSource",
                                    "AmazonManagedKafkaEventSourceConfig",
                                    "SelfManagedKafkaEventSourceConfig",
                                    "DocumentDBEventSourceConfig",
                                    "KMSKeyArn",
                                    "MetricsConfig",
                                    "LoggingConfig",
                                    "ProvisionedPollerConfig"};
constexpr const char* kOnlyStreams[] = {
    "StartingPosition",          "StartingPositionTimestamp",  "ParallelizationFactor", "DestinationConfig",
    "MaximumRecordAgeInSeconds", "BisectBatchOnFunctionError", "MaximumRetryAttempts",  "TumblingWindowInSeconds"};
constexpr const char* kOnlyQueues[] = {"ScalingConfig"};
constexpr const char* kSettings[] = {"BatchSize",
                                     "FilterCriteria",
                                     "MaximumBatchingWindowInSeconds",
                                     "ParallelizationFactor",
                                     "StartingPosition",
                                     "DestinationConfig",
                                     "MaximumRecordAgeInSeconds",
                                     "BisectBatchOnFunctionError",
                                     "MaximumRetryAttempts",
                                     "FunctionResponseTypes",
                                     "ScalingConfig"};

bool isGiven(const Json& value) {
  return !value.isNull() && !((value.isObject() || value.isArray() || value.isString()) && value.empty());
}

base::ApiError unsupported(const char* parameter) {
  return invalidParameter("Unsupported " + std::string(parameter) + " parameter for given event source mapping type.");
}

base::Result<void> checkStream(const std::string& arn, const Json& input, const Json& configuration) {
  for (const char* each : kOnlyQueues) {
    if (isGiven(input[each])) return unsupported(each);
  }
  if (configuration["StartingPosition"].isNull()) {
    return base::ApiError{"ValidationException",
                          "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
                          "Member must not be null.",
                          400};
  }
  if (configuration.stringAt("StartingPosition") == "AT_TIMESTAMP" || isGiven(input["StartingPositionTimestamp"])) {
    return invalidParameter("Unsupported starting position for arn type: " + arn);
  }
  if (input["TumblingWindowInSeconds"].isInt() && input["TumblingWindowInSeconds"].asInt() > 0) {
    return notHere("TumblingWindowInSeconds");
  }
  const std::int64_t age = configuration["MaximumRecordAgeInSeconds"].asInt();
  if (age != -1 && age < 60) {
    return invalidParameter("MaximumRecordAgeInSeconds must be -1 or between 60 and 604800.");
  }
  if (isGiven(configuration["DestinationConfig"]["OnSuccess"])) {
    return invalidParameter("Unsupported destination type: OnSuccess is not available for event source mappings.");
  }
  const std::string target = configuration["DestinationConfig"]["OnFailure"].stringAt("Destination");
  if (!target.empty()) {
    const auto parsed = base::parseArn(target);
    if (parsed && parsed->service == "s3") return notHere("DestinationConfig.OnFailure.Destination of Amazon S3");
    if (!parsed || (parsed->service != "sqs" && parsed->service != "sns")) {
      return invalidParameter("The destination ARN " + target + " is invalid.");
    }
  }
  return {};
}

base::Result<void> checkQueue(const std::string& arn, const Json& input, const Json& configuration) {
  for (const char* each : kOnlyStreams) {
    // Tools give MaximumRetryAttempts and the like their defaults; only what would matter is refused.
    if (isGiven(input[each])) return unsupported(each);
  }
  const std::int64_t size = configuration["BatchSize"].asInt();
  const std::int64_t window = configuration["MaximumBatchingWindowInSeconds"].asInt();
  if (arn.ends_with(".fifo")) {
    if (window > 0) return invalidParameter("Batching window is not supported for FIFO queues");
    if (size > 10) return invalidParameter("BatchSize must be between 1 and 10 for FIFO queues");
  } else if (size > 10 && window == 0) {
    return invalidParameter(
        "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10");
  }
  return {};
}

}  // namespace

base::Result<SourceKind> sourceKindOf(const std::string& text) {
  const auto arn = base::parseArn(text);
  if (arn && arn->service == "sqs") return SourceKind::Queue;
  if (arn && arn->service == "dynamodb" && arn->resource.find("/stream/") != std::string::npos) {
    return SourceKind::Stream;
  }
  if (arn && (arn->service == "kinesis" || arn->service == "kafka" || arn->service == "mq" || arn->service == "rds")) {
    return invalidParameter("Event sources of the service " + arn->service + " are not supported by Thimble.");
  }
  return invalidParameter(
      "Unrecognized event source, must be kinesis, dynamodb stream or sqs. Unsupported source arn : " + text);
}

base::Result<void> checkMapping(SourceKind kind, const std::string& source_arn, const Json& input,
                                const Json& configuration) {
  for (const char* each : kNotHere) {
    if (isGiven(input[each])) return notHere(each);
  }
  if (kind == SourceKind::Stream) {
    TRY(checkStream(source_arn, input, configuration));
  } else {
    TRY(checkQueue(source_arn, input, configuration));
  }
  if (configuration["FilterCriteria"]["Filters"].size() > kMostFilters) {
    return invalidParameter("Number of filters exceeds the limit of " + std::to_string(kMostFilters) + ".");
  }
  const auto filter = event_sources::Filter::parse(configuration["FilterCriteria"]);
  if (!filter.ok()) {
    return invalidParameter(
        "Invalid filter pattern definition. (Event pattern is not valid. Reason: " + filter.error().reason + ")");
  }
  return {};
}

Json defaultConfiguration(SourceKind kind) {
  Json configuration = Json::object();
  if (kind == SourceKind::Queue) {
    return configuration.set("BatchSize", 10)
        .set("MaximumBatchingWindowInSeconds", 0)
        .set("FunctionResponseTypes", Json::array());
  }
  return configuration.set("BatchSize", 100)
      .set("MaximumBatchingWindowInSeconds", 0)
      .set("ParallelizationFactor", 1)
      .set("DestinationConfig", Json::object({{"OnFailure", Json::object()}}))
      .set("MaximumRecordAgeInSeconds", -1)
      .set("BisectBatchOnFunctionError", false)
      .set("MaximumRetryAttempts", -1)
      .set("TumblingWindowInSeconds", 0)
      .set("FunctionResponseTypes", Json::array());
}

void applyInput(Json& configuration, const Json& input) {
  for (const char* each : kSettings) {
    if (!input.contains(each)) continue;
    const bool emptied = !isGiven(input[each]) && (input[each].isObject() || input[each].isNull());
    // An empty structure takes a setting away.
    if (emptied && std::string_view(each) != "DestinationConfig") {
      configuration.erase(each);
    } else if (!input[each].isNull()) {
      configuration.set(each, input[each]);
    }
  }
}

}  // namespace thimble::services::lambda

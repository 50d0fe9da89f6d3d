#include "services/lambda/event_sources/event_records.h"

#include <utility>

#include "base/encoding.h"
#include "lang/expression/wire_value.h"

namespace thimble::services::lambda::event_sources {
namespace {

using base::Json;

Json messageAttribute(const Json& attribute) {
  Json out = Json::object();
  if (attribute.contains("StringValue")) out.set("stringValue", attribute["StringValue"]);
  if (attribute.contains("BinaryValue")) out.set("binaryValue", base::encodeBase64(attribute.stringAt("BinaryValue")));
  out.set("stringListValues", Json::array());
  out.set("binaryListValues", Json::array());
  out.set("dataType", attribute["DataType"]);
  return out;
}

}  // namespace

Json streamRecord(const Json& record, const std::string& stream_arn) {
  const Json& change = record["dynamodb"];
  Json data = Json::object({{"ApproximateCreationDateTime", change["ApproximateCreationDateTime"].asInt() / 1000}});
  for (const char* member : {"Keys", "NewImage", "OldImage"}) {
    if (change[member].isObject()) data.set(member, lang::expression::toWire(change[member]));
  }
  for (const char* member : {"SequenceNumber", "SizeBytes", "StreamViewType"}) data.set(member, change[member]);
  Json out = Json::object({{"eventID", record["eventID"]},
                           {"eventName", record["eventName"]},
                           {"eventVersion", record["eventVersion"]},
                           {"eventSource", record["eventSource"]},
                           {"awsRegion", record["awsRegion"]},
                           {"dynamodb", std::move(data)},
                           {"eventSourceARN", stream_arn}});
  if (const Json& user = record["userIdentity"]; user.isObject()) {
    out.set("userIdentity", Json::object({{"principalId", user["PrincipalId"]}, {"type", user["Type"]}}));
  }
  return out;
}

Json queueRecord(const Json& message, const std::string& queue_arn, const std::string& region) {
  Json attributes = Json::object();
  if (message["MessageAttributes"].isObject()) {
    for (const auto& [name, value] : message["MessageAttributes"].asObject()) {
      attributes.set(name, messageAttribute(value));
    }
  }
  Json out = Json::object({{"messageId", message["MessageId"]},
                           {"receiptHandle", message["ReceiptHandle"]},
                           {"body", message["Body"]},
                           {"attributes", message["Attributes"].isObject() ? message["Attributes"] : Json::object()},
                           {"messageAttributes", std::move(attributes)}});
  if (message.contains("MD5OfMessageAttributes")) out.set("md5OfMessageAttributes", message["MD5OfMessageAttributes"]);
  out.set("md5OfBody", message["MD5OfBody"]);
  out.set("eventSource", "aws:sqs");
  out.set("eventSourceARN", queue_arn);
  out.set("awsRegion", region);
  return out;
}

std::string identifierOf(const Json& record) {
  return record.contains("messageId") ? record.stringAt("messageId") : record["dynamodb"].stringAt("SequenceNumber");
}

std::int64_t arrivalOf(const Json& record) {
  return record["dynamodb"]["ApproximateCreationDateTime"].asInt() * 1000;
}

std::string partitionOf(const Json& record) {
  return record["dynamodb"]["Keys"].write();
}

Json destinationRecord(const GivenUp& given_up, base::Timestamp now) {
  Json out = Json::object({{"requestContext", Json::object({{"requestId", given_up.request_id},
                                                            {"functionArn", given_up.function_arn},
                                                            {"condition", given_up.condition},
                                                            {"approximateInvokeCount", given_up.invocations}})}});
  if (given_up.answer.isObject()) {
    Json response = Json::object({{"statusCode", 200}, {"executedVersion", given_up.answer["ExecutedVersion"]}});
    if (given_up.answer.contains("FunctionError")) response.set("functionError", given_up.answer["FunctionError"]);
    out.set("responseContext", std::move(response));
  }
  out.set("version", "1.0");
  out.set("timestamp", base::formatIso8601Milliseconds(now));
  const Json& first = given_up.records.front();
  const Json& last = given_up.records.back();
  out.set("DDBStreamBatchInfo",
          Json::object({{"shardId", given_up.shard},
                        {"startSequenceNumber", identifierOf(first)},
                        {"endSequenceNumber", identifierOf(last)},
                        {"approximateArrivalOfFirstRecord", base::formatIso8601Seconds({arrivalOf(first)})},
                        {"approximateArrivalOfLastRecord", base::formatIso8601Seconds({arrivalOf(last)})},
                        {"batchSize", given_up.records.size()},
                        {"streamArn", given_up.stream_arn}}));
  return out;
}

}  // namespace thimble::services::lambda::event_sources

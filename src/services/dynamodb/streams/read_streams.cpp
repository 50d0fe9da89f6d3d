// DynamoDB Streams: ListStreams, DescribeStream, GetShardIterator, GetRecords.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html
//
// A stream has one shard, from when it was turned on until it is turned off. Its records are kept for a day.
#include <charconv>

#include "base/arn.h"
#include "base/encoding.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/item_rows.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/streams/stream_process.h"
#include "services/dynamodb/streams/streams.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;
using lang::expression::ItemView;

constexpr std::size_t kMostStreams = 100;
constexpr std::size_t kMostRecords = 1000;
constexpr std::size_t kMostAnswerBytes = 1 << 20;
constexpr std::int64_t kIteratorMilliseconds = 15LL * 60 * 1000;

base::ApiError streamNotFound(const std::string& arn) {
  return resourceNotFound("Requested resource not found: Stream: " + arn + " not found");
}

base::Result<rows::Stream> findStream(dispatch::Context& context, const std::string& arn) {
  if (!base::parseArn(arn)) {
    return validationException("Invalid StreamArn: " + arn);
  }
  auto stream = findStreamByArn(context.transaction(), context.account(), context.region(), arn);
  if (!stream) return streamNotFound(arn);
  return std::move(*stream);
}

/// The number that a shard's sequence numbers begin with.
std::int64_t firstSequence(const rows::Stream& stream) {
  return stream.created() << 20;
}

std::optional<std::int64_t> sequenceOf(const std::string& text) {
  if (text.size() != 21 || text[0] != '1') return std::nullopt;
  std::int64_t out = 0;
  const auto end = std::from_chars(text.data() + 1, text.data() + text.size(), out);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size()) return std::nullopt;
  return out;
}

base::Result<void> checkLimit(const Json& input, std::size_t most) {
  const Json& limit = input["Limit"];
  if (!limit.isInt() || limit.asInt() <= static_cast<std::int64_t>(most)) return {};
  return validationException(
      "1 validation error detected: Value '" + std::to_string(limit.asInt()) +
      "' at 'limit' failed to satisfy constraint: Member must have value less than or equal to " +
      std::to_string(most));
}

base::Result<Json> listStreams(dispatch::Context& context, const Json& input) {
  TRY(checkLimit(input, kMostStreams));
  const std::size_t limit = input["Limit"].isInt() ? static_cast<std::size_t>(input["Limit"].asInt()) : kMostStreams;
  const std::string table = input.stringAt("TableName");
  std::string after;
  if (const std::string start = input.stringAt("ExclusiveStartStreamArn"); !start.empty()) {
    TRY_ASSIGN(const rows::Stream stream, findStream(context, start));
    after = kStreams.key(stream.account(), stream.region(), stream.table(), stream.label()).bytes();
  }
  const store::ScanOptions options{.limit = limit + 1};
  const auto found =
      table.empty()
          ? kStreams.scanAfter(context.transaction(), after, options, context.account(), context.region())
          : kStreams.scanAfter(context.transaction(), after, options, context.account(), context.region(), table);
  Json streams = Json::array();
  Json out = Json::object();
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (i == limit) {
      out.set("LastEvaluatedStreamArn", streamArn(found[i - 1].record));
      break;
    }
    const rows::Stream& stream = found[i].record;
    streams.push(Json::object(
        {{"StreamArn", streamArn(stream)}, {"TableName", stream.table()}, {"StreamLabel", stream.label()}}));
  }
  out.set("Streams", std::move(streams));
  return out;
}

base::Result<Json> describeStream(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const rows::Stream stream, findStream(context, input.stringAt("StreamArn")));
  Json schema = Json::array({Json::object({{"AttributeName", stream.hash()}, {"KeyType", "HASH"}})});
  if (!stream.range().empty()) {
    schema.push(Json::object({{"AttributeName", stream.range()}, {"KeyType", "RANGE"}}));
  }
  Json range = Json::object({{"StartingSequenceNumber", sequenceText(firstSequence(stream))}});
  if (stream.closed() != 0) {
    const auto last = context.transaction().scanPrefix(streamPrefix(stream.number()), {.limit = 1, .reverse = true});
    std::int64_t ending = firstSequence(stream);
    if (!last.empty()) {
      store::KeyReader reader(std::string_view(last[0].key).substr(streamPrefix(stream.number()).size()));
      ending = reader.number().value_or(ending);
    }
    range.set("EndingSequenceNumber", sequenceText(ending));
  }
  Json shards = Json::array();
  if (input.stringAt("ExclusiveStartShardId") < stream.shard()) {
    shards.push(Json::object({{"ShardId", stream.shard()}, {"SequenceNumberRange", std::move(range)}}));
  }
  return Json::object(
      {{"StreamDescription", Json::object({{"StreamArn", streamArn(stream)},
                                           {"StreamLabel", stream.label()},
                                           {"StreamStatus", stream.closed() != 0 ? "DISABLED" : "ENABLED"},
                                           {"StreamViewType", stream.view()},
                                           {"CreationRequestDateTime", stream.created()},
                                           {"TableName", stream.table()},
                                           {"KeySchema", std::move(schema)},
                                           {"Shards", std::move(shards)}})}});
}

base::Result<Json> getShardIterator(dispatch::Context& context, const Json& input) {
  TRY_ASSIGN(const rows::Stream stream, findStream(context, input.stringAt("StreamArn")));
  if (input.stringAt("ShardId") != stream.shard()) {
    return resourceNotFound("Requested resource not found: Shard does not exist");
  }
  const std::string type = input.stringAt("ShardIteratorType");
  if ((type == "LATEST" || type == "TRIM_HORIZON" || type == "AT_TIMESTAMP") &&
      !input.stringAt("SequenceNumber").empty()) {
    return invalidParameter("SequenceNumber must not be specified when ShardIteratorType is " + type);
  }
  std::int64_t next = firstSequence(stream);
  if (type == "AT_TIMESTAMP") {
    const Json& time = input["Timestamp"];
    if (!time.isInt()) return invalidParameter("Timestamp must be specified when ShardIteratorType is AT_TIMESTAMP");
    if (time.asInt() > context.now().milliseconds) return invalidParameter("Timestamp must not be in the future");
    next = std::max(next, Sequencer::firstOf({std::max<std::int64_t>(time.asInt(), 0)}));
  } else if (type == "LATEST") {
    next = std::max(next, lastSequence(context.transaction(), stream.number()).value_or(0) + 1);
  } else if (type == "AT_SEQUENCE_NUMBER" || type == "AFTER_SEQUENCE_NUMBER") {
    const std::string text = input.stringAt("SequenceNumber");
    if (text.empty()) {
      return validationException(
          "One or more parameter values were invalid: SequenceNumber must be specified when ShardIteratorType is " +
          type);
    }
    const auto sequence = sequenceOf(text);
    if (!sequence) {
      return validationException("Invalid SequenceNumber: " + text);
    }
    if (*sequence < trimHorizon(context.now())) {
      return base::ApiError{"TrimmedDataAccessException",
                            "The operation attempted to read past the oldest stream record in a shard.", 400};
    }
    next = *sequence + (type == "AFTER_SEQUENCE_NUMBER" ? 1 : 0);
  }
  return Json::object(
      {{"ShardIterator", ShardIterator{streamArn(stream), stream.shard(), next, context.now()}.text()}});
}

Json recordOf(const rows::Stream& stream, std::int64_t sequence, const rows::StreamRecord& record) {
  Json data = Json::object(
      {{"ApproximateCreationDateTime", record.time() / 1000 * 1000}, {"Keys", toJson(ItemView(record.keys()))}});
  if (!record.new_image().empty()) data.set("NewImage", toJson(ItemView(record.new_image())));
  if (!record.old_image().empty()) data.set("OldImage", toJson(ItemView(record.old_image())));
  data.set("SequenceNumber", sequenceText(sequence));
  data.set("SizeBytes", record.size());
  data.set("StreamViewType", stream.view());
  Json out = Json::object({{"eventID", base::encodeHex(base::md5(streamArn(stream) + sequenceText(sequence)))},
                           {"eventName", record.event()},
                           {"eventVersion", "1.1"},
                           {"eventSource", "aws:dynamodb"},
                           {"awsRegion", stream.region()},
                           {"dynamodb", std::move(data)}});
  if (record.expired()) {
    out.set("userIdentity", Json::object({{"PrincipalId", "dynamodb.amazonaws.com"}, {"Type", "Service"}}));
  }
  return out;
}

base::Result<Json> getRecords(dispatch::Context& context, Data& data, const Json& input) {
  TRY(checkLimit(input, kMostRecords));
  const auto iterator = ShardIterator::parse(input.stringAt("ShardIterator"));
  if (!iterator) return validationException("Invalid ShardIterator");
  TRY(context.authorise("dynamodb:GetRecords", iterator->stream));
  if (context.now().milliseconds - iterator->given.milliseconds > kIteratorMilliseconds) {
    return base::ApiError{"ExpiredIteratorException", "Shard iterator has expired: Iterator expired", 400};
  }
  TRY_ASSIGN(const rows::Stream stream, findStream(context, iterator->stream));
  const std::size_t limit = input["Limit"].isInt() ? static_cast<std::size_t>(input["Limit"].asInt()) : kMostRecords;
  data.sequencer->meet(stream.number(),
                       [&] { return lastSequence(context.transaction(), stream.number()).value_or(0); });
  // The horizon comes before the snapshot: what is below it is in there.
  const std::int64_t horizon = data.sequencer->horizon(context.now());
  store::Transaction reading = context.environment().store.begin();
  const std::string prefix = streamPrefix(stream.number());
  std::int64_t next = iterator->next;
  const store::Range range{prefix + store::Key().add(next).bytes(), prefix + store::Key().add(horizon + 1).bytes()};
  Json records = Json::array();
  std::size_t bytes = 0;
  const auto found = reading.scan(range, {.limit = limit});
  for (const store::Row& row : found) {
    store::KeyReader reader(std::string_view(row.key).substr(prefix.size()));
    const std::int64_t sequence = reader.number().value_or(0);
    rows::StreamRecord record;
    if (!record.ParseFromString(row.value)) throw store::DamagedRow("a record of a stream is damaged");
    bytes += row.value.size();
    if (bytes > kMostAnswerBytes && !records.empty()) break;
    records.push(recordOf(stream, sequence, record));
    next = sequence + 1;
  }
  const bool at_end = records.size() == found.size() && found.size() < limit;
  Json out = Json::object({{"Records", std::move(records)}});
  if (stream.closed() == 0 || !at_end) {
    out.set("NextShardIterator", ShardIterator{streamArn(stream), stream.shard(), next, context.now()}.text());
  }
  return out;
}

}  // namespace

void registerReadStreams(dispatch::Registry& registry, Data& data) {
  registry.addPlain("dynamodbstreams", "ListStreams", listStreams);
  registry.addPlain("dynamodbstreams", "DescribeStream", describeStream);
  registry.addPlain("dynamodbstreams", "GetShardIterator", getShardIterator);
  registry.addPlain("dynamodbstreams", "GetRecords", [&data](dispatch::Context& context, const Json& input) {
    return getRecords(context, data, input);
  });
}

}  // namespace thimble::services::dynamodb

// Turning streams on and off.
#include "base/arn.h"
#include "base/encoding.h"
#include "base/time.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/keys.h"
#include "services/dynamodb/streams/stream_process.h"
#include "services/dynamodb/streams/streams.h"
#include "services/dynamodb/tables.h"

namespace thimble::services::dynamodb {

using base::Json;

std::string streamArn(const rows::Stream& stream) {
  return "arn:aws:dynamodb:" + stream.region() + ":" + stream.account() + ":table/" + stream.table() + "/stream/" +
         stream.label();
}

std::optional<std::int64_t> lastSequence(store::Transaction& transaction, std::int64_t stream) {
  const std::string prefix = streamPrefix(stream);
  const auto last = transaction.scanPrefix(prefix, {.limit = 1, .reverse = true});
  if (last.empty()) return std::nullopt;
  return store::KeyReader(std::string_view(last[0].key).substr(prefix.size())).number();
}

std::optional<rows::Stream> findStreamByArn(store::Transaction& transaction, const std::string& account,
                                            const std::string& region, const std::string& text) {
  const auto arn = base::parseArn(text);
  if (!arn || arn->service != "dynamodb" || arn->account != account || arn->region != region ||
      !arn->resource.starts_with("table/")) {
    return std::nullopt;
  }
  const std::string rest = arn->resource.substr(6);
  const std::size_t slash = rest.find("/stream/");
  if (slash == std::string::npos) return std::nullopt;
  return kStreams.get(transaction, account, region, rest.substr(0, slash), rest.substr(slash + 8));
}

std::string ShardIterator::text() const {
  return stream + "|1|" + base::encodeBase64(Json::array({shard, next, given.milliseconds}).write());
}

std::optional<ShardIterator> ShardIterator::parse(const std::string& text) {
  const std::size_t bar = text.find("|1|");
  const auto content = bar == std::string::npos ? std::nullopt : base::decodeBase64(text.substr(bar + 3));
  if (!content) return std::nullopt;
  const auto parsed = Json::parse(*content);
  if (!parsed.ok() || !(*parsed)[std::size_t{0}].isString() || !(*parsed)[1].isInt() || !(*parsed)[2].isInt()) {
    return std::nullopt;
  }
  return ShardIterator{text.substr(0, bar), (*parsed)[std::size_t{0}].asString(), (*parsed)[1].asInt(),
                       base::Timestamp{(*parsed)[2].asInt()}};
}

std::string sequenceText(std::int64_t sequence) {
  const std::string digits = std::to_string(sequence);
  return "1" + std::string(20 - digits.size(), '0') + digits;
}

base::Result<void> applyStreamSpecification(dispatch::Context& context, rows::Table& table, const Json& specification) {
  if (specification.isNull()) return {};
  const bool enabled = specification["StreamEnabled"].isBool() && specification["StreamEnabled"].asBool();
  const std::string view = specification.stringAt("StreamViewType");
  const bool on = !table.stream_view().empty();
  const bool updates = context.call().operation == "UpdateTable";
  if (!enabled) {
    if (!view.empty()) {
      return invalidParameter(
          updates ? "If stream is being disabled, then UpdateViewType must not be specified"
                  : "Table is being created with a stream disabled, UpdateViewType should not be specified");
    }
    if (updates && !on) return validationException("Table has no stream to disable: TableName: " + table.name());
    closeStream(context, table);
    return {};
  }
  if (view.empty()) {
    return invalidParameter(updates ? "If stream is being enabled then UpdateViewType is required"
                                    : "Table is being created with a stream enabled, UpdateViewType is required");
  }
  if (on) return validationException("Table already has an enabled stream: TableName: " + table.name());
  rows::Stream stream;
  // Labels are times; a stream that was turned off and on within a millisecond gets the next.
  base::Timestamp time = context.now();
  do {
    stream.set_label(base::formatIso8601Milliseconds(time).substr(0, 23));
    ++time.milliseconds;
  } while (kStreams.has(context.transaction(), table.account(), table.region(), table.name(), stream.label()));
  stream.set_account(table.account());
  stream.set_region(table.region());
  stream.set_table(table.name());
  stream.set_number(takeNumber(context.transaction()));
  stream.set_view(view);
  stream.set_hash(table.hash());
  stream.set_range(table.range());
  stream.set_created(context.now().milliseconds);
  const std::string millis = std::to_string(context.now().milliseconds);
  stream.set_shard("shardId-" + std::string(20 - millis.size(), '0') + millis + "-" + context.random().hex(8));
  kStreams.put(context.transaction(), stream, table.account(), table.region(), table.name(), stream.label());
  context.start({std::string(kStreamProcess), streamProcessId(stream)}, Json());
  table.set_stream_view(view);
  table.set_stream_label(stream.label());
  table.set_stream_number(stream.number());
  return {};
}

void closeStream(dispatch::Context& context, rows::Table& table) {
  if (table.stream_view().empty()) return;
  auto stream =
      kStreams.get(context.transaction(), table.account(), table.region(), table.name(), table.stream_label());
  if (stream) {
    stream->set_closed(context.now().milliseconds);
    kStreams.put(context.transaction(), *stream, table.account(), table.region(), table.name(), stream->label());
  }
  table.clear_stream_view();
  table.clear_stream_number();
}

}  // namespace thimble::services::dynamodb

// Turning streams on and off.
#include "base/time.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/streams.h"
#include "services/dynamodb/tables.h"

namespace thimble::services::dynamodb {

using base::Json;

std::string sequenceText(std::int64_t sequence) {
  const std::string digits = std::to_string(sequence);
  return "1" + std::string(20 - digits.size(), '0') + digits;
}

base::Result<void> applyStreamSpecification(dispatch::Context& context, rows::Table& table, const Json& specification) {
  if (specification.isNull()) return {};
  const bool enabled = specification["StreamEnabled"].isBool() && specification["StreamEnabled"].asBool();
  const std::string view = specification.stringAt("StreamViewType");
  const bool on = !table.stream_view().empty();
  if (!enabled) {
    if (!view.empty()) {
      return validationException(
          "One or more parameter values were invalid: StreamViewType cannot be specified when StreamEnabled is false");
    }
    if (context.call().operation == "UpdateTable" && !on) {
      return validationException("Table is already in desired state: streams are disabled");
    }
    closeStream(context, table);
    return {};
  }
  if (view.empty()) {
    return validationException(
        "One or more parameter values were invalid: StreamViewType is required when StreamEnabled is true");
  }
  if (on) return resourceInUse("Table already has an enabled stream: TableName: " + table.name());
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

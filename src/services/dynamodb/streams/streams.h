// Streams: what a table's changes are written to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "dispatch/context.h"
#include "services/dynamodb/dynamodb.pb.h"

namespace thimble::services::dynamodb {

/// Turns the table's stream on or off as a StreamSpecification (or null) says.
base::Result<void> applyStreamSpecification(dispatch::Context& context, rows::Table& table,
                                            const base::Json& specification);
/// Ends the table's stream; its records stay for a day.
void closeStream(dispatch::Context& context, rows::Table& table);

std::string streamArn(const rows::Stream& stream);
/// Nothing when the ARN is none of a stream of this account and region.
std::optional<rows::Stream> findStreamByArn(store::Transaction& transaction, const std::string& account,
                                            const std::string& region, const std::string& arn);

/// The number of the stream's last record; nothing when it has none.
std::optional<std::int64_t> lastSequence(store::Transaction& transaction, std::int64_t stream);

/// A place in a shard. As text "<arn>|1|<base64 of shard, next sequence number and time>".
struct ShardIterator {
  std::string stream;  ///< The stream's ARN.
  std::string shard;
  std::int64_t next = 0;  ///< The sequence number that comes next.
  base::Timestamp given;  ///< It is good for fifteen minutes.

  std::string text() const;
  static std::optional<ShardIterator> parse(const std::string& text);
};

/// A sequence number as clients see it: 21 digits, ordered as texts and as numbers.
std::string sequenceText(std::int64_t sequence);

}  // namespace thimble::services::dynamodb

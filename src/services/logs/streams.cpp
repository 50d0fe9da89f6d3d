// Log streams.
#include <algorithm>

#include "services/logs/errors.h"
#include "services/logs/groups.h"
#include "services/logs/registration.h"
#include "wire/shapes/logs.h"

namespace thimble::services::logs {
namespace {

using shapes::logs::CreateLogStream;
using shapes::logs::DeleteLogStream;
using shapes::logs::DescribeLogStreams;

constexpr std::int64_t kDefaultLimit = 50;

base::Result<CreateLogStream::Output> createLogStream(dispatch::Context& context, const CreateLogStream::Input& input) {
  TRY(loadGroup(context, input.logGroupName_));
  if (kStreams.has(context.transaction(), context.account(), context.region(), input.logGroupName_,
                   input.logStreamName_)) {
    return alreadyExists("The specified log stream already exists");
  }
  rows::StreamRecord stream;
  stream.set_name(input.logStreamName_);
  stream.set_id(context.random().uuid());
  stream.set_created(context.now().milliseconds);
  kStreams.put(context.transaction(), stream, context.account(), context.region(), input.logGroupName_,
               input.logStreamName_);
  return CreateLogStream::Output{};
}

base::Result<DeleteLogStream::Output> deleteLogStream(dispatch::Context& context, const DeleteLogStream::Input& input) {
  TRY_ASSIGN(const rows::StreamRecord stream, loadStream(context, input.logGroupName_, input.logStreamName_));
  discardStream(context, stream);
  kStreams.erase(context.transaction(), context.account(), context.region(), input.logGroupName_, input.logStreamName_);
  eraseSomeGarbage(context);
  return DeleteLogStream::Output{};
}

base::Result<DescribeLogStreams::Output> describeLogStreams(dispatch::Context& context,
                                                            const DescribeLogStreams::Input& input) {
  TRY_ASSIGN(const std::string group, groupName(input.logGroupName_, input.logGroupIdentifier_));
  TRY(context.authorise("logs:DescribeLogStreams", groupArn(context, group) + ":*"));
  const bool by_time = input.orderBy_ == "LastEventTime";
  if (by_time && input.logStreamNamePrefix_) {
    return invalidParameter("Cannot order by LastEventTime with a logStreamNamePrefix.");
  }
  TRY(loadGroup(context, group));
  TRY_ASSIGN(const std::string after, nameOfPageToken(input.nextToken_));
  std::vector<rows::StreamRecord> streams;
  for (auto& entry : kStreams.scan(context.transaction(), {}, context.account(), context.region(), group)) {
    if (entry.record.name().starts_with(input.logStreamNamePrefix_.value_or(""))) {
      streams.push_back(std::move(entry.record));
    }
  }
  if (by_time) {
    std::stable_sort(streams.begin(), streams.end(), [](const auto& a, const auto& b) {
      return std::pair(a.last_event(), a.name()) < std::pair(b.last_event(), b.name());
    });
  }
  if (input.descending_.value_or(false)) std::reverse(streams.begin(), streams.end());
  auto begin = streams.begin();
  if (!after.empty()) {
    begin = std::find_if(begin, streams.end(), [&](const auto& stream) { return stream.name() == after; });
    if (begin != streams.end()) ++begin;
  }
  const auto limit = static_cast<std::size_t>(input.limit_.value_or(kDefaultLimit));
  DescribeLogStreams::Output output;
  output.logStreams_.emplace();
  for (; begin != streams.end(); ++begin) {
    if (output.logStreams_->size() == limit) {
      output.nextToken_ = pageToken(*output.logStreams_->back().logStreamName_);
      break;
    }
    shapes::logs::LogStream shown;
    shown.logStreamName_ = begin->name();
    shown.creationTime_ = begin->created();
    shown.arn_ = groupArn(context, group) + ":log-stream:" + begin->name();
    shown.storedBytes_ = 0;  // As AWS, which no longer counts it for streams.
    if (begin->next_sequence() > 0) {
      shown.firstEventTimestamp_ = begin->first_event();
      shown.lastEventTimestamp_ = begin->last_event();
      shown.lastIngestionTime_ = begin->last_ingestion();
      shown.uploadSequenceToken_ = sequenceToken(*begin);
    }
    output.logStreams_->push_back(std::move(shown));
  }
  return output;
}

}  // namespace

void registerStreams(dispatch::Registry& registry) {
  registry.add<CreateLogStream>(createLogStream);
  registry.add<DeleteLogStream>(deleteLogStream);
  registry.add<DescribeLogStreams>(describeLogStreams);
}

}  // namespace thimble::services::logs

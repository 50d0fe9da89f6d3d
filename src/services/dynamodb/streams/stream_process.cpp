#include "services/dynamodb/streams/stream_process.h"

#include "services/dynamodb/keys.h"
#include "services/dynamodb/streams/sequencer.h"

namespace thimble::services::dynamodb {
namespace {

using dispatch::ProcessInput;

constexpr std::int64_t kDay = 24LL * 3600 * 1000;
constexpr std::int64_t kBetweenTrims = 3600LL * 1000;
constexpr std::size_t kRecordsPerStep = 1000;
constexpr std::string_view kTrim = "trim";

}  // namespace

std::string streamProcessId(const rows::Stream& stream) {
  return stream.account() + "/" + stream.region() + "/" + stream.table() + "/" + stream.label();
}

std::int64_t trimHorizon(base::Timestamp now) {
  return Sequencer::firstOf({now.milliseconds - kDay});
}

void StreamProcess::decide(dispatch::ProcessContext& context, const ProcessInput& input) {
  const base::Timestamp now = context.now();
  if (input.type == ProcessInput::Type::Start) {
    context.scheduleTimer(kTrim, now.plusMilliseconds(kDay));
    return;
  }
  if (input.type != ProcessInput::Type::Timer) return;
  const std::string& id = context.self().id;
  const std::size_t first = id.find('/');
  const std::size_t second = id.find('/', first + 1);
  const std::size_t third = id.find('/', second + 1);
  const std::string account = id.substr(0, first);
  const std::string region = id.substr(first + 1, second - first - 1);
  const std::string table = id.substr(second + 1, third - second - 1);
  const std::string label = id.substr(third + 1);
  store::Transaction& transaction = context.transaction();
  const auto stream = kStreams.get(transaction, account, region, table, label);
  if (!stream) return;
  const std::string prefix = streamPrefix(stream->number());
  const auto old =
      transaction.scan({prefix, prefix + store::Key().add(trimHorizon(now)).bytes()}, {.limit = kRecordsPerStep});
  for (const store::Row& row : old) transaction.erase(row.key);
  if (old.size() == kRecordsPerStep) {
    context.scheduleTimer(kTrim, now);
  } else if (stream->closed() != 0 && stream->closed() + kDay < now.milliseconds) {
    kStreams.erase(transaction, account, region, table, label);
  } else {
    context.scheduleTimer(kTrim, now.plusMilliseconds(kBetweenTrims));
  }
}

}  // namespace thimble::services::dynamodb

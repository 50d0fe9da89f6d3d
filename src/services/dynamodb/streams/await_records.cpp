// An operation of our own, for those who read a stream as Lambda's event source mappings do: it answers when there are
// records to read, so that nobody has to look again and again.
//
// thimble.dynamodb AwaitRecords {"ShardIterator", "Count", "Until"}: answers {"ShardIterator"}, the same place given
// anew (also from an iterator that has expired), once `Count` records are there, the time `Until` (milliseconds since
// 1970) has come, or no more will come since the stream is closed or gone.
#include <atomic>
#include <memory>

#include "services/dynamodb/errors.h"
#include "services/dynamodb/item_rows.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/streams/streams.h"

namespace thimble::services::dynamodb {
namespace {

using base::Json;

// How soon to look again when a record is there whose predecessors are not settled yet.
constexpr std::int64_t kUnsettledMilliseconds = 20;

/// One caller's wait.
struct AwaitRecords : std::enable_shared_from_this<AwaitRecords> {
  std::shared_ptr<dispatch::AsyncContext> context;
  Data& data;
  dispatch::CallDone done;
  ShardIterator place;
  std::size_t count;
  base::Timestamp until;

  AwaitRecords(std::shared_ptr<dispatch::AsyncContext> its_context, Data& its_data, dispatch::CallDone its_done,
               ShardIterator its_place)
      : context(std::move(its_context)), data(its_data), done(std::move(its_done)), place(std::move(its_place)) {
    const Json& input = context->call().input;
    count = input["Count"].isInt() ? static_cast<std::size_t>(std::max<std::int64_t>(1, input["Count"].asInt())) : 1;
    until = {input["Until"].isInt() ? input["Until"].asInt() : 0};
  }

  void look(bool woken_early) {
    const base::Timestamp now = context->now();
    store::Transaction finding = context->environment().store.begin();
    const auto stream = findStreamByArn(finding, context->account(), context->region(), place.stream);
    if (!stream || stream->closed() != 0 || now >= until) return answer(now);
    // Registered before it looks, so that a record that comes meanwhile is not missed.
    auto self = shared_from_this();
    const std::string listened = std::to_string(stream->number());
    auto over = std::make_shared<std::atomic<bool>>(false);
    const auto ticket = data.sequencer->waiters().wait(listened, [self, over] {
      if (over->exchange(true)) return;
      self->context->environment().executor.post([self] { self->look(true); });
    });
    data.sequencer->meet(stream->number(), [&] { return lastSequence(finding, stream->number()).value_or(0); });
    // The horizon comes before the snapshot: what is below it is in there.
    const std::int64_t horizon = data.sequencer->horizon(now);
    store::Transaction reading = context->environment().store.begin();
    const std::string prefix = streamPrefix(stream->number());
    const store::Range range{prefix + store::Key().add(place.next).bytes(),
                             prefix + store::Key().add(horizon + 1).bytes()};
    if (reading.scan(range, {.limit = count}).size() >= count) {
      data.sequencer->waiters().forget(listened, ticket);
      if (!over->exchange(true)) answer(now);
      return;
    }
    const base::Timestamp next = woken_early ? std::min(until, now.plusMilliseconds(kUnsettledMilliseconds)) : until;
    context->environment().executor.postAt(next, [self, over, listened, ticket] {
      if (over->exchange(true)) return;
      self->data.sequencer->waiters().forget(listened, ticket);
      self->look(false);
    });
  }

  void answer(base::Timestamp now) {
    place.given = now;
    done(dispatch::Answer{Json::object({{"ShardIterator", place.text()}}), nullptr, 0});
  }
};

}  // namespace

void registerAwaitRecords(dispatch::Registry& registry, Data& data) {
  registry.addInternal(
      "thimble.dynamodb", "AwaitRecords",
      [&data](std::shared_ptr<dispatch::AsyncContext> context, dispatch::CallDone done) {
        auto place = ShardIterator::parse(context->call().input.stringAt("ShardIterator"));
        if (!place) return done(validationException("Invalid ShardIterator"));
        std::make_shared<AwaitRecords>(std::move(context), data, std::move(done), std::move(*place))->look(false);
      });
}

}  // namespace thimble::services::dynamodb

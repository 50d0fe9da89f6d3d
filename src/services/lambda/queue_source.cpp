// Event source mappings of queues.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
//
// The state: {"Receiving": true while a ReceiveMessage is under way, "Running": invocations, "Buffer": records that
// wait for the batch to fill, "Bytes": theirs, "WindowEnd": when it is invoked anyway (0: nothing waits), "Troubles"}.
#include <algorithm>

#include "services/lambda/destinations.h"
#include "services/lambda/event_source_rows.h"
#include "services/lambda/event_sources.h"
#include "services/lambda/event_sources/event_records.h"

namespace thimble::services::lambda {
namespace {

using base::Json;
using Type = dispatch::ProcessInput::Type;

constexpr std::int64_t kMostPerCall = 10;
constexpr std::int64_t kLongestPoll = 20;
constexpr std::int64_t kDefaultConcurrency = 10;
// An invocation takes 6 MB; a receive may bring 2.5 MB more.
constexpr std::int64_t kMostBytes = 3'000'000;
constexpr std::string_view kReceive = "receive";
constexpr std::string_view kInvoke = "invoke";
constexpr std::string_view kDelete = "delete";
constexpr std::string_view kRelease = "release";
constexpr std::string_view kWindow = "window";
constexpr std::string_view kPoll = "poll";

/// One decision: the mapping, its state, and what is done with them.
struct Decision {
  dispatch::ProcessContext& context;
  Source& source;
  Json& state;

  std::int64_t stateNumber(const char* member) const { return state[member].isInt() ? state[member].asInt() : 0; }

  Json withQueue(Json members) const {
    const auto arn = base::parseArn(source.sourceArn());
    members.set("QueueUrl", queueUrl(arn->region, arn->account, arn->resource));
    return members;
  }

  void receive() {
    const std::int64_t concurrency = source.configuration()["ScalingConfig"]["MaximumConcurrency"].isInt()
                                         ? source.configuration()["ScalingConfig"]["MaximumConcurrency"].asInt()
                                         : kDefaultConcurrency;
    if (!source.isRunning() || state["Receiving"].asBool() || stateNumber("Running") >= concurrency) return;
    const std::int64_t missing =
        source.number("BatchSize", kMostPerCall) - static_cast<std::int64_t>(state["Buffer"].size());
    std::int64_t wait = kLongestPoll;
    if (const std::int64_t end = stateNumber("WindowEnd"); end != 0) {
      wait = std::clamp<std::int64_t>((end - context.now().milliseconds) / 1000, 0, kLongestPoll);
    }
    const Json all = Json::array({Json("All")});
    context.scheduleCall(sourceCall(context, source, "sqs", "ReceiveMessage",
                                    withQueue(Json::object({{"MaxNumberOfMessages", std::min(missing, kMostPerCall)},
                                                            {"WaitTimeSeconds", wait},
                                                            {"AttributeNames", all},
                                                            {"MessageAttributeNames", all}}))),
                         kReceive);
    state.set("Receiving", true);
  }

  /// Takes messages out of the queue (`kDelete`), or lets others have them now (`kRelease`).
  void settleMessages(std::string_view how, const std::vector<Json>& handles) {
    for (std::size_t begin = 0; begin < handles.size(); begin += kMostPerCall) {
      Json entries = Json::array();
      for (std::size_t i = begin; i < std::min<std::size_t>(handles.size(), begin + kMostPerCall); ++i) {
        Json entry = Json::object({{"Id", std::to_string(i)}, {"ReceiptHandle", handles[i]}});
        if (how == kRelease) entry.set("VisibilityTimeout", 0);
        entries.push(std::move(entry));
      }
      context.scheduleCall(
          sourceCall(context, source, "sqs", how == kDelete ? "DeleteMessageBatch" : "ChangeMessageVisibilityBatch",
                     withQueue(Json::object({{"Entries", std::move(entries)}}))),
          how);
    }
  }

  void takeMessages(const Json& messages) {
    const event_sources::Filter filter = source.filter();
    std::vector<Json> unwanted;
    std::vector<Json> records;
    for (const Json& message : messages.asArray()) {
      Json record = event_sources::queueRecord(message, source.sourceArn(), source.reference.region);
      if (filter.passes(record)) {
        records.push_back(std::move(record));
      } else {
        unwanted.push_back(message["ReceiptHandle"]);
      }
    }
    settleMessages(kDelete, unwanted);
    Json buffer = state["Buffer"];
    std::int64_t bytes = stateNumber("Bytes");
    for (Json& record : records) {
      bytes += static_cast<std::int64_t>(record.write().size());
      buffer.push(std::move(record));
    }
    state.set("Buffer", std::move(buffer));
    state.set("Bytes", bytes);
    if (state["Buffer"].empty()) return;
    const std::int64_t window = source.number("MaximumBatchingWindowInSeconds", 0);
    const bool full = static_cast<std::int64_t>(state["Buffer"].size()) >= source.number("BatchSize", kMostPerCall) ||
                      bytes > kMostBytes;
    const base::Timestamp now = context.now();
    if (window == 0 || full || (stateNumber("WindowEnd") != 0 && now.milliseconds >= stateNumber("WindowEnd"))) {
      return invokeBuffer();
    }
    if (stateNumber("WindowEnd") == 0) {
      const base::Timestamp end = now.plusMilliseconds(window * 1000);
      state.set("WindowEnd", end.milliseconds);
      context.scheduleTimer(kWindow, end);
    }
  }

  void invokeBuffer() {
    state.set("WindowEnd", 0);
    context.cancelTimer(kWindow);
    if (state["Buffer"].empty()) return;
    Json batch = Json::array();
    for (const Json& record : state["Buffer"].asArray()) {
      batch.push(Json::object({{"Id", record["messageId"]}, {"Handle", record["receiptHandle"]}}));
    }
    const std::string task = context.scheduleCall(invocation(source, state["Buffer"].asArray()), kInvoke);
    putBatch(context.transaction(), context.self().id, task, batch);
    state.set("Buffer", Json::array());
    state.set("Bytes", 0);
    state.set("Running", stateNumber("Running") + 1);
  }

  void invoked(const dispatch::ProcessInput& input) {
    const auto batch = findBatch(context.transaction(), context.self().id, input.task_id);
    if (!batch) return;
    eraseBatch(context.transaction(), context.self().id, input.task_id);
    state.set("Running", stateNumber("Running") - 1);
    std::vector<std::string> identifiers;
    for (const Json& each : batch->asArray()) identifiers.push_back(each.stringAt("Id"));
    const Invoked how = readInvocation(source, input, identifiers);
    // What has failed comes back when its visibility timeout has passed.
    const bool none = how.failed || how.temporary;
    std::vector<Json> done;
    for (const Json& each : batch->asArray()) {
      if (!none && !how.failures.contains(each.stringAt("Id"))) done.push_back(each["Handle"]);
    }
    settleMessages(kDelete, done);
    noteResult(context, source, std::string(none ? kResultFailed : kResultOk));
    receive();
  }

  void received(const dispatch::ProcessInput& input) {
    state.set("Receiving", false);
    if (input.type == Type::WorkerLost) return receive();
    if (!input.outcome->ok()) {
      const std::int64_t troubles = stateNumber("Troubles");
      state.set("Troubles", troubles + 1);
      noteResult(context, source, "PROBLEM: " + input.outcome->error().message);
      context.scheduleTimer(kPoll, context.now().plusMilliseconds(
                                       std::min<std::int64_t>(60'000, 1000 << std::min<std::int64_t>(troubles, 6))));
      return;
    }
    state.set("Troubles", 0);
    const Json& messages = (*input.outcome)->output["Messages"];
    if (messages.isArray() && !source.isRunning()) {
      std::vector<Json> handles;
      for (const Json& each : messages.asArray()) handles.push_back(each["ReceiptHandle"]);
      settleMessages(kRelease, handles);
    } else if (messages.isArray()) {
      takeMessages(messages);
    }
    receive();
  }

  void changed() {
    settle(context, source);
    if (source.isRunning()) return receive();
    std::vector<Json> handles;
    for (const Json& each : state["Buffer"].asArray()) handles.push_back(each["receiptHandle"]);
    settleMessages(kRelease, handles);
    state.set("Buffer", Json::array());
    state.set("Bytes", 0);
    state.set("WindowEnd", 0);
    context.cancelTimer(kWindow);
    context.cancelTimer(kPoll);
  }
};

}  // namespace

void QueueSource::decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) {
  auto source = findSource(context);
  if (!source) return;
  std::optional<Json> state = findSourceState(context.transaction(), context.self().id);
  if (input.type == Type::Start) {
    state = Json::object({{"Receiving", false},
                          {"Running", 0},
                          {"Buffer", Json::array()},
                          {"Bytes", 0},
                          {"WindowEnd", 0},
                          {"Troubles", 0}});
    putSourceState(context.transaction(), context.self().id, *state);
    context.scheduleContinue();
    return;
  }
  if (!state || input.type == Type::TaskStarted) return;
  Decision decision{context, *source, *state};
  if (input.type == Type::Continue || input.type == Type::Signal) decision.changed();
  if (input.type == Type::Timer && input.name == kWindow) {
    decision.invokeBuffer();
    decision.receive();
  }
  if (input.type == Type::Timer && input.name == kPoll) decision.receive();
  if (input.type == Type::TaskResult || input.type == Type::WorkerLost) {
    if (input.name == kReceive) decision.received(input);
    if (input.name == kInvoke) decision.invoked(input);
  }
  // A mapping that is to go goes when nothing of it is under way.
  if (source->state() == "Deleting" && !(*state)["Receiving"].asBool() && (*state)["Running"].asInt() == 0) {
    eraseSourceState(context.transaction(), context.self().id);
    eraseMapping(context.transaction(), source->reference);
    return;
  }
  putSourceState(context.transaction(), context.self().id, *state);
}

}  // namespace thimble::services::lambda

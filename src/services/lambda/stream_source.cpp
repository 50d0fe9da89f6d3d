// Event source mappings of DynamoDB streams.
// https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
//
// The state: {"Shard", "Iterator": the place of what was not read yet, "Lanes": [Lane] of the reading that is worked
// on, "Ended": the shard is read to its end, "WindowEnd": when a reading that is not full is taken (0: none waits),
// "Troubles", "Paused", "Tasks": {tag: task}}.
#include <algorithm>
#include <map>

#include "base/encoding.h"
#include "services/lambda/destinations.h"
#include "services/lambda/event_source_rows.h"
#include "services/lambda/event_sources.h"
#include "services/lambda/event_sources/event_records.h"
#include "services/lambda/event_sources/lane.h"

namespace thimble::services::lambda {
namespace {

using base::Json;
using event_sources::Lane;
using Type = dispatch::ProcessInput::Type;

constexpr std::int64_t kDefaultBatch = 100;
constexpr std::int64_t kMostRead = 1000;
constexpr std::int64_t kLongestAwait = 60'000;
constexpr std::string_view kDescribe = "describe";
constexpr std::string_view kIterator = "iterator";
constexpr std::string_view kAwait = "await";
constexpr std::string_view kRead = "read";
constexpr std::string_view kInvoke = "invoke/";  // With the lane's index behind it; also the timers'.
constexpr std::string_view kAgain = "again";
constexpr std::string_view kDestination = "destination";

struct Decision {
  dispatch::ProcessContext& context;
  Source& source;
  Json& state;

  std::int64_t stateNumber(const char* member) const { return state[member].isInt() ? state[member].asInt() : 0; }

  void schedule(const dispatch::Call& call, std::string_view tag) {
    const std::string task = context.scheduleCall(call, tag);
    Json tasks = state["Tasks"];
    tasks.set(tag, task);
    state.set("Tasks", std::move(tasks));
  }

  event_sources::RetryRules rules() const {
    const Json& bisect = source.configuration()["BisectBatchOnFunctionError"];
    return {source.number("MaximumRetryAttempts", -1), source.number("MaximumRecordAgeInSeconds", -1),
            bisect.isBool() && bisect.asBool()};
  }

  // --- Reading -------------------------------------------------------------------------------------------------------

  void describe() {
    schedule(sourceCall(context, source, "dynamodbstreams", "DescribeStream",
                        Json::object({{"StreamArn", source.sourceArn()}})),
             kDescribe);
  }

  void await(std::int64_t count, std::int64_t until) {
    dispatch::Call call;
    call.identity = dispatch::Identity::root(source.reference.account);
    call.account = source.reference.account;
    call.region = source.reference.region;
    call.service = "thimble.dynamodb";
    call.operation = "AwaitRecords";
    call.input = Json::object({{"ShardIterator", state["Iterator"]}, {"Count", count}, {"Until", until}});
    schedule(call, kAwait);
  }
  void await() { await(1, context.now().milliseconds + kLongestAwait); }

  std::int64_t batchSize() const { return source.number("BatchSize", kDefaultBatch); }
  std::int64_t laneCount() const { return source.number("ParallelizationFactor", 1); }
  std::int64_t readSize() const { return std::min(kMostRead, batchSize() * laneCount()); }

  void read() {
    schedule(sourceCall(context, source, "dynamodbstreams", "GetRecords",
                        Json::object({{"ShardIterator", state["Iterator"]}, {"Limit", readSize()}})),
             kRead);
  }

  void takeRecords(const Json& answer) {
    const event_sources::Filter filter = source.filter();
    std::vector<Json> records;
    for (const Json& each : answer["Records"].asArray()) {
      Json record = event_sources::streamRecord(each, source.sourceArn());
      if (filter.passes(record)) records.push_back(std::move(record));
    }
    const std::int64_t window = source.number("MaximumBatchingWindowInSeconds", 0);
    const std::int64_t now = context.now().milliseconds;
    const bool full = static_cast<std::int64_t>(answer["Records"].size()) >= readSize();
    if (!records.empty() && window > 0 && !full && answer.contains("NextShardIterator")) {
      if (stateNumber("WindowEnd") == 0) state.set("WindowEnd", now + window * 1000);
      // The place stays: what is there by the end of the window, or enough of it, is read then.
      if (now < stateNumber("WindowEnd")) return await(readSize(), stateNumber("WindowEnd"));
    }
    state.set("WindowEnd", 0);
    // Without a next place the shard is closed and read to its end.
    state.set("Iterator", answer.stringAt("NextShardIterator"));
    state.set("Ended", !answer.contains("NextShardIterator"));
    if (records.empty()) return next();
    // Records of one key stay in one lane, and in order.
    std::map<std::string, std::vector<Json>> by_lane;
    for (Json& record : records) {
      const unsigned char first = static_cast<unsigned char>(base::md5(event_sources::partitionOf(record)).front());
      by_lane[std::to_string(first % laneCount())].push_back(std::move(record));
    }
    Json lanes = Json::object();
    for (auto& [name, its_records] : by_lane)
      lanes.set(name, Lane(std::move(its_records), static_cast<std::size_t>(batchSize())).toJson());
    state.set("Lanes", std::move(lanes));
    for (const auto& [name, its_records] : by_lane) invoke(name);
  }

  /// Goes on when nothing is worked on.
  void next() {
    if (!state["Lanes"].empty() || !source.isRunning()) return;
    if (!state.stringAt("Iterator").empty()) await();
  }

  // --- Invoking ------------------------------------------------------------------------------------------------------

  Lane lane(const std::string& name) const { return Lane::fromJson(state["Lanes"][name]); }
  void keep(const std::string& name, const Lane& changed) {
    Json lanes = state["Lanes"];
    if (changed.empty()) {
      lanes.erase(name);
    } else {
      lanes.set(name, changed.toJson());
    }
    state.set("Lanes", std::move(lanes));
  }

  void invoke(const std::string& name) {
    if (!state["Lanes"].contains(name)) return;
    Lane its = lane(name);
    const std::int64_t attempts = its.attempts();
    const std::vector<Json> expired = its.takeExpired(rules(), context.now().milliseconds);
    if (!expired.empty()) {
      giveUp(expired, "RecordAgeExceeded", attempts, Json());
      keep(name, its);
    }
    if (its.empty()) return next();
    schedule(invocation(source, its.batch()), std::string(kInvoke) + name);
  }

  void invoked(const std::string& name, const dispatch::ProcessInput& input) {
    if (!state["Lanes"].contains(name)) return;
    Lane its = lane(name);
    const std::vector<Json> batch = its.batch();
    std::vector<std::string> identifiers;
    for (const Json& record : batch) identifiers.push_back(event_sources::identifierOf(record));
    const Invoked how = readInvocation(source, input, identifiers);
    std::int64_t wait = 0;
    if (input.type == Type::WorkerLost) {
      // The server ended during the invocation; whether the function had run is unknown, so it runs again.
    } else if (how.temporary) {
      wait = its.postpone();
    } else if (how.failed || !how.failures.empty()) {
      std::size_t first = 0;
      while (!how.failed && !how.failures.contains(identifiers[first])) ++first;
      const Lane::Failure failure = its.fail(first, rules());
      wait = failure.wait_milliseconds;
      if (!failure.given_up.empty()) {
        giveUp(failure.given_up, "RetryAttemptsExhausted", failure.invocations, how.output);
      }
    } else {
      its.succeed();
    }
    const bool problem = how.temporary || how.failed || !how.failures.empty();
    noteResult(context, source, std::string(problem ? kResultFailed : kResultOk));
    keep(name, its);
    if (its.empty()) return next();
    if (!source.isRunning()) return;
    if (wait > 0) {
      context.scheduleTimer(std::string(kInvoke) + name, context.now().plusMilliseconds(wait));
    } else {
      invoke(name);
    }
  }

  void giveUp(const std::vector<Json>& records, const std::string& condition, std::int64_t invocations,
              const Json& answer) {
    const std::string target = source.configuration()["DestinationConfig"]["OnFailure"].stringAt("Destination");
    if (target.empty()) return;
    const FunctionReference function = source.function();
    const auto resolved = resolve(context.transaction(), function);
    if (!resolved.ok()) return;
    const Json record = event_sources::destinationRecord({.request_id = context.random().uuid(),
                                                          .function_arn = function.qualifiedArn(),
                                                          .condition = condition,
                                                          .invocations = invocations,
                                                          .answer = answer,
                                                          .shard = state.stringAt("Shard"),
                                                          .stream_arn = source.sourceArn(),
                                                          .records = records},
                                                         context.now());
    const auto call = destinationCall(function, resolved->version_document["Configuration"].stringAt("Role"), target,
                                      record.write(), {});
    if (call) context.scheduleCall(*call, kDestination);
  }

  // --- Inputs --------------------------------------------------------------------------------------------------------

  /// Reading failed: again in a while.
  void trouble(const std::string& message) {
    const std::int64_t troubles = stateNumber("Troubles");
    state.set("Troubles", troubles + 1);
    noteResult(context, source, "PROBLEM: " + message);
    const std::int64_t wait = std::min<std::int64_t>(60'000, 1000 << std::min<std::int64_t>(troubles, 6));
    context.scheduleTimer(kAgain, context.now().plusMilliseconds(wait));
  }

  /// Takes up what is there: at the beginning, after trouble, when it is enabled again.
  void goOn() {
    if (!source.isRunning()) return;
    if (!isPlaced()) return describe();
    std::vector<std::string> names;
    for (const auto& [name, its] : state["Lanes"].asObject()) names.push_back(name);
    for (const std::string& name : names) invoke(name);
    next();
  }

  bool isPlaced() const { return state["Ended"].asBool() || !state.stringAt("Iterator").empty(); }

  void changed() {
    const bool paused = state["Paused"].asBool();
    state.set("Paused", !source.isRunning());
    if (source.isRunning()) {
      if (isPlaced()) settle(context, source);
      // What is under way goes on as it was; what comes next is as the mapping says now.
      if (paused) goOn();
      return;
    }
    settle(context, source);
    // What is under way is forgotten, and begun again when the mapping is enabled.
    for (const auto& [tag, task] : state["Tasks"].asObject()) context.cancelTask(task.asString());
    state.set("Tasks", Json::object());
    context.cancelTimer(kAgain);
    for (const auto& [name, its] : state["Lanes"].asObject()) context.cancelTimer(std::string(kInvoke) + name);
  }

  void settled(const dispatch::ProcessInput& input) {
    if (input.name.starts_with(kInvoke)) return invoked(input.name.substr(kInvoke.size()), input);
    if (input.name == kDestination) return;
    if (input.type == Type::WorkerLost) return goOn();
    const auto& outcome = *input.outcome;
    if (!outcome.ok()) {
      // A place grows old when the server has been away; whoever awaits records gets it anew.
      if (outcome.error().code == "ExpiredIteratorException") return await();
      return trouble(outcome.error().message);
    }
    state.set("Troubles", 0);
    const Json& output = outcome->output;
    if (input.name == kDescribe) {
      const std::string shard = output["StreamDescription"]["Shards"][std::size_t{0}].stringAt("ShardId");
      state.set("Shard", shard);
      schedule(sourceCall(context, source, "dynamodbstreams", "GetShardIterator",
                          Json::object({{"StreamArn", source.sourceArn()},
                                        {"ShardId", shard},
                                        {"ShardIteratorType", source.configuration()["StartingPosition"]}})),
               kIterator);
    } else if (input.name == kIterator) {
      state.set("Iterator", output["ShardIterator"]);
      settle(context, source);
      await();
    } else if (input.name == kAwait) {
      state.set("Iterator", output["ShardIterator"]);
      read();
    } else if (input.name == kRead) {
      takeRecords(output);
    }
  }
};

}  // namespace

base::Json mappingChanged() {
  return Json::object({{"do", "changed"}});
}

void StreamSource::decide(dispatch::ProcessContext& context, const dispatch::ProcessInput& input) {
  const std::string& id = context.self().id;
  std::optional<Json> state = findSourceState(context.transaction(), id);
  if (input.type == Type::Start) {
    state = Json::object({{"Shard", ""},
                          {"Iterator", ""},
                          {"Lanes", Json::object()},
                          {"WindowEnd", 0},
                          {"Troubles", 0},
                          {"Ended", false},
                          {"Paused", true},  // Until the first look at the mapping.
                          {"Tasks", Json::object()}});
    putSourceState(context.transaction(), id, *state);
    context.scheduleContinue();
    return;
  }
  if (!state || input.type == Type::TaskStarted) return;
  auto source = findSource(context);
  if (!source || source->state() == "Deleting") {
    for (const auto& [tag, task] : (*state)["Tasks"].asObject()) context.cancelTask(task.asString());
    eraseSourceState(context.transaction(), id);
    if (source) eraseMapping(context.transaction(), source->reference);
    return;
  }
  Decision decision{context, *source, *state};
  if (input.type == Type::Continue || input.type == Type::Signal) decision.changed();
  if (input.type == Type::Timer && input.name == kAgain) decision.goOn();
  if (input.type == Type::Timer && input.name.starts_with(kInvoke)) decision.invoke(input.name.substr(kInvoke.size()));
  if (input.type == Type::TaskResult || input.type == Type::WorkerLost) {
    Json tasks = (*state)["Tasks"];
    tasks.erase(input.name);
    state->set("Tasks", std::move(tasks));
    decision.settled(input);
  }
  putSourceState(context.transaction(), id, *state);
}

}  // namespace thimble::services::lambda

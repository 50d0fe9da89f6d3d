#include "services/lambda/event_source_rows.h"

#include <algorithm>

#include "base/json_binary.h"
#include "services/lambda/event_sources/batch_response.h"
#include "services/lambda/lambda.pb.h"
#include "store/table.h"

namespace thimble::services::lambda {
namespace {

using base::Json;

constexpr store::Table<Record> kMappings("lambda.event_source_mapping");
constexpr store::Table<Record> kStates("lambda.event_source_state");
constexpr store::Table<Record> kBatches("lambda.event_source_batch");

Record pack(const Json& document) {
  Record record;
  record.set_document(base::encodeJsonBinary(document));
  return record;
}

std::optional<Json> unpack(const std::optional<Record>& record) {
  if (!record) return std::nullopt;
  std::optional<Json> document = base::decodeJsonBinary(record->document());
  if (!document) throw store::DamagedRow("a row of an event source mapping is damaged");
  return document;
}

}  // namespace

MappingReference MappingReference::ofProcess(const std::string& id) {
  const std::size_t first = id.find('/');
  const std::size_t second = id.find('/', first + 1);
  return {id.substr(0, first), id.substr(first + 1, second - first - 1), id.substr(second + 1)};
}

std::optional<Json> findMapping(store::Transaction& transaction, const MappingReference& mapping) {
  return unpack(kMappings.get(transaction, mapping.account, mapping.region, mapping.uuid));
}
void putMapping(store::Transaction& transaction, const MappingReference& mapping, const Json& document) {
  kMappings.put(transaction, pack(document), mapping.account, mapping.region, mapping.uuid);
}
void eraseMapping(store::Transaction& transaction, const MappingReference& mapping) {
  kMappings.erase(transaction, mapping.account, mapping.region, mapping.uuid);
}

std::vector<NamedDocument> listMappings(store::Transaction& transaction, const std::string& account,
                                        const std::string& region, const std::string& after, std::size_t limit) {
  std::vector<NamedDocument> found;
  for (auto& entry : kMappings.scanAfter(transaction, after, {.limit = limit}, account, region)) {
    std::optional<Json> document = unpack(entry.record);
    std::string uuid = (*document)["Configuration"].stringAt("UUID");
    found.push_back({std::move(entry.key), std::move(uuid), std::move(*document)});
  }
  return found;
}

std::optional<Json> findSourceState(store::Transaction& transaction, const std::string& process) {
  return unpack(kStates.get(transaction, process));
}
void putSourceState(store::Transaction& transaction, const std::string& process, const Json& state) {
  kStates.put(transaction, pack(state), process);
}
void eraseSourceState(store::Transaction& transaction, const std::string& process) {
  kStates.erase(transaction, process);
}
std::optional<Json> findBatch(store::Transaction& transaction, const std::string& process, const std::string& task) {
  return unpack(kBatches.get(transaction, process, task));
}
void putBatch(store::Transaction& transaction, const std::string& process, const std::string& task, const Json& batch) {
  kBatches.put(transaction, pack(batch), process, task);
}
void eraseBatch(store::Transaction& transaction, const std::string& process, const std::string& task) {
  kBatches.erase(transaction, process, task);
}

bool Source::isRunning() const {
  const std::string now = state();
  return now != "Disabling" && now != "Disabled" && now != "Deleting";
}

std::int64_t Source::number(const char* member, std::int64_t fallback) const {
  const Json& value = configuration()[member];
  return value.isInt() ? value.asInt() : fallback;
}

FunctionReference Source::function() const {
  const auto function =
      parseFunction(configuration().stringAt("FunctionArn"), std::nullopt, reference.account, reference.region);
  return function.ok() ? *function : FunctionReference{};
}

event_sources::Filter Source::filter() const {
  auto filter = event_sources::Filter::parse(configuration()["FilterCriteria"]);
  return filter.ok() ? std::move(filter).value() : event_sources::Filter();
}

bool Source::reportsFailures() const {
  return configuration()["FunctionResponseTypes"].size() > 0;
}

std::optional<Source> findSource(dispatch::ProcessContext& context) {
  const MappingReference reference = MappingReference::ofProcess(context.self().id);
  std::optional<Json> document = findMapping(context.transaction(), reference);
  if (!document) return std::nullopt;
  return Source{reference, std::move(*document)};
}

void settle(dispatch::ProcessContext& context, Source& source) {
  const std::string state = source.state();
  Json configuration = source.configuration();
  if (state == "Creating" || state == "Enabling" || state == "Updating") configuration.set("State", "Enabled");
  if (state == "Disabling") configuration.set("State", "Disabled");
  if (configuration.stringAt("State") == state) return;
  source.document.set("Configuration", std::move(configuration));
  putMapping(context.transaction(), source.reference, source.document);
}

void noteResult(dispatch::ProcessContext& context, Source& source, const std::string& result) {
  if (source.configuration().stringAt("LastProcessingResult") == result) return;
  Json configuration = source.configuration();
  configuration.set("LastProcessingResult", result);
  source.document.set("Configuration", std::move(configuration));
  putMapping(context.transaction(), source.reference, source.document);
}

dispatch::Call sourceCall(dispatch::ProcessContext& context, const Source& source, std::string_view service,
                          std::string_view operation, Json input) {
  const FunctionReference function = source.function();
  const auto resolved = resolve(context.transaction(), function);
  dispatch::Call call;
  // Without a function there is no role; then assuming it is refused.
  const std::string role = resolved.ok() ? resolved->version_document["Configuration"].stringAt("Role") : std::string();
  call.role = dispatch::RoleToAssume{role, "lambda.amazonaws.com", function.name};
  const auto arn = base::parseArn(source.sourceArn());
  call.account = arn ? arn->account : source.reference.account;
  call.region = source.reference.region;
  call.source_arn = function.arn();
  call.service = service;
  call.operation = operation;
  call.input = std::move(input);
  return call;
}

dispatch::Call invocation(const Source& source, const std::vector<Json>& records) {
  dispatch::Call call;
  call.identity = dispatch::Identity::root(source.reference.account);
  call.account = source.reference.account;
  call.region = source.reference.region;
  call.service = "lambda";
  call.operation = "Invoke";
  call.input = Json::object({{"FunctionName", source.configuration()["FunctionArn"]},
                             {"Payload", Json::object({{"Records", Json(records)}}).write()}});
  return call;
}

Invoked readInvocation(const Source& source, const dispatch::ProcessInput& input,
                       const std::vector<std::string>& identifiers) {
  Invoked invoked;
  if (input.type == dispatch::ProcessInput::Type::WorkerLost) {
    invoked.temporary = true;
    return invoked;
  }
  const dispatch::CallOutcome& outcome = *input.outcome;
  if (!outcome.ok()) {
    // A function that is gone, or not to be started, may come back: the records wait.
    invoked.temporary = true;
    return invoked;
  }
  invoked.output = outcome->output;
  if (invoked.output.contains("FunctionError")) {
    invoked.failed = true;
  } else if (source.reportsFailures()) {
    event_sources::BatchResponse response =
        event_sources::readBatchResponse(invoked.output.stringAt("Payload"), identifiers);
    invoked.failed = response.all_failed;
    invoked.failures = std::move(response.failed);
  }
  return invoked;
}

}  // namespace thimble::services::lambda

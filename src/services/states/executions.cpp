// Executions: start, stop, describe, list.
#include "lang/asl/execution.h"
#include "services/states/errors.h"
#include "services/states/execution_rows.h"
#include "services/states/execution_start.h"
#include "services/states/express.h"
#include "services/states/paging.h"
#include "services/states/parts.h"
#include "services/states/status_events.h"
#include "wire/shapes/states.h"

namespace thimble::services::states {
namespace {

using base::Json;
using base::Result;
using base::Timestamp;
using lang::asl::ExecutionStatus;
namespace s = shapes::states;

/// An execution's two rows. Errors: InvalidArn, ExecutionDoesNotExist.
struct Found {
  rows::Execution execution;
  rows::Header header;
  ExecutionStatus status() const { return static_cast<ExecutionStatus>(header.status()); }
};

Result<Found> findExecution(dispatch::Context& context, const std::string& arn) {
  TRY(checkExecutionArn(arn));
  auto execution = kExecutions.get(context.transaction(), arn);
  auto header = kHeaders.get(context.transaction(), arn);
  if (!execution || !header) return executionDoesNotExist(arn);
  return Found{*std::move(execution), *std::move(header)};
}

/// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
Result<s::StartExecution::Output> startExecution(dispatch::Context& context, const s::StartExecution::Input& input) {
  // 1. Check everything.
  TRY_ASSIGN(const FoundMachine found, findMachine(context, input.stateMachineArn_));
  TRY_ASSIGN(const std::string name, checkExecutionName(context, input.name_));
  TRY_ASSIGN(const std::string text, checkInput(input.input_));
  if (found.machine.express()) return startExpress(context, found, name, text);
  auto& transaction = context.transaction();
  const std::string arn = "arn:aws:states:" + context.region() + ":" + context.account() +
                          ":execution:" + found.machine.name() + ":" + name;
  s::StartExecution::Output output;
  output.executionArn_ = arn;
  // 2. The same name and input again, while it runs, is the same execution.
  if (const auto header = kHeaders.get(transaction, arn)) {
    const auto existing = kExecutions.get(transaction, arn);
    if (!existing || static_cast<ExecutionStatus>(header->status()) != ExecutionStatus::Running ||
        existing->input() != text) {
      return executionAlreadyExists(arn);
    }
    output.startDate_ = Timestamp{existing->start_time()};
    return output;
  }
  // 3. The rows, and the first decision in the same commit.
  rows::Execution row = newExecution(context, found, name, text);
  row.set_arn(arn);
  row.set_trace_header(input.traceHeader_.value_or(""));
  kExecutions.put(transaction, row, arn);
  rows::Header header = rowOf(lang::asl::Header{});
  header.set_unawaited(true);
  kHeaders.put(transaction, header, arn);
  rows::Listed listed;
  listed.set_arn(arn);
  listed.set_status(static_cast<int>(ExecutionStatus::Running));
  listed.set_start_time(row.start_time());
  listed.set_version_arn(found.version_arn);
  listed.set_alias_arn(found.alias_arn);
  kListed.put(transaction, listed, row.machine_arn(), -row.start_time(), name);
  emitStatus(context, row, lang::asl::Header{});
  context.start({kExecutionKind, arn}, Json());
  output.startDate_ = Timestamp{row.start_time()};
  return output;
}

/// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html
Result<s::StopExecution::Output> stopExecution(dispatch::Context& context, const s::StopExecution::Input& input) {
  TRY_ASSIGN(const Found found, findExecution(context, input.executionArn_));
  s::StopExecution::Output output;
  if (found.status() != ExecutionStatus::Running) {
    output.stopDate_ = Timestamp{found.header.stop_time()};
    return output;
  }
  Json payload = Json::object({{"type", "stop"}});
  if (input.error_) payload.set("error", Json(*input.error_));
  if (input.cause_) payload.set("cause", Json(*input.cause_));
  context.signal({kExecutionKind, input.executionArn_}, payload);
  output.stopDate_ = context.now();
  return output;
}

/// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
Result<s::DescribeExecution::Output> describeExecution(dispatch::Context& context,
                                                       const s::DescribeExecution::Input& input) {
  TRY_ASSIGN(const Found found, findExecution(context, input.executionArn_));
  const bool with_data = input.includedData_.value_or("ALL_DATA") == "ALL_DATA";
  const rows::Execution& execution = found.execution;
  s::DescribeExecution::Output output;
  output.executionArn_ = execution.arn();
  output.stateMachineArn_ = execution.machine_arn();
  output.name_ = execution.name();
  output.status_ = std::string(lang::asl::statusName(found.status()));
  output.startDate_ = Timestamp{execution.start_time()};
  if (with_data) output.input_ = execution.input();
  output.inputDetails_.emplace().included_ = with_data;
  if (!execution.trace_header().empty()) output.traceHeader_ = execution.trace_header();
  if (!execution.version_arn().empty()) output.stateMachineVersionArn_ = execution.version_arn();
  if (!execution.alias_arn().empty()) output.stateMachineAliasArn_ = execution.alias_arn();
  output.redriveCount_ = found.header.redrive_count();
  if (found.status() == ExecutionStatus::Running) {
    output.redriveStatus_ = "NOT_REDRIVABLE";
    output.redriveStatusReason_ = "Execution is RUNNING and cannot be redriven";
    return output;
  }
  output.stopDate_ = Timestamp{found.header.stop_time()};
  if (found.status() == ExecutionStatus::Succeeded) {
    if (with_data) output.output_ = found.header.output();
    output.outputDetails_.emplace().included_ = with_data;
    output.redriveStatus_ = "NOT_REDRIVABLE";
    output.redriveStatusReason_ = "Execution is SUCCEEDED and cannot be redriven";
  } else {
    output.redriveStatus_ = "REDRIVABLE";
  }
  if (found.header.has_error()) output.error_ = found.header.error();
  if (found.header.has_cause()) output.cause_ = found.header.cause();
  return output;
}

/// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachineForExecution.html
Result<s::DescribeStateMachineForExecution::Output> describeMachineFor(
    dispatch::Context& context, const s::DescribeStateMachineForExecution::Input& input) {
  TRY_ASSIGN(const Found found, findExecution(context, input.executionArn_));
  s::DescribeStateMachineForExecution::Output output;
  output.stateMachineArn_ = found.execution.machine_arn();
  output.name_ = found.execution.machine_name();
  output.definition_ = DefinitionCache::text(context.transaction(), found.execution.definition_hash());
  output.roleArn_ = found.execution.role_arn();
  output.updateDate_ = Timestamp{found.execution.machine_updated()};
  output.loggingConfiguration_.emplace().level_ = "OFF";
  output.loggingConfiguration_->includeExecutionData_ = false;
  output.tracingConfiguration_.emplace().enabled_ = false;
  if (!found.execution.revision_id().empty()) output.revisionId_ = found.execution.revision_id();
  output.encryptionConfiguration_.emplace().type_ = "AWS_OWNED_KEY";
  return output;
}

/// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html
Result<s::ListExecutions::Output> listExecutions(dispatch::Context& context, const s::ListExecutions::Input& input) {
  if (input.mapRunArn_) return resourceNotFound(*input.mapRunArn_);
  if (!input.stateMachineArn_) return validation("Must specify exactly one of stateMachineArn or mapRunArn");
  TRY_ASSIGN(const MachineArn arn, parseMachineArn(*input.stateMachineArn_));
  TRY_ASSIGN(const FoundMachine found, findMachine(context, *input.stateMachineArn_));
  if (found.machine.express()) return stateMachineTypeNotSupported();
  const auto keep = [&](const rows::Listed& listed) {
    if (!arn.qualifier.empty() && listed.version_arn() != *input.stateMachineArn_ &&
        listed.alias_arn() != *input.stateMachineArn_)
      return false;
    if (input.redriveFilter_ && *input.redriveFilter_ == "REDRIVEN") return false;
    return !input.statusFilter_ ||
           *input.statusFilter_ == lang::asl::statusName(static_cast<ExecutionStatus>(listed.status()));
  };
  TRY_ASSIGN(auto page, readPageIf(kListed, context.transaction(), input.nextToken_, input.maxResults_, false, keep,
                                   arn.unqualified()));
  s::ListExecutions::Output output;
  for (const rows::Listed& listed : page.records) {
    s::ExecutionListItem item;
    item.executionArn_ = listed.arn();
    item.stateMachineArn_ = arn.unqualified();
    item.name_ = listed.arn().substr(listed.arn().rfind(':') + 1);
    const auto status = static_cast<ExecutionStatus>(listed.status());
    item.status_ = std::string(lang::asl::statusName(status));
    item.startDate_ = Timestamp{listed.start_time()};
    if (status != ExecutionStatus::Running) item.stopDate_ = Timestamp{listed.stop_time()};
    if (!listed.version_arn().empty()) item.stateMachineVersionArn_ = listed.version_arn();
    if (!listed.alias_arn().empty()) item.stateMachineAliasArn_ = listed.alias_arn();
    item.redriveCount_ = 0;
    output.executions_.push_back(std::move(item));
  }
  output.nextToken_ = page.next_token;
  return output;
}

}  // namespace

void registerExecutions(dispatch::Registry& registry) {
  registry.add<s::StartExecution>(startExecution);
  registry.add<s::StopExecution>(stopExecution);
  registry.add<s::DescribeExecution>(describeExecution);
  registry.add<s::DescribeStateMachineForExecution>(describeMachineFor);
  registry.add<s::ListExecutions>(listExecutions);
}

}  // namespace thimble::services::states

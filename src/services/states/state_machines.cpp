// State machines: create, update, delete, describe, list, validate.
#include "lang/asl/definition.h"
#include "services/states/definition_cache.h"
#include "services/states/errors.h"
#include "services/states/machines.h"
#include "services/states/paging.h"
#include "services/states/parts.h"
#include "wire/shapes/states.h"

namespace thimble::services::states {
namespace {

using base::Json;
using base::Result;
using base::Timestamp;
namespace s = shapes::states;

Result<void> checkDefinition(const std::string& text, bool express) {
  const auto type = express ? lang::asl::MachineType::Express : lang::asl::MachineType::Standard;
  const lang::asl::ParseOutcome parsed = lang::asl::parseDefinition(text, type);
  if (parsed.definition) return {};
  return invalidDefinition(lang::asl::diagnosticsText(parsed.diagnostics));
}

/// The configuration as stored, with AWS's defaults. Errors: InvalidLoggingConfiguration.
Result<std::string> loggingOf(const std::optional<s::LoggingConfiguration>& given) {
  s::LoggingConfiguration logging = given.value_or(s::LoggingConfiguration{});
  if (!logging.level_) logging.level_ = "OFF";
  if (!logging.includeExecutionData_) logging.includeExecutionData_ = false;
  const std::size_t destinations = logging.destinations_ ? logging.destinations_->size() : 0;
  if (destinations > 1 || (*logging.level_ != "OFF" && destinations == 0)) {
    return invalidLoggingConfiguration("Must specify exactly one Log Destination.");
  }
  return toJson(logging).write();
}

std::vector<std::pair<std::string, std::string>> pairs(const std::vector<s::Tag>& tags) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const s::Tag& tag : tags) out.emplace_back(tag.key_.value_or(""), tag.value_.value_or(""));
  return out;
}

s::LoggingConfiguration readLogging(const std::string& text) {
  return shapes::fromJson<s::LoggingConfiguration>(Json::parse(text).value());
}

s::EncryptionConfiguration ownedKey() {
  s::EncryptionConfiguration out;
  out.type_ = "AWS_OWNED_KEY";
  return out;
}

/// https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
Result<s::CreateStateMachine::Output> createStateMachine(dispatch::Context& context,
                                                         const s::CreateStateMachine::Input& input) {
  // 1. Check everything.
  if (!isValidName(input.name_)) return invalidName(input.name_);
  if (input.roleArn_.compare(0, 4, "arn:") != 0) return invalidArn("Invalid Role Arn: '" + input.roleArn_ + "'");
  const bool express = input.type_.value_or("STANDARD") == "EXPRESS";
  TRY_ASSIGN(const std::string logging, loggingOf(input.loggingConfiguration_));
  TRY(checkDefinition(input.definition_, express));
  if (input.versionDescription_ && !input.publish_.value_or(false)) {
    return validation("Version description can only be set when publish is true");
  }
  const MachineArn arn{context.region(), context.account(), input.name_, {}};
  const std::string hash = DefinitionCache::keep(context.transaction(), input.definition_);
  // 2. The same machine again is no error.
  s::CreateStateMachine::Output output;
  if (auto existing = loadMachine(context.transaction(), arn)) {
    if (existing->definition_hash() != hash || existing->express() != express || existing->logging() != logging ||
        existing->tracing() != (input.tracingConfiguration_ && input.tracingConfiguration_->enabled_.value_or(false))) {
      return stateMachineAlreadyExists(existing->arn());
    }
    output.stateMachineArn_ = existing->arn();
    output.creationDate_ = Timestamp{existing->created()};
    if (input.publish_.value_or(false)) {
      output.stateMachineVersionArn_ = publishVersion(context, *existing, input.versionDescription_.value_or("")).arn();
      saveMachine(context.transaction(), arn, *existing);
    }
    return output;
  }
  // 3. A new one.
  rows::StateMachine machine;
  machine.set_arn(arn.unqualified());
  machine.set_name(input.name_);
  machine.set_definition_hash(hash);
  machine.set_role_arn(input.roleArn_);
  machine.set_express(express);
  machine.set_created(context.now().milliseconds);
  machine.set_updated(machine.created());
  machine.set_logging(logging);
  machine.set_tracing(input.tracingConfiguration_ && input.tracingConfiguration_->enabled_.value_or(false));
  if (input.encryptionConfiguration_) machine.set_encryption(toJson(*input.encryptionConfiguration_).write());
  if (input.publish_.value_or(false)) {
    output.stateMachineVersionArn_ = publishVersion(context, machine, input.versionDescription_.value_or("")).arn();
  }
  saveMachine(context.transaction(), arn, machine);
  if (input.tags_) TRY(addTags(context.transaction(), machine.arn(), pairs(*input.tags_)));
  output.stateMachineArn_ = machine.arn();
  output.creationDate_ = Timestamp{machine.created()};
  return output;
}

/// https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html
Result<s::UpdateStateMachine::Output> updateStateMachine(dispatch::Context& context,
                                                         const s::UpdateStateMachine::Input& input) {
  TRY_ASSIGN(const MachineArn arn, parseMachineArn(input.stateMachineArn_));
  auto machine = arn.qualifier.empty() ? loadMachine(context.transaction(), arn) : std::nullopt;
  if (!machine) return stateMachineDoesNotExist(input.stateMachineArn_);
  if (!input.definition_ && !input.roleArn_ && !input.loggingConfiguration_ && !input.tracingConfiguration_ &&
      !input.publish_ && !input.encryptionConfiguration_) {
    return missingRequiredParameter(
        "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified");
  }
  const rows::StateMachine before = *machine;
  if (input.definition_) {
    TRY(checkDefinition(*input.definition_, machine->express()));
    machine->set_definition_hash(DefinitionCache::keep(context.transaction(), *input.definition_));
  }
  if (input.roleArn_) {
    if (input.roleArn_->compare(0, 4, "arn:") != 0) return invalidArn("Invalid Role Arn: '" + *input.roleArn_ + "'");
    machine->set_role_arn(*input.roleArn_);
  }
  if (input.loggingConfiguration_) {
    TRY_ASSIGN(const std::string logging, loggingOf(input.loggingConfiguration_));
    machine->set_logging(logging);
  }
  if (input.tracingConfiguration_) machine->set_tracing(input.tracingConfiguration_->enabled_.value_or(false));
  if (input.encryptionConfiguration_) machine->set_encryption(toJson(*input.encryptionConfiguration_).write());
  const bool changed = machine->SerializeAsString() != before.SerializeAsString();
  machine->set_updated(context.now().milliseconds);
  if (changed) machine->set_revision_id(context.random().uuid());
  s::UpdateStateMachine::Output output;
  if (input.publish_.value_or(false)) {
    output.stateMachineVersionArn_ = publishVersion(context, *machine, input.versionDescription_.value_or("")).arn();
  }
  saveMachine(context.transaction(), arn, *machine);
  output.updateDate_ = Timestamp{machine->updated()};
  if (!machine->revision_id().empty()) output.revisionId_ = machine->revision_id();
  return output;
}

/// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html
/// Executions that run go on: they have what they need.
Result<s::DeleteStateMachine::Output> deleteStateMachine(dispatch::Context& context,
                                                         const s::DeleteStateMachine::Input& input) {
  TRY_ASSIGN(const MachineArn arn, parseMachineArn(input.stateMachineArn_));
  auto& transaction = context.transaction();
  if (!arn.qualifier.empty()) return validation("State machine ARN must not be qualified");
  kMachines.erase(transaction, arn.account, arn.region, arn.name);
  kTags.erase(transaction, arn.unqualified());
  for (const auto& entry : kVersions.scan(transaction, {}, arn.unqualified())) transaction.erase(entry.key);
  for (const auto& entry : kAliases.scan(transaction, {}, arn.unqualified())) transaction.erase(entry.key);
  return s::DeleteStateMachine::Output{};
}

/// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html
Result<s::DescribeStateMachine::Output> describeStateMachine(dispatch::Context& context,
                                                             const s::DescribeStateMachine::Input& input) {
  TRY_ASSIGN(const FoundMachine found, findMachine(context, input.stateMachineArn_));
  const rows::StateMachine& machine = found.machine;
  s::DescribeStateMachine::Output output;
  output.stateMachineArn_ = input.stateMachineArn_;
  output.name_ = machine.name();
  output.status_ = "ACTIVE";
  if (input.includedData_.value_or("ALL_DATA") == "ALL_DATA")
    output.definition_ = DefinitionCache::text(context.transaction(), machine.definition_hash());
  output.roleArn_ = machine.role_arn();
  output.type_ = machine.express() ? "EXPRESS" : "STANDARD";
  output.creationDate_ = Timestamp{found.created};
  output.loggingConfiguration_ = readLogging(machine.logging());
  output.tracingConfiguration_.emplace().enabled_ = machine.tracing();
  if (!machine.revision_id().empty()) output.revisionId_ = machine.revision_id();
  if (!found.description.empty()) output.description_ = found.description;
  output.encryptionConfiguration_ =
      machine.encryption().empty()
          ? ownedKey()
          : shapes::fromJson<s::EncryptionConfiguration>(Json::parse(machine.encryption()).value());
  return output;
}

/// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachines.html
Result<s::ListStateMachines::Output> listStateMachines(dispatch::Context& context,
                                                       const s::ListStateMachines::Input& input) {
  TRY_ASSIGN(auto page, readPage(kMachines, context.transaction(), input.nextToken_, input.maxResults_, false,
                                 context.account(), context.region()));
  s::ListStateMachines::Output output;
  for (const rows::StateMachine& machine : page.records) {
    s::StateMachineListItem item;
    item.stateMachineArn_ = machine.arn();
    item.name_ = machine.name();
    item.type_ = machine.express() ? "EXPRESS" : "STANDARD";
    item.creationDate_ = Timestamp{machine.created()};
    output.stateMachines_.push_back(std::move(item));
  }
  output.nextToken_ = page.next_token;
  return output;
}

/// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html
Result<s::ValidateStateMachineDefinition::Output> validateDefinition(
    dispatch::Context&, const s::ValidateStateMachineDefinition::Input& input) {
  const auto type = input.type_.value_or("STANDARD") == "EXPRESS" ? lang::asl::MachineType::Express
                                                                  : lang::asl::MachineType::Standard;
  const lang::asl::ParseOutcome parsed = lang::asl::parseDefinition(input.definition_, type);
  s::ValidateStateMachineDefinition::Output output;
  const std::int64_t given = input.maxResults_.value_or(0);
  const std::size_t most = given > 0 ? static_cast<std::size_t>(given) : 100;
  output.truncated_ = parsed.diagnostics.size() > most;
  for (const lang::asl::Diagnostic& diagnostic : parsed.diagnostics) {
    if (output.diagnostics_.size() == most) break;
    s::ValidateStateMachineDefinitionDiagnostic item;
    item.severity_ = diagnostic.is_error ? "ERROR" : "WARNING";
    item.code_ = diagnostic.code;
    item.message_ = diagnostic.message;
    item.location_ = diagnostic.location;
    output.diagnostics_.push_back(std::move(item));
  }
  output.result_ = parsed.definition ? "OK" : "FAIL";
  return output;
}

}  // namespace

void registerStateMachines(dispatch::Registry& registry) {
  registry.add<s::CreateStateMachine>(createStateMachine);
  registry.add<s::UpdateStateMachine>(updateStateMachine);
  registry.add<s::DeleteStateMachine>(deleteStateMachine);
  registry.add<s::DescribeStateMachine>(describeStateMachine);
  registry.add<s::ListStateMachines>(listStateMachines);
  registry.add<s::ValidateStateMachineDefinition>(validateDefinition);
}

}  // namespace thimble::services::states

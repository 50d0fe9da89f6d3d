// Versions of state machines.
#include "services/states/errors.h"
#include "services/states/machines.h"
#include "services/states/paging.h"
#include "services/states/parts.h"
#include "wire/shapes/states.h"

namespace thimble::services::states {
namespace {

using base::Result;
using base::Timestamp;
namespace s = shapes::states;

/// https://docs.aws.amazon.com/step-functions/latest/apireference/API_PublishStateMachineVersion.html
Result<s::PublishStateMachineVersion::Output> publish(dispatch::Context& context,
                                                      const s::PublishStateMachineVersion::Input& input) {
  TRY_ASSIGN(const MachineArn arn, parseMachineArn(input.stateMachineArn_));
  auto machine = arn.qualifier.empty() ? loadMachine(context.transaction(), arn) : std::nullopt;
  if (!machine) return stateMachineDoesNotExist(input.stateMachineArn_);
  const std::string revision = machine->revision_id().empty() ? "INITIAL" : machine->revision_id();
  if (input.revisionId_ && *input.revisionId_ != revision) {
    return conflict("Failed to publish the State Machine version for revision " + *input.revisionId_ +
                    ". The current State Machine revision is " + revision + ".");
  }
  const rows::Version version = publishVersion(context, *machine, input.description_.value_or(""));
  saveMachine(context.transaction(), arn, *machine);
  s::PublishStateMachineVersion::Output output;
  output.stateMachineVersionArn_ = version.arn();
  output.creationDate_ = Timestamp{version.created()};
  return output;
}

/// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachineVersion.html
Result<s::DeleteStateMachineVersion::Output> deleteVersion(dispatch::Context& context,
                                                           const s::DeleteStateMachineVersion::Input& input) {
  TRY_ASSIGN(const MachineArn arn, parseMachineArn(input.stateMachineVersionArn_));
  if (!arn.isVersion()) return validation("The ARN must be a state machine version ARN");
  auto& transaction = context.transaction();
  std::string names;
  for (const auto& entry : kAliases.scan(transaction, {}, arn.unqualified())) {
    for (const rows::Route& route : entry.record.routes()) {
      if (route.version_arn() == input.stateMachineVersionArn_)
        names += (names.empty() ? "" : ", ") + entry.record.name();
    }
  }
  if (!names.empty()) {
    return conflict(
        "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: "
        "[" +
        names + "]");
  }
  kVersions.erase(transaction, arn.unqualified(), -arn.version());
  return s::DeleteStateMachineVersion::Output{};
}

/// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachineVersions.html
Result<s::ListStateMachineVersions::Output> listVersions(dispatch::Context& context,
                                                         const s::ListStateMachineVersions::Input& input) {
  TRY_ASSIGN(const MachineArn arn, parseMachineArn(input.stateMachineArn_));
  TRY_ASSIGN(auto page,
             readPage(kVersions, context.transaction(), input.nextToken_, input.maxResults_, false, arn.unqualified()));
  s::ListStateMachineVersions::Output output;
  for (const rows::Version& version : page.records) {
    s::StateMachineVersionListItem item;
    item.stateMachineVersionArn_ = version.arn();
    item.creationDate_ = Timestamp{version.created()};
    output.stateMachineVersions_.push_back(std::move(item));
  }
  output.nextToken_ = page.next_token;
  return output;
}

}  // namespace

void registerVersions(dispatch::Registry& registry) {
  registry.add<s::PublishStateMachineVersion>(publish);
  registry.add<s::DeleteStateMachineVersion>(deleteVersion);
  registry.add<s::ListStateMachineVersions>(listVersions);
}

}  // namespace thimble::services::states

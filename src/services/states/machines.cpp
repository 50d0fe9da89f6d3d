#include "services/states/machines.h"

#include "services/states/errors.h"

namespace thimble::services::states {

using base::Result;

namespace {

constexpr int kMaxTags = 50;

}  // namespace

std::optional<rows::StateMachine> loadMachine(store::Transaction& transaction, const MachineArn& arn) {
  return kMachines.get(transaction, arn.account, arn.region, arn.name);
}

void saveMachine(store::Transaction& transaction, const MachineArn& arn, const rows::StateMachine& machine) {
  kMachines.put(transaction, machine, arn.account, arn.region, arn.name);
}

Result<FoundMachine> findMachine(dispatch::Context& context, const std::string& text) {
  TRY_ASSIGN(const MachineArn arn, parseMachineArn(text));
  auto& transaction = context.transaction();
  FoundMachine out;
  std::string version_arn = text;
  if (!arn.qualifier.empty() && !arn.isVersion()) {
    const auto alias = kAliases.get(transaction, arn.unqualified(), arn.qualifier);
    if (!alias || alias->routes_size() == 0) return stateMachineDoesNotExist(text);
    out.alias_arn = text;
    auto ticket = static_cast<int>(context.random().below(100));
    version_arn = alias->routes(0).version_arn();
    for (const rows::Route& route : alias->routes()) {
      version_arn = route.version_arn();
      ticket -= route.weight();
      if (ticket < 0) break;
    }
  }
  if (!arn.qualifier.empty()) {
    TRY_ASSIGN(const MachineArn version, parseMachineArn(version_arn));
    const auto row = kVersions.get(transaction, arn.unqualified(), -version.version());
    if (!row) return stateMachineDoesNotExist(text);
    out.machine = row->machine();
    out.version_arn = row->arn();
    out.description = row->description();
    out.created = row->created();
    return out;
  }
  auto machine = loadMachine(transaction, arn);
  if (!machine) return stateMachineDoesNotExist(text);
  out.created = machine->created();
  out.machine = *std::move(machine);
  return out;
}

rows::Version publishVersion(dispatch::Context& context, rows::StateMachine& machine, const std::string& description) {
  auto& transaction = context.transaction();
  const auto latest = kVersions.scan(transaction, {.limit = 1}, machine.arn());
  if (!latest.empty()) {
    const rows::StateMachine& published = latest[0].record.machine();
    if (published.definition_hash() == machine.definition_hash() && published.role_arn() == machine.role_arn() &&
        published.revision_id() == machine.revision_id()) {
      return latest[0].record;
    }
  }
  machine.set_last_version(machine.last_version() + 1);
  rows::Version version;
  version.set_number(machine.last_version());
  version.set_arn(machine.arn() + ":" + std::to_string(version.number()));
  *version.mutable_machine() = machine;
  version.set_description(description);
  version.set_created(context.now().milliseconds);
  kVersions.put(transaction, version, machine.arn(), -version.number());
  return version;
}

Result<void> addTags(store::Transaction& transaction, const std::string& arn,
                     const std::vector<std::pair<std::string, std::string>>& tags) {
  rows::Tags row = kTags.get(transaction, arn).value_or(rows::Tags());
  for (const auto& [key, value] : tags) {
    rows::Tag* found = nullptr;
    for (rows::Tag& tag : *row.mutable_tags()) {
      if (tag.key() == key) found = &tag;
    }
    if (found == nullptr) {
      found = row.add_tags();
      found->set_key(key);
    }
    found->set_value(value);
  }
  if (row.tags_size() > kMaxTags) return tooManyTags(arn);
  kTags.put(transaction, row, arn);
  return {};
}

}  // namespace thimble::services::states

#include "services/states/execution_start.h"

#include "lang/asl/execution.h"
#include "lang/asl/json_diagnosis.h"
#include "services/states/errors.h"

namespace thimble::services::states {

using base::Result;

Result<std::string> checkInput(const std::optional<std::string>& input) {
  if (!input) return std::string("{}");
  if (input->empty()) return invalidExecutionInput("Invalid execution input.");
  if (input->size() > lang::asl::kMaxPayloadBytes) {
    return validation(
        "1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than "
        "or equal to 262144");
  }
  const auto parsed = base::Json::parse(*input);
  if (parsed.ok()) return *input;
  const auto diagnosis = lang::asl::diagnoseJson(*input);
  return invalidExecutionInput(diagnosis ? diagnosis->message : parsed.error().message);
}

Result<std::string> checkExecutionName(dispatch::Context& context, const std::optional<std::string>& name) {
  if (!name) return context.random().uuid();
  if (!isValidName(*name)) return invalidName(*name);
  return *name;
}

rows::Execution newExecution(dispatch::Context& context, const FoundMachine& found, std::string name,
                             std::string input) {
  rows::Execution row;
  row.set_name(std::move(name));
  row.set_machine_arn(found.machine.arn());
  row.set_machine_name(found.machine.name());
  row.set_role_arn(found.machine.role_arn());
  row.set_definition_hash(found.machine.definition_hash());
  row.set_start_time(context.now().milliseconds);
  row.set_input(std::move(input));
  row.set_version_arn(found.version_arn);
  row.set_alias_arn(found.alias_arn);
  row.set_region(context.region());
  row.set_account(context.account());
  row.set_revision_id(found.machine.revision_id());
  row.set_machine_updated(found.machine.updated());
  return row;
}

}  // namespace thimble::services::states

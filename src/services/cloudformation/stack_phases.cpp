// The phases of a stack's operation: what each has to do, and what follows it.
#include <algorithm>

#include "lang/template/parameters.h"
#include "services/cloudformation/stack_decision.h"
#include "services/cloudformation/stack_responses.h"

namespace thimble::services::cloudformation {

using base::Json;
using rows::OperationRecord;
using rows::ResourceRecord;
using rows::WorkRecord;

namespace {

using Needs = std::map<std::string, std::vector<std::string>>;

WorkRecord makeWork(const std::string& name, const std::string& logical_id, WorkRecord::Action action) {
  WorkRecord work;
  work.set_name(name);
  work.set_logical_id(logical_id);
  work.set_action(action);
  return work;
}

/// Deletion order: a resource goes after all those that were built on it.
Needs deletionNeeds(const std::map<std::string, ResourceRecord>& resources, const std::vector<WorkRecord>& works) {
  std::map<std::string, std::string> names;
  for (const WorkRecord& work : works) names[work.logical_id()] = work.name();
  Needs needs;
  for (const WorkRecord& work : works) {
    const auto record = resources.find(work.logical_id());
    if (record == resources.end()) continue;
    for (const std::string& built_on : record->second.needs()) {
      const auto other = names.find(built_on);
      if (other != names.end() && other->second != work.name()) needs[other->second].push_back(work.name());
    }
  }
  return needs;
}

}  // namespace

void StackDecision::beginPhase(OperationRecord::Phase phase) {
  for (const auto& entry : kWorks.scan(transaction_, {}, stack_.id()))
    kWorks.erase(transaction_, stack_.id(), entry.record.name());
  operation_.set_phase(phase);
  operation_.clear_failed();
  operation_.set_failing(false);
  operation_.set_open_works(0);
  operation_.set_running_works(0);
  switch (phase) {
    case OperationRecord::DEPLOY:
      return planDeploy();
    case OperationRecord::CLEANUP:
    case OperationRecord::ROLLBACK_CLEANUP:
      return planCleanup();
    case OperationRecord::ROLLBACK:
      return operation_.kind() == OperationRecord::UPDATE ? planRestore() : planRemoval();
    default:
      return planRemoval();
  }
}

void StackDecision::addWorks(std::vector<WorkRecord> works, const Needs& needs) {
  std::map<std::string, WorkRecord*> by_name;
  for (WorkRecord& work : works) by_name[work.name()] = &work;
  for (const auto& [name, others] : needs) {
    const auto waiting = by_name.find(name);
    if (waiting == by_name.end()) continue;
    for (const std::string& other : others) {
      const auto first = by_name.find(other);
      if (first == by_name.end()) continue;
      first->second->add_dependents(name);
      waiting->second->set_waiting_for(waiting->second->waiting_for() + 1);
    }
  }
  operation_.set_open_works(static_cast<int>(works.size()));
  for (const WorkRecord& work : works) putWork(work);
  for (WorkRecord& work : works) {
    if (work.waiting_for() != 0 || operation_.failing()) continue;
    // A work that ended at once may have started this one already.
    const auto stored = findWork(work.name());
    if (stored && stored->state() == WorkRecord::WAITING) startWork(*stored);
  }
}

void StackDecision::planDeploy() {
  if (prepared() == nullptr) {
    operation_.set_failing(true);
    return;
  }
  for (auto& [logical_id, resource] : resources()) {
    if (resource.touched() == ResourceRecord::UNTOUCHED && !resource.has_previous()) continue;
    resource.set_touched(ResourceRecord::UNTOUCHED);
    resource.clear_previous();
    putResource(resource);
  }
  std::vector<WorkRecord> works;
  Needs needs;
  for (const std::string& logical_id : prepared()->order) {
    works.push_back(makeWork(logical_id, logical_id, WorkRecord::DEPLOY));
    const auto& others = prepared()->needs.at(logical_id);
    needs[logical_id].assign(others.begin(), others.end());
  }
  addWorks(std::move(works), needs);
}

/// After an update: removed resources and the old ones of replacements. After its rollback: created ones and the new
/// ones of replacements.
void StackDecision::planCleanup() {
  const bool rollback = operation_.phase() == OperationRecord::ROLLBACK_CLEANUP;
  std::vector<WorkRecord> works;
  const Resources all = resources();
  for (const auto& [logical_id, resource] : all) {
    // The one to go is `previous` either way.
    const auto replaced = rollback ? ResourceRecord::RESTORED : ResourceRecord::REPLACED;
    if (resource.touched() == replaced && resource.has_previous()) {
      WorkRecord work = makeWork(logical_id + ":replaced", logical_id, WorkRecord::DELETE);
      *work.mutable_target() = resource.previous();
      work.set_replaces(true);
      works.push_back(std::move(work));
    }
    const bool unwanted = rollback ? resource.touched() == ResourceRecord::CREATED
                                   : prepared() != nullptr && prepared()->needs.count(logical_id) == 0;
    if (!unwanted) continue;
    WorkRecord work = makeWork(logical_id, logical_id, WorkRecord::DELETE);
    *work.mutable_target() = resource.instance();
    if (!resource.has_instance()) work.mutable_target()->set_type(resource.type());
    works.push_back(std::move(work));
  }
  const Needs needs = deletionNeeds(all, works);
  addWorks(std::move(works), needs);
}

void StackDecision::planRestore() {
  std::vector<WorkRecord> works;
  Needs needs;
  const Resources all = resources();
  for (const auto& [logical_id, resource] : all) {
    const auto& skip = operation_.resources_to_skip();
    if (std::find(skip.begin(), skip.end(), logical_id) != skip.end()) {
      // It stays as the failed update and its rollback left it.
      ResourceRecord skipped = resource;
      resourceEvent(skipped, "UPDATE_COMPLETE", "", skipped.instance().physical_id(), "");
      putResource(skipped);
      continue;
    }
    if (resource.touched() == ResourceRecord::REPLACED) {
      // The old one is still there: it takes its place again, and the new one goes in the cleanup.
      ResourceRecord restored = resource;
      const rows::Instance replacement = resource.instance();
      *restored.mutable_instance() = resource.previous();
      restored.set_type(resource.previous().type());
      if (replacement.physical_id() == resource.previous().physical_id()) {
        restored.clear_previous();
        restored.set_touched(ResourceRecord::UNTOUCHED);
      } else {
        *restored.mutable_previous() = replacement;
        restored.set_touched(ResourceRecord::RESTORED);
      }
      resourceEvent(restored, "UPDATE_COMPLETE", "", restored.instance().physical_id(),
                    restored.instance().properties_json());
      putResource(restored);
    } else if (resource.touched() == ResourceRecord::UPDATED) {
      works.push_back(makeWork(logical_id, logical_id, WorkRecord::RESTORE));
      needs[logical_id].assign(resource.needs().begin(), resource.needs().end());
    }
  }
  addWorks(std::move(works), needs);
}

void StackDecision::planRemoval() {
  std::vector<WorkRecord> works;
  const Resources all = resources();
  for (const auto& [logical_id, resource] : all) {
    WorkRecord work = makeWork(logical_id, logical_id, WorkRecord::DELETE);
    *work.mutable_target() = resource.instance();
    if (!resource.has_instance()) work.mutable_target()->set_type(resource.type());
    works.push_back(std::move(work));
  }
  const Needs needs = deletionNeeds(all, works);
  addWorks(std::move(works), needs);
}

std::string StackDecision::failedText(const char* what) const {
  std::vector<std::string> names(operation_.failed().begin(), operation_.failed().end());
  std::sort(names.begin(), names.end());
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return std::string("The following resource(s) failed to ") + what + ": [" + list + "]. ";
}

void StackDecision::endPhase() {
  switch (operation_.phase()) {
    case OperationRecord::DEPLOY:
      return endDeploy();
    case OperationRecord::CLEANUP:
      status("UPDATE_COMPLETE");
      return endOperation();
    case OperationRecord::ROLLBACK:
      return operation_.kind() == OperationRecord::UPDATE ? endRestore() : endRemoval();
    case OperationRecord::ROLLBACK_CLEANUP:
      status("UPDATE_ROLLBACK_COMPLETE");
      return endOperation();
    default:
      return endRemoval();
  }
}

void StackDecision::endDeploy() {
  if (operation_.failing() || prepared() == nullptr) return deployFailed();
  if (auto problem = publishOutputs()) {
    operation_.set_failure_reason(*problem);
    return deployFailed();
  }
  if (operation_.kind() == OperationRecord::CREATE) {
    status("CREATE_COMPLETE");
    return endOperation();
  }
  status("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
  beginPhase(OperationRecord::CLEANUP);
}

void StackDecision::deployFailed() {
  const bool create = operation_.kind() == OperationRecord::CREATE;
  std::string reason = operation_.failure_reason();
  if (operation_.cancelled() && reason.empty()) reason = "User Initiated";
  if (!operation_.failed().empty()) {
    std::vector<std::string> created, updated;
    for (const std::string& name : operation_.failed()) {
      const auto found = resources().find(name);
      const bool was_there = found != resources().end() && found->second.status().compare(0, 6, "UPDATE") == 0;
      (was_there ? updated : created).push_back(name);
    }
    reason.clear();
    for (const auto& [names, what] : {std::pair{&created, "create"}, {&updated, "update"}}) {
      if (names->empty()) continue;
      std::sort(names->begin(), names->end());
      std::string list;
      for (const std::string& name : *names) list += (list.empty() ? "" : ", ") + name;
      reason += std::string("The following resource(s) failed to ") + what + ": [" + list + "]. ";
    }
  }
  if (create) {
    const std::string& on_failure = operation_.on_failure();
    if (operation_.disable_rollback() || on_failure == "DO_NOTHING") {
      status("CREATE_FAILED", reason);
      return endOperation();
    }
    if (on_failure == "DELETE") {
      status("DELETE_IN_PROGRESS", reason + "Delete requested by user.");
      return beginPhase(OperationRecord::REMOVE);
    }
    // As on AWS, a stack whose creation is undone counts as deleted from here on and names no change set.
    stack_.set_deletion_time(context_.now().milliseconds);
    stack_.clear_change_set_id();
    status("ROLLBACK_IN_PROGRESS", reason + "Rollback requested by user.");
    return beginPhase(OperationRecord::ROLLBACK);
  }
  if (operation_.disable_rollback()) {
    status("UPDATE_FAILED", reason);
    return endOperation();
  }
  status("UPDATE_ROLLBACK_IN_PROGRESS", reason);
  // From here on the stack is made from what it was before.
  const rows::StackInput failed = stack_.current();
  *stack_.mutable_current() = operation_.previous();
  *stack_.mutable_current()->mutable_caller() = failed.caller();
  prepared_.reset();
  beginPhase(OperationRecord::ROLLBACK);
}

void StackDecision::endRestore() {
  if (!operation_.failed().empty()) {
    status("UPDATE_ROLLBACK_FAILED", failedText("update"));
    return endOperation();
  }
  status("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS");
  beginPhase(OperationRecord::ROLLBACK_CLEANUP);
}

void StackDecision::endRemoval() {
  const bool rollback = operation_.phase() == OperationRecord::ROLLBACK;
  if (!operation_.failed().empty()) {
    status(rollback ? "ROLLBACK_FAILED" : "DELETE_FAILED", failedText("delete"));
    return endOperation();
  }
  if (rollback) {
    status("ROLLBACK_COMPLETE");
    return endOperation();
  }
  removeExports();
  forgetResponses(transaction_, stack_.id());
  recordImports(false);
  stack_.set_deletion_time(context_.now().milliseconds);
  status("DELETE_COMPLETE");
  kStackNames.erase(transaction_, stack_.account(), stack_.region(), stack_.name());
  endOperation();
}

void StackDecision::endOperation() {
  for (const auto& entry : kWorks.scan(transaction_, {}, stack_.id()))
    kWorks.erase(transaction_, stack_.id(), entry.record.name());
  const bool rollback_failed = stack_.status() == "UPDATE_ROLLBACK_FAILED";
  for (auto& [logical_id, resource] : resources()) {
    // ContinueUpdateRollback needs to know what was there.
    if (rollback_failed || (resource.touched() == ResourceRecord::UNTOUCHED && !resource.has_previous())) continue;
    resource.set_touched(ResourceRecord::UNTOUCHED);
    resource.clear_previous();
    kResources.put(transaction_, resource, stack_.id(), logical_id);
  }
  context_.cancelTimer("timeout");
  kOperations.erase(transaction_, stack_.id());
  context_.complete(Json::object());
  over_ = true;
}

void StackDecision::removeExports() {
  for (const rows::OutputRecord& output : stack_.outputs()) {
    if (!output.export_name().empty()) {
      kExports.erase(transaction_, stack_.account(), stack_.region(), output.export_name());
    }
  }
}

/// Forgets what the stack imported, then notes what its template imports now (nothing once it is deleted).
void StackDecision::recordImports(bool any) {
  for (const auto& entry : kImports.scan(transaction_, {}, stack_.account(), stack_.region())) {
    if (entry.record.stack_name() == stack_.name()) transaction_.erase(entry.key);
  }
  if (!any || stack_.current().processed_json().find("Fn::ImportValue") == std::string::npos) return;
  class Recorder final : public lang::template_::References {
   public:
    Recorder(const StackReferences& inner, std::vector<std::string>& names) : inner_(inner), names_(names) {}
    lang::template_::Outcome<std::optional<Json>> ref(const std::string& resource) const override {
      return inner_.ref(resource);
    }
    lang::template_::Outcome<std::optional<Json>> getAtt(const std::string& resource,
                                                         const std::string& attribute) const override {
      return inner_.getAtt(resource, attribute);
    }
    lang::template_::Outcome<std::optional<Json>> importValue(const std::string& name) const override {
      names_.push_back(name);
      return inner_.importValue(name);
    }

   private:
    const StackReferences& inner_;
    std::vector<std::string>& names_;
  };
  const StackReferences references(transaction_, stack_, resources());
  std::vector<std::string> names;
  const Recorder recorder(references, names);
  for (const std::string& logical_id : prepared()->order) {
    (void)lang::template_::evaluate(prepared()->resource(logical_id)["Properties"], prepared()->scope, recorder);
  }
  const Json& outputs = prepared()->document["Outputs"];
  if (outputs.isObject()) (void)lang::template_::evaluate(outputs, prepared()->scope, recorder);
  for (const std::string& name : names) {
    rows::ImportRecord record;
    record.set_stack_name(stack_.name());
    kImports.put(transaction_, record, stack_.account(), stack_.region(), name, stack_.id());
  }
}

/// Evaluates the outputs and registers exports and imports; what went wrong, if anything.
std::optional<std::string> StackDecision::publishOutputs() {
  const StackReferences references(transaction_, stack_, resources());
  const lang::template_::Scope& scope = prepared()->scope;
  std::vector<rows::OutputRecord> outputs;
  const Json& declared = prepared()->document["Outputs"];
  for (const auto& [key, output] : declared.isObject() ? declared.asObject() : base::JsonObject()) {
    if (const Json* condition = output.find("Condition")) {
      const auto found = scope.conditions.find(condition->asString());
      if (found != scope.conditions.end() && !found->second) continue;
    }
    auto value = lang::template_::evaluate(output["Value"], scope, references);
    if (!value.ok()) return value.error().message;
    if (!*value || (*value)->isObject() || (*value)->isArray()) {
      return "Template format error: Output " + key +
             " is malformed. The Value field of every Outputs member must evaluate to a String.";
    }
    rows::OutputRecord record;
    record.set_key(key);
    record.set_value(lang::template_::scalarText(**value));
    record.set_description(output.stringAt("Description"));
    if (output.contains("Export")) {
      auto name = lang::template_::evaluate(output["Export"]["Name"], scope, references);
      if (!name.ok()) return name.error().message;
      if (!*name || !(*name)->isString())
        return "Template format error: the name of the export of output " + key + " must be a string.";
      record.set_export_name((*name)->asString());
      const auto taken = kExports.get(transaction_, stack_.account(), stack_.region(), record.export_name());
      if (taken && taken->stack_id() != stack_.id()) {
        const std::string& owner = taken->stack_id();
        const std::size_t slash = owner.find('/');
        return "Export with name " + record.export_name() + " is already exported by stack " +
               owner.substr(slash + 1, owner.rfind('/') - slash - 1) + ". Rollback requested by user.";
      }
    }
    outputs.push_back(std::move(record));
  }
  // An export that another stack imports stays as it is.
  for (const rows::OutputRecord& old : stack_.outputs()) {
    if (old.export_name().empty()) continue;
    const auto same = std::find_if(outputs.begin(), outputs.end(), [&](const rows::OutputRecord& output) {
      return output.export_name() == old.export_name() && output.value() == old.value();
    });
    if (same != outputs.end()) continue;
    const auto users = kImports.scan(transaction_, {.limit = 1}, stack_.account(), stack_.region(), old.export_name());
    if (users.empty()) continue;
    const bool gone = std::none_of(outputs.begin(), outputs.end(), [&](const rows::OutputRecord& output) {
      return output.export_name() == old.export_name();
    });
    return "Export " + old.export_name() + " cannot be " + (gone ? "deleted" : "updated") + " as it is in use by " +
           users.front().record.stack_name();
  }
  removeExports();
  stack_.clear_outputs();
  for (rows::OutputRecord& output : outputs) {
    if (!output.export_name().empty()) {
      rows::ExportRecord exported;
      exported.set_value(output.value());
      exported.set_stack_id(stack_.id());
      kExports.put(transaction_, exported, stack_.account(), stack_.region(), output.export_name());
    }
    *stack_.add_outputs() = std::move(output);
  }
  recordImports(true);
  return std::nullopt;
}

}  // namespace thimble::services::cloudformation

// The works of a phase: one resource each, from its start to its end.
#include <algorithm>

#include "base/json_binary.h"
#include "dispatch/call_record.h"
#include "services/cloudformation/dynamic_references.h"
#include "services/cloudformation/resources/expression.h"
#include "services/cloudformation/stack_decision.h"

namespace thimble::services::cloudformation {

using base::Json;

namespace {

constexpr char kUpperCaseAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

RecipeState recipeState(const rows::WorkRecord& work) {
  RecipeState state;
  state.kind = static_cast<RecipeKind>(work.recipe_kind());
  state.properties = parseStored(work.target().properties_json());
  state.old_properties = parseStored(work.old_properties_json());
  state.saved = parseStored(work.target().saved_json());
  state.surroundings = parseStored(work.target().surroundings_json());
  state.step = static_cast<std::size_t>(work.step());
  state.element = static_cast<std::size_t>(work.element());
  state.attempts = work.attempts();
  state.lost = work.lost();
  return state;
}

void storeRecipe(rows::WorkRecord& work, const RecipeState& state) {
  work.mutable_target()->set_saved_json(state.saved.write());
  work.set_step(static_cast<std::int64_t>(state.step));
  work.set_element(static_cast<std::int64_t>(state.element));
  work.set_attempts(state.attempts);
  work.set_lost(state.lost);
}

bool anyNeedsReplacement(const ResourceType& type, const Json& before, const Json& after) {
  return std::any_of(type.properties.begin(), type.properties.end(),
                     [&](const auto& each) { return needsReplacement(type, each.first, before, after); });
}

bool sameTags(const Json& left, const Json& right) {
  return left.empty() ? right.empty() : left == right;
}

std::string textMember(const Json& resource, const char* name, const char* fallback) {
  const Json& value = resource[name];
  return value.isString() ? value.asString() : std::string(fallback);
}

}  // namespace

std::string verbOf(const rows::WorkRecord& work) {
  if (work.action() == rows::WorkRecord::DELETE) return "DELETE";
  return static_cast<RecipeKind>(work.recipe_kind()) == RecipeKind::Create && !work.replaces() ? "CREATE" : "UPDATE";
}

void StackDecision::putWork(const rows::WorkRecord& work) {
  kWorks.put(transaction_, work, stack_.id(), work.name());
}

std::optional<rows::WorkRecord> StackDecision::findWork(const std::string& name) {
  return kWorks.get(transaction_, stack_.id(), name);
}

void StackDecision::startWork(rows::WorkRecord work) {
  work.set_state(rows::WorkRecord::RUNNING);
  operation_.set_running_works(operation_.running_works() + 1);
  switch (work.action()) {
    case rows::WorkRecord::DEPLOY:
      return startDeploy(work);
    case rows::WorkRecord::RESTORE:
      return startRestore(work);
    default:
      return startDelete(work);
  }
}

void StackDecision::startDeploy(rows::WorkRecord& work) {
  const std::string& logical_id = work.logical_id();
  const Json& resource = prepared()->resource(logical_id);
  const std::string type_name = resource.stringAt("Type");
  rows::ResourceRecord& record = resources()[logical_id];
  record.set_logical_id(logical_id);
  const bool exists = record.has_instance();
  if (!exists) record.set_type(type_name);
  record.clear_needs();
  const auto needs = prepared()->needs.find(logical_id);
  if (needs != prepared()->needs.end()) {
    for (const std::string& need : needs->second) record.add_needs(need);
  }

  const StackReferences references(transaction_, stack_, resources());
  auto properties = lang::template_::evaluate(resource["Properties"], prepared()->scope, references);
  auto metadata = lang::template_::evaluate(resource["Metadata"], prepared()->scope, references);
  record.set_metadata_json(metadata.ok() && *metadata ? (*metadata)->write() : std::string());
  const Json values = properties.ok() && *properties && (*properties)->isObject() ? **properties : Json::object();
  work.mutable_target()->set_type(type_name);
  work.mutable_target()->set_properties_json(values.write());
  work.mutable_target()->set_deletion_policy(textMember(resource, "DeletionPolicy", "Delete"));
  work.mutable_target()->set_update_replace_policy(textMember(resource, "UpdateReplacePolicy", "Delete"));
  work.set_recipe_kind(static_cast<int>(exists ? RecipeKind::Update : RecipeKind::Create));

  const ResourceType* type = findResourceType(type_name);
  std::optional<std::string> problem;
  if (type == nullptr) {
    problem = "Resource type " + type_name + " is not supported";
  } else if (!properties.ok()) {
    problem = properties.error().message;
  } else {
    problem = checkProperties(*type, values);
  }
  if (problem) {
    const std::string verb = exists ? "UPDATE" : "CREATE";
    if (!exists) record.set_touched(rows::ResourceRecord::CREATED);
    resourceEvent(record, verb + "_IN_PROGRESS", "", record.instance().physical_id(), values.write());
    putResource(record);
    return fail(work, *problem);
  }
  if (exists && record.instance().type() == type_name) {
    const Json before = parseStored(record.instance().properties_json());
    const bool same_tags = type->properties.find("Tags") == type->properties.end() ||
                           sameTags(parseStored(record.instance().surroundings_json())["StackTags"], stackTags());
    if (before == values && same_tags) {
      record.mutable_instance()->set_deletion_policy(work.target().deletion_policy());
      record.mutable_instance()->set_update_replace_policy(work.target().update_replace_policy());
      putResource(record);
      return settle(work, rows::WorkRecord::DONE);
    }
    if (!anyNeedsReplacement(*type, before, values)) return startUpdate(work, record, values);
  }
  startCreate(work, record, *type, values, exists);
}

void StackDecision::startCreate(rows::WorkRecord& work, rows::ResourceRecord& resource, const ResourceType& type,
                                const Json& properties, bool replaces) {
  work.set_recipe_kind(static_cast<int>(RecipeKind::Create));
  work.set_replaces(replaces);
  Json around = surroundings(work.logical_id());
  around.set("Token", Json(context_.random().uuid()));
  around.set("Type", Json(work.target().type()));
  around.set("Random", Json(context_.random().text(12, "abcdefghijklmnopqrstuvwxyz0123456789")));
  if (type.generated_name) {
    Json variables = around;
    variables.set("P", properties);
    around.set("Name", Json(resourceName(*type.generated_name, properties, stack_.name(), work.logical_id(),
                                         context_.random().text(12, kUpperCaseAlphabet), variables)));
  }
  work.mutable_target()->set_surroundings_json(around.write());
  if (replaces) {
    *resource.mutable_previous() = resource.instance();
    resource.set_touched(rows::ResourceRecord::REPLACED);
    resource.set_type(work.target().type());
    resourceEvent(resource, "UPDATE_IN_PROGRESS",
                  "Requested update requires the creation of a new physical resource; hence creating one.",
                  resource.instance().physical_id(), properties.write());
  } else {
    resource.set_touched(rows::ResourceRecord::CREATED);
    resourceEvent(resource, "CREATE_IN_PROGRESS", "", "", properties.write());
  }
  putResource(resource);
  run(work, std::nullopt);
}

void StackDecision::startUpdate(rows::WorkRecord& work, rows::ResourceRecord& resource, const Json& properties) {
  work.set_recipe_kind(static_cast<int>(RecipeKind::Update));
  work.set_old_properties_json(resource.instance().properties_json());
  work.mutable_target()->set_physical_id(resource.instance().physical_id());
  work.mutable_target()->set_saved_json(resource.instance().saved_json());
  Json around = parseStored(resource.instance().surroundings_json());
  around.set("OldStackTags", around["StackTags"]);
  around.set("StackTags", stackTags());
  around.set("Token", Json(context_.random().uuid()));
  work.mutable_target()->set_surroundings_json(around.write());
  work.set_announced(true);
  if (work.action() == rows::WorkRecord::DEPLOY) {
    *resource.mutable_previous() = resource.instance();
    resource.set_touched(rows::ResourceRecord::UPDATED);
  }
  resource.set_type(work.target().type());
  resourceEvent(resource, "UPDATE_IN_PROGRESS", "", resource.instance().physical_id(), properties.write());
  putResource(resource);
  run(work, std::nullopt);
}

void StackDecision::startRestore(rows::WorkRecord& work) {
  rows::ResourceRecord& resource = resources()[work.logical_id()];
  const rows::Instance previous = resource.previous();
  if (findResourceType(previous.type()) == nullptr)
    return fail(work, "Resource type " + previous.type() + " is not supported");
  *work.mutable_target() = previous;
  startUpdate(work, resource, parseStored(previous.properties_json()));
}

void StackDecision::startDelete(rows::WorkRecord& work) {
  rows::ResourceRecord record;
  if (auto found = kResources.get(transaction_, stack_.id(), work.logical_id())) record = *found;
  record.set_logical_id(work.logical_id());
  record.set_type(work.target().type());
  work.set_recipe_kind(static_cast<int>(RecipeKind::Delete));
  work.set_announced(true);
  const std::string& policy = work.replaces() ? work.target().update_replace_policy() : work.target().deletion_policy();
  bool keep = policy == "Retain" || policy == "Snapshot";
  if (policy == "RetainExceptOnCreate") keep = operation_.kind() != rows::OperationRecord::CREATE;
  for (const std::string& retained : operation_.retain()) keep = keep || retained == work.logical_id();
  if (keep) {
    resourceEvent(record, "DELETE_SKIPPED", "", work.target().physical_id(), "");
    if (!work.replaces()) eraseResource(work.logical_id());
    return settle(work, rows::WorkRecord::DONE);
  }
  resourceEvent(record, "DELETE_IN_PROGRESS", "", work.target().physical_id(), "");
  if (!work.replaces()) putResource(record);
  if (work.target().physical_id().empty() || findResourceType(work.target().type()) == nullptr) return succeed(work);
  Json around = parseStored(work.target().surroundings_json());
  around.set("Token", Json(context_.random().uuid()));
  work.mutable_target()->set_surroundings_json(around.write());
  run(work, std::nullopt);
}

void StackDecision::run(rows::WorkRecord& work, const std::optional<Outcome>& outcome) {
  const ResourceType* type = findResourceType(work.target().type());
  if (type == nullptr) return fail(work, "Resource type " + work.target().type() + " is not supported");
  RecipeState state = recipeState(work);
  const Next next = advance(*type, state, outcome);
  storeRecipe(work, state);
  if (state.kind != RecipeKind::Delete) {
    announce(work, *type, state);
    keepInstance(work, *type, state);
  }
  if (const auto* call = std::get_if<NextCall>(&next)) {
    work.set_service(call->service);
    work.set_operation(call->operation);
    work.set_input(base::encodeJsonBinary(call->input));
    if (call->delay_milliseconds > 0) {
      putWork(work);
      context_.scheduleTimer("retry:" + work.name(), context_.now().plusMilliseconds(call->delay_milliseconds));
    } else {
      makeCall(work);
    }
  } else if (const auto* failed = std::get_if<RecipeFailed>(&next)) {
    if (work.action() == rows::WorkRecord::DEPLOY && state.kind == RecipeKind::Update && onlyLooked(*type, state)) {
      // It is still what it was, so a rollback must undo nothing: not everything can be undone that was not done.
      rows::ResourceRecord& resource = resources()[work.logical_id()];
      *resource.mutable_instance() = resource.previous();
    }
    fail(work, failed->reason);
  } else {
    succeed(work);
  }
}

void StackDecision::makeCall(rows::WorkRecord& work) {
  dispatch::Call call = dispatch::fromRecord(stack_.current().caller());
  if (!stack_.current().role_arn().empty()) {
    call.role =
        dispatch::RoleToAssume{stack_.current().role_arn(), "cloudformation.amazonaws.com", "AWSCloudFormation"};
  }
  call.account = stack_.account();
  call.region = stack_.region();
  call.service = work.service();
  call.operation = work.operation();
  auto input = base::decodeJsonBinary(work.input());
  if (!input) throw store::DamagedRow("the input of a stack's call is damaged");
  call.input = *std::move(input);
  call.source_arn = stack_.id();
  if (hasDynamicReference(call.input)) {
    call.input = Json::object({{"Service", call.service}, {"Operation", call.operation}, {"Input", call.input}});
    call.service = kReferencesService;
    call.operation = kCallWithReferences;
  }
  work.set_task_id(context_.scheduleCall(call, work.name()));
  putWork(work);
}

void StackDecision::announce(rows::WorkRecord& work, const ResourceType& type, const RecipeState& state) {
  if (work.announced()) return;
  const auto id = physicalId(type, state);
  if (!id || state.step == 0) return;
  work.set_announced(true);
  work.mutable_target()->set_physical_id(*id);
  rows::ResourceRecord& resource = resources()[work.logical_id()];
  resourceEvent(resource, verbOf(work) + "_IN_PROGRESS", "Resource creation Initiated", *id,
                work.target().properties_json());
}

/// The resource's row shows what is there as soon as its id is known, so that a rollback finds it.
void StackDecision::keepInstance(rows::WorkRecord& work, const ResourceType& type, const RecipeState& state) {
  if (const auto id = physicalId(type, state)) work.mutable_target()->set_physical_id(*id);
  if (!work.announced()) return;
  rows::ResourceRecord& resource = resources()[work.logical_id()];
  *resource.mutable_instance() = work.target();
  putResource(resource);
}

void StackDecision::succeed(rows::WorkRecord& work) {
  auto found = resources().find(work.logical_id());
  if (work.action() == rows::WorkRecord::DELETE) {
    rows::ResourceRecord record;
    if (found != resources().end()) record = found->second;
    record.set_logical_id(work.logical_id());
    record.set_type(work.target().type());
    resourceEvent(record, "DELETE_COMPLETE", "", work.target().physical_id(), "");
    if (!work.replaces()) eraseResource(work.logical_id());
  } else {
    if (work.action() == rows::WorkRecord::RESTORE) {
      // Done for good: should the rollback fail elsewhere and be continued, this resource has nothing to go back to.
      found->second.set_touched(rows::ResourceRecord::UNTOUCHED);
      found->second.clear_previous();
    } else if (found->second.touched() == rows::ResourceRecord::UPDATED &&
               work.target().physical_id() != found->second.previous().physical_id()) {
      // The provider of a custom resource made a new one: the old one goes in the cleanup.
      found->second.set_touched(rows::ResourceRecord::REPLACED);
      resourceEvent(found->second, "UPDATE_IN_PROGRESS",
                    "Requested update required the provider to create a new physical resource",
                    work.target().physical_id(), work.target().properties_json());
    }
    resourceEvent(found->second, verbOf(work) + "_COMPLETE", "", work.target().physical_id(),
                  work.target().properties_json());
    putResource(found->second);
  }
  settle(work, rows::WorkRecord::DONE);
}

void StackDecision::fail(rows::WorkRecord& work, const std::string& reason) {
  rows::ResourceRecord& resource = resources()[work.logical_id()];
  resource.set_logical_id(work.logical_id());
  const std::string properties =
      work.action() == rows::WorkRecord::DELETE ? std::string() : work.target().properties_json();
  std::string physical_id = work.target().physical_id();
  if (physical_id.empty()) physical_id = resource.instance().physical_id();
  if (work.action() == rows::WorkRecord::RESTORE && !work.old_properties_json().empty()) {
    // It may still have what the update gave it, so a rollback that is continued starts from there.
    resource.mutable_instance()->set_properties_json(work.old_properties_json());
    Json around = parseStored(resource.instance().surroundings_json());
    around.set("StackTags", around["OldStackTags"]);
    resource.mutable_instance()->set_surroundings_json(around.write());
  }
  resourceEvent(resource, verbOf(work) + "_FAILED", reason, physical_id, properties);
  putResource(resource);
  operation_.add_failed(work.logical_id());
  // While deleting, what does not depend on the failure goes on.
  if (work.action() != rows::WorkRecord::DELETE) operation_.set_failing(true);
  settle(work, rows::WorkRecord::FAILED);
}

void StackDecision::settle(rows::WorkRecord& work, rows::WorkRecord::State state) {
  work.set_state(state);
  work.clear_task_id();
  putWork(work);
  operation_.set_running_works(operation_.running_works() - 1);
  operation_.set_open_works(operation_.open_works() - 1);
  if (state != rows::WorkRecord::DONE) return;
  for (const std::string& name : work.dependents()) {
    auto dependent = findWork(name);
    if (!dependent) continue;
    dependent->set_waiting_for(dependent->waiting_for() - 1);
    if (dependent->waiting_for() == 0 && dependent->state() == rows::WorkRecord::WAITING && !operation_.failing()) {
      startWork(*std::move(dependent));
    } else {
      putWork(*dependent);
    }
  }
}

}  // namespace thimble::services::cloudformation

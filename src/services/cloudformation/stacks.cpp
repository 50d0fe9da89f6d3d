#include "services/cloudformation/stacks.h"

#include "base/arn.h"
#include "lang/template/parameters.h"
#include "services/cloudformation/resources/recipe.h"

namespace thimble::services::cloudformation {

using base::Json;
namespace templates = lang::template_;
using Value = templates::Outcome<std::optional<Json>>;

std::optional<rows::StackRecord> findStackById(store::Transaction& transaction, const std::string& id) {
  const auto arn = base::parseArn(id);
  if (!arn) return std::nullopt;
  return kStacks.get(transaction, arn->account, arn->region, id);
}

std::optional<rows::StackRecord> findStack(store::Transaction& transaction, const std::string& account,
                                           const std::string& region, const std::string& name_or_id) {
  if (name_or_id.compare(0, 4, "arn:") == 0) return kStacks.get(transaction, account, region, name_or_id);
  const auto name = kStackNames.get(transaction, account, region, name_or_id);
  if (!name) return std::nullopt;
  return kStacks.get(transaction, account, region, name->stack_id());
}

void putStack(store::Transaction& transaction, const rows::StackRecord& stack) {
  kStacks.put(transaction, stack, stack.account(), stack.region(), stack.id());
}

std::string makeStackId(const std::string& account, const std::string& region, const std::string& name,
                        platform::Random& random) {
  return "arn:aws:cloudformation:" + region + ":" + account + ":stack/" + name + "/" + random.uuid();
}

void addEvent(store::Transaction& transaction, rows::StackRecord& stack, base::Timestamp now, platform::Random& random,
              const NewEvent& event) {
  rows::EventRecord record;
  if (event.logical_id == stack.name()) {
    record.set_event_id(random.uuid());
  } else if (event.properties_json.empty()) {
    record.set_event_id(event.logical_id + "-" + random.uuid());
  } else {
    record.set_event_id(event.logical_id + "-" + event.status + "-" + base::formatIso8601Milliseconds(now));
  }
  record.set_logical_id(event.logical_id);
  record.set_physical_id(event.physical_id);
  record.set_type(event.type);
  record.set_timestamp(now.milliseconds);
  record.set_status(event.status);
  record.set_reason(event.reason);
  record.set_properties_json(event.properties_json);
  record.set_client_token(stack.client_token());
  kEvents.put(transaction, record, stack.id(), stack.event_count());
  stack.set_event_count(stack.event_count() + 1);
}

void setStackStatus(store::Transaction& transaction, rows::StackRecord& stack, base::Timestamp now,
                    platform::Random& random, const std::string& status, const std::string& reason) {
  stack.set_status(status);
  stack.set_status_reason(reason);
  addEvent(transaction, stack, now, random,
           {stack.name(), stack.id(), "AWS::CloudFormation::Stack", status, reason, {}});
}

bool isInProgress(const std::string& status) {
  constexpr std::string_view kEnd = "_IN_PROGRESS";
  return status != "REVIEW_IN_PROGRESS" && status.size() > kEnd.size() &&
         status.compare(status.size() - kEnd.size(), kEnd.size(), kEnd) == 0;
}

std::map<std::string, rows::ResourceRecord> stackResources(store::Transaction& transaction,
                                                           const std::string& stack_id) {
  std::map<std::string, rows::ResourceRecord> resources;
  for (auto& entry : kResources.scan(transaction, {}, stack_id)) {
    std::string logical_id = entry.record.logical_id();
    resources.emplace(std::move(logical_id), std::move(entry.record));
  }
  return resources;
}

std::vector<templates::ParameterValue> toParameters(const rows::StackInput& input) {
  std::vector<templates::ParameterValue> parameters;
  for (const rows::ParameterRecord& record : input.parameters()) {
    parameters.push_back(
        {record.key(), record.text(), parseStored(record.value_json()), record.no_echo(), record.stored()});
  }
  return parameters;
}

void setParameters(rows::StackInput& input, const std::vector<templates::ParameterValue>& parameters) {
  input.clear_parameters();
  for (const templates::ParameterValue& parameter : parameters) {
    rows::ParameterRecord& record = *input.add_parameters();
    record.set_key(parameter.key);
    record.set_text(parameter.text);
    record.set_value_json(parameter.value.write());
    record.set_no_echo(parameter.no_echo);
    record.set_stored(parameter.stored);
  }
}

templates::Pseudo pseudoOf(const rows::StackRecord& stack, const rows::StackInput& input) {
  templates::Pseudo pseudo;
  pseudo.account = stack.account();
  pseudo.region = stack.region();
  pseudo.stack_id = stack.id();
  pseudo.stack_name = stack.name();
  pseudo.notification_arns.assign(input.notification_arns().begin(), input.notification_arns().end());
  return pseudo;
}

templates::Outcome<templates::Prepared> loadPrepared(const rows::StackRecord& stack, const rows::StackInput& input) {
  templates::Prepared prepared;
  prepared.document = parseStored(input.processed_json());
  prepared.scope.mappings = prepared.document["Mappings"];
  prepared.scope.parameters = toParameters(input);
  prepared.scope.pseudo = pseudoOf(stack, input);
  TRY(templates::arrange(prepared));
  return prepared;
}

Json parseStored(const std::string& text) {
  if (text.empty()) return {};
  auto parsed = Json::parse(text);
  if (!parsed.ok()) throw store::DamagedRow("stored JSON is damaged: " + parsed.error().message);
  return std::move(*parsed);
}

const rows::Instance* StackReferences::find(const std::string& resource) const {
  if (replaced_ != nullptr) {
    const auto replaced = replaced_->find(resource);
    if (replaced != replaced_->end() && replaced->second) return nullptr;
  }
  const auto found = resources_.find(resource);
  if (found == resources_.end() || !found->second.has_instance()) return nullptr;
  return &found->second.instance();
}

Value StackReferences::ref(const std::string& resource) const {
  const rows::Instance* instance = find(resource);
  if (instance == nullptr) return std::optional<Json>();
  return std::optional(Json(instance->physical_id()));
}

Value StackReferences::getAtt(const std::string& resource, const std::string& attribute) const {
  const rows::Instance* instance = find(resource);
  if (instance == nullptr) return std::optional<Json>();
  const ResourceType* type = findResourceType(instance->type());
  RecipeState state;
  state.properties = parseStored(instance->properties_json());
  state.saved = parseStored(instance->saved_json());
  state.surroundings = parseStored(instance->surroundings_json());
  if (type != nullptr) {
    if (auto value = attributeValue(*type, state, attribute)) return value;
  }
  if (type != nullptr && type->any_attributes.starts_with('*')) {
    return templates::TemplateError{"CustomResource attribute error: Vendor response doesn't contain " + attribute +
                                    " attribute for resource " + resource};
  }
  // A property that the template gives can be read back under its own name.
  if (const Json* property = state.properties.find(attribute)) return std::optional(*property);
  return templates::TemplateError{"Template error: resource " + resource + " does not support attribute type " +
                                  attribute + " in Fn::GetAtt"};
}

Value StackReferences::importValue(const std::string& name) const {
  const auto found = kExports.get(transaction_, stack_.account(), stack_.region(), name);
  if (!found) return templates::TemplateError{"No export named " + name + " found."};
  return std::optional(Json(found->value()));
}

}  // namespace thimble::services::cloudformation

#include "services/cloudformation/change_set_request.h"

namespace thimble::services::cloudformation {

using base::Json;
namespace templates = lang::template_;

namespace {

/// The outputs as declared, with parameters put in: what a change of them is measured by.
Json shownOutputs(const templates::Prepared& prepared) {
  const Json& outputs = prepared.document["Outputs"];
  if (!outputs.isObject()) return Json::object();
  Json out = Json::object();
  for (const auto& [name, output] : outputs.asObject()) {
    auto value = templates::evaluate(output, prepared.scope, templates::UnknownReferences());
    Json entry = Json::object({{"Declared", output}});
    if (value.ok() && *value) entry.set("Value", **value);
    out.set(name, entry);
  }
  return out;
}

template <class Repeated>
bool isSame(const Repeated& left, const Repeated& right) {
  if (left.size() != right.size()) return false;
  for (int i = 0; i < left.size(); ++i) {
    if constexpr (requires { left[i].SerializeAsString(); }) {
      if (left[i].SerializeAsString() != right[i].SerializeAsString()) return false;
    } else if (left[i] != right[i]) {
      return false;
    }
  }
  return true;
}

}  // namespace

StackChanges changesOf(store::Transaction& transaction, const rows::StackRecord& stack,
                       const RequestedStack& requested) {
  const auto resources = stackResources(transaction, stack.id());
  std::map<std::string, ExistingResource> existing;
  auto before = loadPrepared(stack, stack.current());
  for (const auto& [logical_id, resource] : resources) {
    if (!resource.has_instance()) continue;
    ExistingResource& entry = existing[logical_id];
    entry.type = resource.instance().type();
    entry.physical_id = resource.instance().physical_id();
    entry.properties = parseStored(resource.instance().properties_json());
    entry.metadata = parseStored(resource.metadata_json());
    entry.deletion_policy = resource.instance().deletion_policy();
    entry.update_replace_policy = resource.instance().update_replace_policy();
    if (before.ok()) {
      auto shown = templates::evaluate(before->resource(logical_id)["Properties"], before->scope,
                                       templates::UnknownReferences());
      if (shown.ok() && *shown) entry.shown_before = **shown;
    }
  }
  const DiffInput input{requested.prepared, toParameters(stack.current()), existing,
                        [&](const Json& value, const std::map<std::string, bool>& replaced) {
                          const StackReferences references(transaction, stack, resources, &replaced);
                          return templates::evaluate(value, requested.prepared.scope, references);
                        }};
  StackChanges changes;
  changes.diff = diffStack(input);
  changes.any = !changes.diff.changes.empty() || !isSame(requested.input.tags(), stack.current().tags()) ||
                !isSame(requested.input.notification_arns(), stack.current().notification_arns()) ||
                requested.input.role_arn() != stack.current().role_arn() || !before.ok() ||
                !(shownOutputs(requested.prepared) == shownOutputs(*before));
  return changes;
}

}  // namespace thimble::services::cloudformation

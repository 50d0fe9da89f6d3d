#include "services/cloudformation/change_set_diff.h"

#include <algorithm>
#include <set>

#include "lang/template/parameters.h"
#include "lang/template/references.h"
#include "services/cloudformation/resources/resource_type.h"

namespace thimble::services::cloudformation {
namespace {

using base::Json;
namespace templates = lang::template_;

enum class Replacement { No, Conditional, Yes };

struct Cause {
  std::string source;  ///< ChangeSource.
  std::string entity;  ///< CausingEntity; may be empty.
  bool is_static = true;
};

/// One changed property (or the whole metadata, when `attribute` is Metadata).
struct PropertyChange {
  std::string attribute;  ///< "Properties", "Tags" or "Metadata".
  std::string name;
  bool recreates = false;
  std::vector<Cause> causes;
  Json before, after;  ///< Null: was not or will not be there.
  bool value_differs = true;
};

std::string shown(const Json& value) {
  return value.isString() ? value.asString() : value.write();
}

class Differ {
 public:
  explicit Differ(const DiffInput& input) : input_(input) {
    for (const auto& parameter : input.after.scope.parameters) {
      bool same = false;
      for (const auto& before : input.parameters_before)
        same = same || (before.key == parameter.key && before.text == parameter.text);
      if (!same) changed_parameters_.insert(parameter.key);
    }
  }

  Diff run() {
    // In order of creation, so that what a resource refers to is known first.
    for (const std::string& logical_id : input_.after.order) {
      const auto existing = input_.existing.find(logical_id);
      if (existing == input_.existing.end()) {
        add(logical_id);
      } else {
        modify(logical_id, existing->second);
      }
    }
    for (const auto& [logical_id, existing] : input_.existing) {
      if (input_.after.needs.count(logical_id) == 0) remove(logical_id, existing);
    }
    Diff diff{Json::array(), Json::array(), warning_};
    for (auto& [logical_id, change] : plain_) diff.changes.push(std::move(change));
    for (auto& [logical_id, change] : valued_) diff.changes_with_values.push(std::move(change));
    return diff;
  }

 private:
  static Json change(const char* action, const std::string& logical_id, const std::string& type) {
    return Json::object({{"Action", Json(action)},
                         {"LogicalResourceId", Json(logical_id)},
                         {"ResourceType", Json(type)},
                         {"Scope", Json::array()},
                         {"Details", Json::array()}});
  }

  static Json wrapped(Json change) {
    return Json::object({{"Type", Json("Resource")}, {"ResourceChange", std::move(change)}});
  }

  static Json context(const Json& properties) {
    return Json(Json::object({{"Properties", properties.isObject() ? properties : Json::object()}}).write());
  }

  Json evaluated(const std::string& logical_id, const Json& value) {
    auto result = input_.evaluate(value, replaced_);
    if (result.ok()) return result->value_or(Json());
    if (warning_.empty()) {
      warning_ =
          "[WARN] --include-property-values option can return incomplete ChangeSet data because: ChangeSet creation "
          "failed for resource [" +
          logical_id + "] because: " + result.error().message;
    }
    auto unknown = templates::evaluate(value, input_.after.scope, templates::UnknownReferences());
    return unknown.ok() ? unknown->value_or(Json()) : Json();
  }

  void add(const std::string& logical_id) {
    const Json& resource = input_.after.resource(logical_id);
    Json plain = change("Add", logical_id, resource.stringAt("Type"));
    Json valued = plain;
    valued.set("AfterContext", context(evaluated(logical_id, resource["Properties"])));
    plain_[logical_id] = wrapped(std::move(plain));
    valued_[logical_id] = wrapped(std::move(valued));
  }

  void remove(const std::string& logical_id, const ExistingResource& existing) {
    Json plain = change("Remove", logical_id, existing.type);
    plain.set("PhysicalResourceId", Json(existing.physical_id));
    plain.set("PolicyAction", Json(existing.deletion_policy == "Retain" ? "Retain" : "Delete"));
    Json valued = plain;
    valued.set("BeforeContext", context(existing.shown_before));
    plain_[logical_id] = wrapped(std::move(plain));
    valued_[logical_id] = wrapped(std::move(valued));
  }

  void modify(const std::string& logical_id, const ExistingResource& existing) {
    const Json& resource = input_.after.resource(logical_id);
    const std::string type = resource.stringAt("Type");
    const Json after = evaluated(logical_id, resource["Properties"]);
    std::vector<PropertyChange> changes =
        propertyChanges(findResourceType(type), resource["Properties"], existing.properties, after);
    const Json metadata = evaluated(logical_id, resource["Metadata"]);
    if (!(metadata == existing.metadata)) {
      changes.push_back({"Metadata", "", false, {{"DirectModification", "", true}}, existing.metadata, metadata, true});
    }
    if (changes.empty() && type == existing.type) return;
    Replacement replacement = type != existing.type ? Replacement::Yes : Replacement::No;
    for (const PropertyChange& property : changes) {
      if (!property.recreates) continue;
      const bool is_static = std::any_of(property.causes.begin(), property.causes.end(),
                                         [](const Cause& cause) { return cause.is_static; });
      replacement = std::max(replacement, is_static ? Replacement::Yes : Replacement::Conditional);
    }
    replaced_[logical_id] = replacement == Replacement::Yes;
    modified_.insert(logical_id);

    Json plain = change("Modify", logical_id, type);
    plain.set("PhysicalResourceId", Json(existing.physical_id));
    static constexpr const char* kReplacements[] = {"False", "Conditional", "True"};
    plain.set("Replacement", Json(kReplacements[static_cast<int>(replacement)]));
    if (replacement == Replacement::Yes) {
      plain.set("PolicyAction",
                Json(existing.update_replace_policy == "Retain" ? "ReplaceAndRetain" : "ReplaceAndDelete"));
    }
    Json valued = plain;
    std::set<std::string> plain_scope, valued_scope;
    Json plain_details = Json::array(), valued_details = Json::array();
    for (const PropertyChange& property : changes) {
      for (const Cause& cause : property.causes) plain_details.push(detail(property, cause, false));
      plain_scope.insert(property.attribute);
      if (!property.value_differs) continue;
      for (const Cause& cause : property.causes) valued_details.push(detail(property, cause, true));
      valued_scope.insert(property.attribute);
    }
    plain.set("Scope", names(plain_scope));
    plain.set("Details", plain_details);
    plain_[logical_id] = wrapped(std::move(plain));
    if (valued_details.empty() && type == existing.type) return;
    valued.set("Scope", names(valued_scope));
    valued.set("Details", valued_details);
    valued.set("BeforeContext", context(existing.properties));
    valued.set("AfterContext", context(after));
    valued_[logical_id] = wrapped(std::move(valued));
  }

  static Json names(const std::set<std::string>& values) {
    Json out = Json::array();
    for (const std::string& value : values) out.push(Json(value));
    return out;
  }

  std::vector<PropertyChange> propertyChanges(const ResourceType* type, const Json& expressions, const Json& before,
                                              const Json& after) {
    std::vector<PropertyChange> changes;
    std::set<std::string> all;
    if (before.isObject()) {
      for (const auto& [name, value] : before.asObject()) all.insert(name);
    }
    if (after.isObject()) {
      for (const auto& [name, value] : after.asObject()) all.insert(name);
    }
    for (const std::string& name : all) {
      PropertyChange property;
      property.attribute = name == "Tags" ? "Tags" : "Properties";
      property.name = name == "Tags" ? "" : name;
      property.before = before[name];
      property.after = after[name];
      property.value_differs = !(property.before == property.after);
      property.recreates = type != nullptr && needsReplacement(*type, name, before, after);
      property.causes = causesOf(expressions[name], property.value_differs);
      if (!property.causes.empty()) changes.push_back(std::move(property));
    }
    return changes;
  }

  std::vector<Cause> causesOf(const Json& expression, bool value_differs) {
    std::vector<Cause> causes;
    std::set<std::string> seen;
    const auto add = [&](const char* source, const std::string& entity, bool is_static) {
      if (seen.insert(entity).second) causes.push_back({source, entity, is_static});
    };
    bool direct = value_differs;
    bool by_parameter = false;
    for (const templates::Reference& reference : templates::collectReferences(expression)) {
      if (reference.kind == templates::Reference::Kind::Ref && changed_parameters_.count(reference.name) != 0 &&
          value_differs) {
        add("ParameterReference", reference.name, true);
        by_parameter = true;
      } else if (reference.kind == templates::Reference::Kind::GetAtt && modified_.count(reference.name) != 0) {
        add("ResourceAttribute", reference.name + "." + reference.attribute, replaced_[reference.name]);
        direct = false;
      } else if (reference.kind == templates::Reference::Kind::Ref && replaced_.count(reference.name) != 0 &&
                 replaced_[reference.name]) {
        add("ResourceReference", reference.name, true);
        direct = false;
      }
    }
    // A change by a parameter is also listed as the property's own, whose evaluation waits for the parameter.
    if (by_parameter) {
      causes.push_back({"DirectModification", "", false});
    } else if (direct) {
      causes.push_back({"DirectModification", "", true});
    }
    return causes;
  }

  static Json detail(const PropertyChange& property, const Cause& cause, bool with_values) {
    Json target = Json::object({{"Attribute", Json(property.attribute)}});
    if (!property.name.empty()) target.set("Name", Json(property.name));
    target.set("RequiresRecreation", Json(property.recreates ? "Always" : "Never"));
    if (with_values) {
      const std::string path = property.attribute == "Metadata" ? "/Metadata"
                               : property.attribute == "Tags"   ? "/Properties/Tags"
                                                                : "/Properties/" + property.name;
      target.set("Path", Json(path));
      if (!property.before.isNull()) target.set("BeforeValue", Json(shown(property.before)));
      if (!property.after.isNull()) target.set("AfterValue", Json(shown(property.after)));
      target.set("AttributeChangeType", Json(property.before.isNull()  ? "Add"
                                             : property.after.isNull() ? "Remove"
                                                                       : "Modify"));
    }
    Json out = Json::object({{"Target", target},
                             {"Evaluation", Json(cause.is_static ? "Static" : "Dynamic")},
                             {"ChangeSource", Json(cause.source)}});
    if (!cause.entity.empty()) out.set("CausingEntity", Json(cause.entity));
    return out;
  }

  const DiffInput& input_;
  std::set<std::string> changed_parameters_;
  std::set<std::string> modified_;
  std::map<std::string, bool> replaced_;
  std::map<std::string, Json> plain_, valued_;
  std::string warning_;
};

}  // namespace

Diff diffStack(const DiffInput& input) {
  return Differ(input).run();
}

}  // namespace thimble::services::cloudformation

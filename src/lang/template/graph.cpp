#include "lang/template/graph.h"

#include "lang/template/references.h"

namespace thimble::lang::template_ {

using base::Json;

std::vector<std::string> declaredDependencies(const Json& resource) {
  std::vector<std::string> names;
  const Json& depends_on = resource["DependsOn"];
  if (depends_on.isString()) names.push_back(depends_on.asString());
  if (depends_on.isArray()) {
    for (const Json& item : depends_on.asArray()) {
      if (item.isString()) names.push_back(item.asString());
    }
  }
  return names;
}

std::map<std::string, std::set<std::string>> dependencies(const Json& document) {
  std::map<std::string, std::set<std::string>> result;
  const Json& resources = document["Resources"];
  if (!resources.isObject()) return result;
  for (const auto& [name, resource] : resources.asObject()) {
    std::set<std::string>& needs = result[name];
    for (std::string& dependency : declaredDependencies(resource)) needs.insert(std::move(dependency));
    for (const Reference& reference : collectReferences(resource["Properties"])) {
      if (reference.kind != Reference::Kind::Condition && resources.contains(reference.name)) {
        needs.insert(reference.name);
      }
    }
  }
  return result;
}

Outcome<std::vector<std::string>> creationOrder(const Json& document) {
  auto needs = dependencies(document);
  std::vector<std::string> order;
  if (needs.empty()) return order;
  std::set<std::string> done;
  bool progress = true;
  while (progress) {
    progress = false;
    for (const auto& [name, resource] : document["Resources"].asObject()) {
      if (done.count(name) != 0) continue;
      bool ready = true;
      for (const std::string& dependency : needs[name]) {
        if (done.count(dependency) == 0) {
          ready = false;
          break;
        }
      }
      if (!ready) continue;
      done.insert(name);
      order.push_back(name);
      progress = true;
    }
  }
  if (order.size() == needs.size()) return order;
  // What only waits for the cycle is no part of it: peel off all that nothing left needs.
  std::set<std::string> cycle;
  for (const auto& [name, unused] : needs) {
    if (done.count(name) == 0) cycle.insert(name);
  }
  for (bool peeled = true; peeled;) {
    peeled = false;
    for (auto it = cycle.begin(); it != cycle.end();) {
      bool needed = false;
      for (const std::string& other : cycle) needed = needed || needs[other].count(*it) != 0;
      peeled = peeled || !needed;
      it = needed ? std::next(it) : cycle.erase(it);
    }
  }
  std::string names;
  for (const std::string& name : cycle) names += (names.empty() ? "" : ", ") + name;
  return TemplateError{"Circular dependency between resources: [" + names + "]"};
}

}  // namespace thimble::lang::template_
